"""The Celery application, as in the first pages of Celery's Django guide."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "interop.settings")

app = Celery("interop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["interop"])
