"""A small Backburner-speaking manager and its render servers, for one machine and for tests."""
