"""Strict stand-ins for 3ds Max, for tests and for trying the panel without it."""
