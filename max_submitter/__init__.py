"""What runs on the artist's machine, inside 3ds Max or beside it. Python 3.10, standard library.

`submit` makes a bake job on the share and announces it, `EventListener` hears what becomes of it, `collect` brings
finished textures into a folder that the workers cannot reach. Celery, redis-py, Qt and pymxs are imported where they
are used and nowhere else, so that all the rest works without them.
"""
