"""Django settings, from the environment, so that each spec has a database and a broker of its own.

INTEROP_DATABASE_URL  postgres://user:password@host:port/name
INTEROP_BROKER_URL    amqp://user:password@host:port//
INTEROP_CELERY        more of Celery's settings as a JSON object, by their lower-case names
"""

import json
import os
from urllib.parse import unquote, urlsplit

from kombu import Queue
from kombu.common import Broadcast

_database = urlsplit(os.environ["INTEROP_DATABASE_URL"])

SECRET_KEY = "only for tests"
INSTALLED_APPS = ["django_celery_results", "django_celery_beat"]
USE_TZ = True
TIME_ZONE = "UTC"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(_database.path[1:]),
        "USER": unquote(_database.username or ""),
        "PASSWORD": unquote(_database.password or ""),
        "HOST": _database.hostname or "",
        "PORT": _database.port or "",
    }
}

CELERY_BROKER_URL = os.environ.get("INTEROP_BROKER_URL", "memory://")
CELERY_RESULT_BACKEND = "django-db"
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True


def _task_queues(queues):
    """`{"news": {"broadcast": true}}` stands for what JSON has no word for."""
    return [
        Broadcast(name) if options.pop("broadcast", False) else Queue.from_dict(name, **options)
        for name, options in queues.items()
    ]


for _name, _value in json.loads(os.environ.get("INTEROP_CELERY", "{}")).items():
    globals()[f"CELERY_{_name.upper()}"] = _task_queues(_value) if _name == "task_queues" else _value
