"""Questions to a real 3ds Max. Every answer carries the id of the belief it settles. Python 3.10."""
