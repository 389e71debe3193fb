"""The scene in 3ds Max behind one narrow port."""
