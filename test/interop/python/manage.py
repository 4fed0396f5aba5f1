"""Django's command line for the interop project: `manage.py migrate`, `manage.py migrate --fake`."""

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "interop.settings")
execute_from_command_line(sys.argv)
