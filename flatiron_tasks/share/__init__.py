"""The shared folder: path mapping, atomic files, owned clean-up. Standard library only."""
