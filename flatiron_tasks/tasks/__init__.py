"""The Celery app and one file per task."""
