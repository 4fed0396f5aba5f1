"""django-celery-beat's side of the interop suite: makes, edits and judges periodic tasks through Django's ORM and admin.

    periodic.py '[["make", {"name": "a", "task": "t", "crontab": {"minute": "0"}}], ["check", "a"]]'

runs the calls one after the other, and prints what each gives as a JSON list of {"value": …} or {"error": text}. Dates are ISO
8601 texts. A row is {name, task, …}; its schedule, {interval | crontab | solar | clocked: {columns}}, is shared with every task
that has the same, as in DatabaseScheduler. The calls are the functions of CALLS.
"""

import json
import os
import sys
import zoneinfo

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "interop.settings")
# the admin needs them loaded, and none of their tables
settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, *map("django.contrib.{}".format, ["contenttypes", "auth", "admin"])]
django.setup()

from django.contrib.admin import AdminSite  # noqa: E402
from django.core.exceptions import ValidationError  # noqa: E402
from django.core.serializers.json import DjangoJSONEncoder  # noqa: E402
from django.forms.models import model_to_dict  # noqa: E402
from django_celery_beat import models  # noqa: E402
from django_celery_beat.admin import PeriodicTaskAdmin, PeriodicTaskForm  # noqa: E402
from django_celery_beat.models import PeriodicTask  # noqa: E402
from django_celery_beat.schedulers import ModelEntry  # noqa: E402

from interop import celery_app as app  # noqa: E402

SCHEDULES = {
    "interval": models.IntervalSchedule,
    "crontab": models.CrontabSchedule,
    "solar": models.SolarSchedule,
    "clocked": models.ClockedSchedule,
}


def make(fields):
    """A row of these columns, through save()."""
    return save(PeriodicTask(), fields)


def edit(name, fields):
    """Other columns, or another schedule, through save()."""
    return save(PeriodicTask.objects.get(name=name), fields)


def save(task, fields):
    fields = dict(fields)
    for kind in SCHEDULES.keys() & fields.keys():
        setattr(task, kind, schedule_row(kind, fields.pop(kind)))
    for column, value in fields.items():
        setattr(task, column, value)
    task.save()
    return described(task.name)


def schedule_row(kind, columns):
    """The row that has these values; one of several. None for none."""
    if columns is None:
        return None
    wanted = SCHEDULES[kind](**columns)
    values = {field.name: getattr(wanted, field.name) for field in wanted._meta.fields if not field.primary_key}
    return SCHEDULES[kind].objects.filter(**values).order_by("id").first() or saved(wanted)


def saved(row):
    row.save()
    return row


def delete(*names):
    """How many there were."""
    tasks = list(PeriodicTask.objects.filter(name__in=names))
    for task in tasks:
        task.delete()
    return len(tasks)


def listed():
    """Every row, by name."""
    return [described(name) for name in PeriodicTask.objects.order_by("name").values_list("name", flat=True)]


def described(name):
    """The row, and its schedule as Django sees it; null when there is none."""
    task = PeriodicTask.objects.filter(name=name).first()
    if task is None:
        return None
    columns = PeriodicTask.objects.filter(pk=task.pk).values().get()
    return {**columns, "text": str(task), "schedule": described_schedule(task)}


def described_schedule(task):
    """Its columns, and what Celery makes of it; an error where Celery refuses it."""
    kind = next((kind for kind in SCHEDULES if getattr(task, kind) is not None), None)
    if kind is None:
        return None
    found = getattr(task, kind)
    columns = SCHEDULES[kind].objects.filter(pk=found.pk).values().get()
    zone = {"timezone": str(found.timezone)} if kind == "crontab" else {}
    return {"kind": kind, **columns, **zone, **celerys(found)}


def celerys(schedule_row):
    try:
        return {"repr": repr(schedule_row.schedule)}
    except Exception as error:  # whatever Celery's classes raise
        return {"error": f"{type(error).__name__}: {error}"}


def entry(name):
    """What Django's scheduler makes of the row: arguments, options, whether it is due."""
    found = ModelEntry(PeriodicTask.objects.get(name=name), app=app)
    is_due, seconds = found.is_due()
    kept = {name: getattr(found, name) for name in ["name", "task", "args", "kwargs", "options", "last_run_at"]}
    return {**kept, "total_run_count": found.total_run_count, "is_due": is_due, "next": seconds}


def check(name):
    """full_clean() of the row and of its schedule: the message_dict."""
    task = PeriodicTask.objects.get(name=name)
    errors = messages_of(task)
    for kind in SCHEDULES:
        found = getattr(task, kind)
        if found is not None:
            errors.update({f"{kind}.{field}": messages for field, messages in messages_of(found).items()})
    return errors


def check_form(name):
    """What the admin's form says of the row as it is."""
    task = PeriodicTask.objects.get(name=name)
    return PeriodicTaskForm(model_to_dict(task), instance=task).errors


def messages_of(model):
    try:
        model.full_clean()
    except ValidationError as error:
        return error.message_dict
    return {}


class SpokenAdmin(PeriodicTaskAdmin):
    """Keeps what a person would read."""

    def __init__(self):
        super().__init__(PeriodicTask, AdminSite())
        self.said = []

    def message_user(self, request, message, **options):
        self.said.append(str(message))


def act(action, *names):
    """An action of the admin, enable, disable, toggle or run: what the admin says."""
    admin = SpokenAdmin()
    getattr(admin, f"{action}_tasks")(None, PeriodicTask.objects.filter(name__in=names))
    return admin.said


def zones():
    """The names of time zones that Django reads in a crontab's row: others break the list of all rows."""
    return sorted(zoneinfo.available_timezones())


CALLS = {
    "make": make,
    "edit": edit,
    "delete": delete,
    "list": listed,
    "row": described,
    "entry": entry,
    "check": check,
    "check_form": check_form,
    "act": act,
    "zones": zones,
}


def perform(call, *arguments):
    try:
        return {"value": CALLS[call](*arguments)}
    except Exception as error:  # the spec's to judge
        return {"error": f"{type(error).__name__}: {error}"}


print(json.dumps([perform(*call) for call in json.loads(sys.argv[1])], cls=DjangoJSONEncoder))
