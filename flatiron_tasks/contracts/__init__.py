"""What crosses a process border. Standard library only; imports nothing else of ours."""
