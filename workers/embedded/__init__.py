"""Everything on one machine: an embedded Redis, the local farm, Celery workers and Flower, for demos and tests.

Not for production: there the services are started by what `deploy/` holds.
"""
