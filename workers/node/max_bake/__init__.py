"""What runs inside 3ds Max on a render node: bakes the objects and elements of one node task.

Standard library only, in Python 3.9 (3ds Max 2023); of ours it imports errors and `max_submitter.scene.runtime`.
Every function takes the runtime (`pymxs.runtime`, called `rt`) and the module (`mxs`), so that all of it runs on the
strict fake runtime where there is no 3ds Max. `assumptions` holds every name and value of 3ds Max that nobody has
confirmed in a real one.
"""
