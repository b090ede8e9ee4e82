"""The worker: what runs on a schedule. Each job opens a session, calls one action and prints counts, never content."""

from __future__ import annotations

from collections.abc import Callable

from huey import SqliteHuey, crontab

from portal.checks.actions import run_rules
from portal.checks.catalogue import RULES
from portal.jobs.complaints import keep_complaint_clocks, publish_counts
from portal.jobs.entitled import find_unreached
from portal.jobs.notices import withdraw_notices
from portal.jobs.orders import end_exposures, remind_orders
from portal.jobs.photos import forget_places, hash_windows
from portal.jobs.purge import purge
from portal.jobs.queue import make_queue
from portal.jobs.sampling import draw_samples
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
    every("find_unreached", find_unreached, crontab(hour="18", minute="40"))
    every("verify_sums", verify_sums, crontab(hour="19", minute="0"))
    every("purge", purge, crontab(minute="30"))
    every("hash_windows", hash_windows, crontab(minute="*"))
    every("forget_places", forget_places, crontab(hour="20", minute="0"))
    every("withdraw_notices", withdraw_notices, crontab(hour="16", minute="5"))  # 00:05 in China
    every("end_exposures", end_exposures, crontab(hour="16", minute="10"))  # 00:10 in China
    every("remind_orders", remind_orders, crontab(hour="22", minute="0"))  # 06:00 in China, before the office opens
    every("keep_complaint_clocks", keep_complaint_clocks, crontab(minute="20"))  # hourly: soon after a pause, too
    every("publish_counts", publish_counts, crontab(hour="16", minute="15"))  # 00:15 in China, a quarter's first night
    every("draw_samples", draw_samples, crontab(hour="19", minute="30"))
    every("watch_log", watch_log, crontab(minute="*/10"))
    return queue


def run(settings: Settings) -> None:
    """Work until stopped."""
    schedule(settings).create_consumer(workers=1, periodic=True, check_worker_health=True).run()
