"""The Python side of the interop suite as a command: publishes messages and reads results.

Arguments and what is printed are kombu's JSON, one document: dates, decimals, bytes … travel as its {"__type__": …} objects.

    client.py send TASK [--args JSON] [--kwargs JSON] [--options JSON] [--wait SECONDS]
    client.py result TASK_ID [--wait SECONDS]     what AsyncResult says
    client.py row TASK_ID                         the row by the Django ORM, column by column
    client.py raw QUEUE [--body TEXT] [--content-type T] [--content-encoding E] [--headers JSON] [--properties JSON]

`--options` are those of send_task (queue, countdown, headers …). Celery's settings come from INTEROP_CELERY: a message of
protocol 1 is `{"task_protocol": 1}`.
"""

import argparse
import math
import os

import django
from kombu.utils import json

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "interop.settings")
django.setup()

from celery.exceptions import TimeoutError as ResultTimeout  # noqa: E402
from django_celery_results.models import TaskResult  # noqa: E402

from interop import celery_app as app  # noqa: E402
from interop import tasks  # noqa: E402, F401  exceptions are rebuilt from loaded modules only


def send(options):
    result = app.send_task(options.task, options.args, options.kwargs, **options.options)
    return describe(result, options.wait)


def result(options):
    return describe(app.AsyncResult(options.task_id), options.wait)


def describe(result, wait):
    """Everything a Python caller can learn from a result; with `wait`, once it is there."""
    timed_out = False
    if wait is not None:
        try:
            result.get(timeout=wait, propagate=False, interval=0.05)
        except ResultTimeout:
            timed_out = True
    if wait is None and not result.ready():
        return {"task_id": result.id, "state": result.state, "timed_out": False}
    value = result.result
    return {
        "task_id": result.id,
        "state": result.state,
        "timed_out": timed_out,
        "result": None if isinstance(value, BaseException) else finite(value),
        "result_repr": repr(value),
        "exception": describe_exception(value) if isinstance(value, BaseException) else None,
        "raised": describe_exception(raised_by_get(result)),
        "traceback": result.traceback,
        "children": [child.id for child in result.children or []],
        "date_done": result.date_done,
        "name": result.name,
        "args": result.args,
        "kwargs": result.kwargs,
        "worker": result.worker,
    }


def raised_by_get(result):
    if not result.ready():
        return None
    try:
        result.get(timeout=5)
    except BaseException as error:  # what a caller would see, whatever it is
        return error
    return None


def describe_exception(error):
    """The class that was rebuilt, its ancestors (is it the real one?) and its data."""
    if error is None:
        return None
    ancestors = [f"{known.__module__}.{known.__qualname__}" for known in type(error).__mro__[:-1]]
    return {
        "class": type(error).__name__,
        "module": type(error).__module__,
        "ancestors": ancestors,
        "args": [arg if is_plain(arg) else repr(arg) for arg in error.args],
        "message": str(error),
    }


def finite(value):
    """What only Python takes for JSON (NaN, Infinity), as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    if isinstance(value, dict):
        return {name: finite(item) for name, item in value.items()}
    return value


def is_plain(value):
    return value is None or isinstance(value, (str, int, float, bool, list, dict))


def row(options):
    return TaskResult.objects.filter(task_id=options.task_id).values().first()


def raw(options):
    """A message that is not Celery's, or a broken one, as a plain AMQP client would send it."""
    with app.connection_for_write() as connection:
        connection.Producer(auto_declare=False).publish(
            options.body.encode(),
            exchange="",
            routing_key=options.queue,
            content_type=options.content_type,
            content_encoding=options.content_encoding,
            headers=options.headers,
            **options.properties,
        )
    return {"sent": True}


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)

    sending = commands.add_parser("send")
    sending.set_defaults(run=send)
    sending.add_argument("task")
    sending.add_argument("--args", type=json.loads, default=[])
    sending.add_argument("--kwargs", type=json.loads, default={})
    sending.add_argument("--options", type=json.loads, default={})
    sending.add_argument("--wait", type=float)

    reading = commands.add_parser("result")
    reading.set_defaults(run=result)
    reading.add_argument("task_id")
    reading.add_argument("--wait", type=float)

    looking = commands.add_parser("row")
    looking.set_defaults(run=row)
    looking.add_argument("task_id")

    breaking = commands.add_parser("raw")
    breaking.set_defaults(run=raw)
    breaking.add_argument("queue")
    breaking.add_argument("--body", default="")
    breaking.add_argument("--content-type", default="application/json")
    breaking.add_argument("--content-encoding", default="utf-8")
    breaking.add_argument("--headers", type=json.loads, default={})
    breaking.add_argument("--properties", type=json.loads, default={})

    return parser.parse_args()


if __name__ == "__main__":
    parsed = parse()
    print(json.dumps(parsed.run(parsed)))
