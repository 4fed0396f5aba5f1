"""Tasks that the other side calls: what they return tells what arrived."""

import math
import os
import time
from datetime import date, datetime, timedelta, timezone
from datetime import time as clock_time
from decimal import Decimal
from uuid import UUID

from celery import shared_task


class InteropError(Exception):
    """An exception that only this module has, with more than a message."""

    def __init__(self, code, reason):
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


@shared_task
def add(x, y):
    return x + y


@shared_task
def echo(*args, **kwargs):
    """The arguments as they came."""
    return {"args": args, "kwargs": kwargs}


@shared_task
def describe(*args, **kwargs):
    """The arguments as Python sees them: the name of the type and the repr of each."""
    seen = [*args, *(kwargs[name] for name in sorted(kwargs))]
    return [[type(value).__name__, repr(value)] for value in seen]


@shared_task
def fail(message="unter Umständen: 파이썬 ☃ 𝄞"):
    raise ValueError(message)


@shared_task
def fail_with_data(code, reason):
    raise InteropError(code, reason)


@shared_task
def fail_from_cause():
    try:
        {}["missing"]
    except KeyError as error:
        raise RuntimeError("the lookup failed") from error


@shared_task
def everything():
    """One value of each kind that kombu's JSON can carry."""
    return {
        "text": "Grüße, 파이썬, 𝄞",
        "nested": {"list": [1, [2, [3, {"four": None}]]], "empty": {}},
        "tuple": (1, "two"),
        "true": True,
        "float": 0.1,
        "whole_float": 2.0,
        "big": 2**53 + 1,
        "huge": -(2**100),
        "datetime": datetime(2026, 2, 28, 23, 59, 58, 123456, tzinfo=timezone.utc),
        "offset_datetime": datetime(2026, 2, 28, 23, 59, 58, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        "naive_datetime": datetime(2026, 2, 28, 12, 0),
        "date": date(2026, 2, 28),
        "time": clock_time(7, 30, 15, 250000),
        "decimal": Decimal("123456789.987654321000"),
        "uuid": UUID("12345678-1234-5678-1234-567812345678"),
        "bytes": b"\x00\xff\xfebytes",
    }


@shared_task
def not_finite():
    """Values that are not JSON, although Python's json writes and reads them."""
    return [math.nan, math.inf, -math.inf]


@shared_task
def slow(seconds):
    time.sleep(seconds)
    return seconds


@shared_task
def until(gate):
    """Ends once there is a file of this name."""
    while not os.path.exists(gate):
        time.sleep(0.02)
    return gate


@shared_task(bind=True)
def context(self):
    """What the worker knows about the message that started this task."""
    request = self.request
    names = ["id", "root_id", "parent_id", "group", "retries", "eta", "expires", "timelimit", "origin"]
    names += ["argsrepr", "kwargsrepr", "correlation_id", "reply_to", "ignore_result", "headers", "delivery_info"]
    names += ["shadow", "group_index", "properties"]
    return {name: getattr(request, name, None) for name in names}


@shared_task(bind=True)
def relay(self, queue):
    """The first run sends itself to another queue, the next one says what it got.

    The countdown is there because Celery stores RETRY after it has sent the next run, which may be over by then.
    """
    if self.request.retries == 0:
        raise self.retry(queue=queue, countdown=1, exc=ValueError("once more"))
    request = self.request
    names = ["id", "root_id", "parent_id", "retries", "expires", "timelimit", "correlation_id", "reply_to", "headers"]
    names += ["shadow", "group", "origin"]
    return {**{name: getattr(request, name, None) for name in names}, "priority": request.delivery_info["priority"]}
