"""The deployment files at work, with the real programs."""
