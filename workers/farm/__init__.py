"""The local farm: a Backburner-speaking manager and render servers, for small studios, demos and tests."""
