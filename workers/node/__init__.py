"""What runs on a render node, packed into one zipapp. Standard library only, Python 3.10 syntax."""
