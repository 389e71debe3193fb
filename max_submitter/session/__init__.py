"""The program behind the panel: one session of one artist on one machine. No Qt, no pymxs."""
