"""The pipeline of Flatiron Network Rendering. Importing it needs neither a running Redis nor any farm."""

__version__ = "0.1.0"
