"""Django with django-celery-beat's tables on BENCH_DATABASE_URL."""

from bench_settings import *  # noqa: F403

INSTALLED_APPS = ["django_celery_beat"]
TIME_ZONE = "UTC"
