"""The panel in Qt. Knows the session (`session_port`), never the scene."""
