"""The share probe: before servers render into a network folder, each proves that it sees what the workers see."""
