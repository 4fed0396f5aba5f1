"""Django, for Celery's django-db backend on BENCH_DATABASE_URL."""

import os
from urllib.parse import unquote, urlsplit

_database = urlsplit(os.environ["BENCH_DATABASE_URL"])

SECRET_KEY = "only for benchmarks"
INSTALLED_APPS = ["django_celery_results"]
USE_TZ = True
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(_database.path[1:]),
        "USER": unquote(_database.username or ""),
        "PASSWORD": unquote(_database.password or ""),
        "HOST": _database.hostname or "",
        "PORT": _database.port or "",
        "CONN_MAX_AGE": 600,
    }
}
