"""The worker: what runs on a schedule. Each job opens a session, calls one action and prints counts, never content."""

from __future__ import annotations

from collections.abc import Callable

from huey import SqliteHuey, crontab

from portal.checks.actions import run_rules
from portal.checks.catalogue import RULES
from portal.jobs.queue import make_queue
from portal.kernel.clock import today_cn
from portal.kernel.console import say
from portal.kernel.database import now_utc, reading, writing
from portal.registers.funds.verification.queries import verify_totals
from portal.settings import Settings
from portal.trail.connect import connected
from portal.trail.queries import oldest_unsequenced_at

LOG_ALARM_SECONDS = 15 * 60


def check_everything(settings: Settings) -> int:
    """Run every rule for today; returns the number of leads opened."""
    with connected(settings) as engine, writing(engine) as session:
        result = run_rules(session, RULES.all(), as_of=today_cn(), actor="job:nightly")
    opened = sum(int(rule["opened"]) for rule in result.rules)
    say(f"{result.run}: rules={len(result.rules)} opened={opened}")
    return opened


def watch_log(settings: Settings) -> bool:
    """Say so when what is recorded has not been published for a quarter of an hour; returns whether all is well."""
    with connected(settings) as engine, reading(engine) as session:
        oldest = oldest_unsequenced_at(session)
    late = oldest is not None and (now_utc() - oldest).total_seconds() > LOG_ALARM_SECONDS
    if late:
        say("ALARM: the log has not been published for 15 minutes; run `yangguang trail checkpoint --loop`")
    return not late


def verify_sums(settings: Settings) -> int:
    """Compare every kept sum of the money with its lines; returns how many differ, and says so loudly."""
    with connected(settings) as engine, reading(engine) as session:
        differing = len(verify_totals(session))
    if differing:
        say(f"ALARM: {differing} sums differ from their lines; restore, or ask for help before publishing anything")
    return differing


def schedule(settings: Settings) -> SqliteHuey:
    """The queue with its timetable (times are UTC: 18:00 UTC is 02:00 in China)."""
    queue = make_queue(settings)

    def every(name: str, job: Callable[[Settings], object], when: Callable[..., bool]) -> None:
        queue.periodic_task(when, name=name)(lambda: job(settings))

    every("check_everything", check_everything, crontab(hour="18", minute="0"))
    every("verify_sums", verify_sums, crontab(hour="19", minute="0"))
    every("watch_log", watch_log, crontab(minute="*/10"))
    return queue


def run(settings: Settings) -> None:
    """Work until stopped."""
    schedule(settings).create_consumer(workers=1, periodic=True, check_worker_health=True).run()
