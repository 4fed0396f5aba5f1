"""The client of test/apps/src/bench for Python Celery: client.py COMMAND COUNT [WARM-UP], and a line of JSON at the end.

enqueue   milliseconds and microseconds of CPU for COUNT confirmed calls
latency   the milliseconds of the median call of delay().get(), one at a time
"""

import sys
import time

from bench_app import add, results, say

if results:
    import django

    django.setup()

# Celery looks for a result every half second; to give it its best it looks here every 5 ms.
POLL = 0.005


def enqueue(count, warm_up):
    send(warm_up)
    cpu, start = time.process_time(), time.perf_counter()
    send(count)
    say(ms=(time.perf_counter() - start) * 1e3, cpu=(time.process_time() - cpu) * 1e6)


def send(count):
    for n in range(count):
        add.delay(n, n)


def latency(count, warm_up):
    times = []
    for n in range(warm_up + count):
        start = time.perf_counter()
        assert add.delay(n, n).get(timeout=30, interval=POLL) == 2 * n
        if n >= warm_up:
            times.append((time.perf_counter() - start) * 1e3)
    times.sort()
    say(p50=times[int(count * 0.5)], p99=times[int(count * 0.99)])


command, count, warm_up = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
{"enqueue": enqueue, "latency": latency}[command](count, warm_up)
