"""All jobs of this artist: read, watched, applied to the scene. No Qt, no pymxs."""
