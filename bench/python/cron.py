"""As bench/cron/in-turn.mjs, for Celery's crontab: cron.py COUNT."""

import json
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from celery import Celery
from celery.schedules import crontab

STEPS = 1000

with open(Path(__file__).parent.parent / "cron" / "crontabs.json") as file:
    crontabs = json.load(file)
start_of_all = datetime.fromisoformat(crontabs["from"].replace("Z", "+00:00"))


class Walker:
    """`remaining_estimate` counts from now: now is the time that it gave last, so that it is the time to the next."""

    def __init__(self, line, zone):
        app = Celery("bench", set_as_current=False)
        app.conf.timezone = zone
        self.zone = ZoneInfo(zone)
        self.schedule = crontab.from_string(line)
        self.schedule.app, self.schedule.nowfun = app, lambda: self.last
        self.restart()

    def restart(self):
        self.last = start_of_all.astimezone(self.zone)

    def next(self):
        remaining = self.schedule.remaining_estimate(self.last)
        self.last = (self.last.astimezone(timezone.utc) + remaining).astimezone(self.zone)

    def walk(self, count):
        for n in range(count):
            if n % STEPS == 0:
                self.restart()
            self.next()


if __name__ == "__main__":
    count = int(sys.argv[1])
    walkers = [Walker(line, zone) for zone in crontabs["timezones"] for line in crontabs["lines"]]
    for walker in walkers:
        walker.walk(count // 10)
    start = time.perf_counter()
    for walker in walkers:
        walker.walk(count)
    print(json.dumps({"ms": (time.perf_counter() - start) * 1e3, "times": len(walkers) * count}))
