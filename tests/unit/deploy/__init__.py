"""The deployment files say what the programs understand."""
