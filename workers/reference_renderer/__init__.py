"""A deterministic texture baker on Embree and numpy, run as `python -m workers.reference_renderer TASK.json`.

Of the pipeline it imports `flatiron_tasks.contracts` alone, as any renderer on a node could. It is meant for the
embedded default, tests and demonstrations; it does not try to look like a production renderer.

Conventions in this package: `Vectors` are float32 arrays of shape (3, n), one contiguous row per component; colours are
linear, scene-referred, with Rec. 709 primaries; texture coordinates have their origin at the top left, v downwards.
"""
