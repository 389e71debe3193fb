"""A deterministic texture baker on Embree and numpy. Imports nothing of the pipeline."""
