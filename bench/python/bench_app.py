"""The application of test/apps/src/bench for Python Celery.

BENCH_BROKER_URL    amqp://user:password@host:port//
BENCH_QUEUE         the queue of the run
BENCH_RESULTS       "django-db", or nothing: results are ignored
BENCH_TASKS         the number of the task that ends the run
"""

import json
import multiprocessing
import os
import time

from celery import Celery

results = os.environ.get("BENCH_RESULTS")

app = Celery("bench", broker=os.environ["BENCH_BROKER_URL"])
app.conf.update(
    task_default_queue=os.environ["BENCH_QUEUE"],
    task_ignore_result=not results,
    result_backend=results or None,
    # As our client: a call is over when the broker has confirmed the message.
    broker_transport_options={"confirm_publish": True},
    broker_connection_retry_on_startup=True,
    # Celery closes Django's connection around each task, whatever CONN_MAX_AGE says: a tenth of the speed. Only this keeps it open.
    CELERY_DB_REUSE_MAX=1_000_000,
)

_last = int(os.environ.get("BENCH_TASKS", "0"))
# Made before the worker forks: its children count together.
_executed = multiprocessing.Value("q", 0)
_late = multiprocessing.Array("d", max(_last, 1))


@app.task(name="bench.add")
def add(x, y):
    with _executed.get_lock():
        _executed.value += 1
        executed = _executed.value
    if executed == 1:
        say(first=time.time() * 1000)
    if executed == _last:
        say(last=time.time() * 1000)
    return x + y


@app.task(name="bench.due")
def due(eta):
    """Was to run at `eta`, in epoch milliseconds: the BENCH_TASKS-th says how late they were."""
    late = time.time() * 1000 - eta
    with _executed.get_lock():
        index = _executed.value - 1  # the first task was another one
        _executed.value += 1
    _late[index] = late
    if index == _last - 1:
        ordered = sorted(_late)
        say(late50=ordered[int(_last * 0.5)], late99=ordered[int(_last * 0.99)], earliest=ordered[0])


def say(**fact):
    """Tells the benchmark something: a line of JSON, past the worker's redirection of print()."""
    os.write(1, f"{json.dumps(fact)}\n".encode())


@app.task(name="bench.burn")
def burn(milliseconds):
    """Uses so many milliseconds of CPU."""
    began, start = time.time() * 1000, time.process_time()
    while time.process_time() - start < milliseconds / 1000:
        pass
    say(began=began, ran=time.time() * 1000)


@app.task(name="bench.rest")
def rest(milliseconds):
    began = time.time() * 1000
    time.sleep(milliseconds / 1000)
    say(began=began, ran=time.time() * 1000)
