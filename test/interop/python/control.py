"""Celery's remote control as a command: calls methods of `app.control`, one after the other, and prints what they return as a JSON list.

    control.py '[["ping", {"destination": ["w1@host"]}], ["revoke", {"task_id": "…", "reply": true}]]'
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "interop.settings")
django.setup()

from interop import celery_app as app  # noqa: E402

print(json.dumps([getattr(app.control, method)(**options) for method, options in json.loads(sys.argv[1])]))
