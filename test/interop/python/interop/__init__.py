"""A minimal Django + Celery project: the Python side of the interop suite."""

from .app import app as celery_app

__all__ = ["celery_app"]
