"""Judging: each module turns facts into findings. Pure; nothing here asks anybody."""
