"""The only package that imports OpenImageIO: inspect, merge, compose, padding, colour, write."""
