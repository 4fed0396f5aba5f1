"""The reprs of values as Python and as Celery write them: `literals.py JSON` prints a list of [repr, saferepr]."""

import sys

from celery.utils.saferepr import saferepr
from kombu.utils import json

values = json.loads(sys.argv[1])
print(json.dumps([[repr(value), saferepr(value, maxlen=1024)] for value in values]))
