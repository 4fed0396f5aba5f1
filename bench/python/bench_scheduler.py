"""django-celery-beat's scheduler, which says when its first tick is over: all is loaded and planned then."""

import time

from bench_app import say
from django_celery_beat.schedulers import DatabaseScheduler


class BenchScheduler(DatabaseScheduler):
    _is_ready = False

    def tick(self, *args, **kwargs):
        next_time = super().tick(*args, **kwargs)
        if not self._is_ready:
            self._is_ready = True
            say(ready=time.time() * 1000)
        return next_time
