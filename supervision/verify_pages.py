"""What the page on checking the log shows: whether database and public files speak of the same tree, and what was reported."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from portal.kernel.clock import today_cn
from portal.trail.publish import LogFiles
from portal.trail.queries import Entry, LogFacts, get_events
from portal.trail.search.queries import Sight, Wanted, count_found, search
from portal.trail.search.rules import parse
from portal.trail.stored import newest_leaf_findings
from portal.trail.verifier import DAMAGED, Invalid, check_signature, parse_checkpoint, parse_key
from portal.web.sessions import database, installation

BYPASS = "bypass.detected"


@dataclass(frozen=True)
class Checks:
    """What is kept and what was compared just now. `bypasses`: reports of changes past the application, in a year."""

    same_tree: bool | None
    bypasses: int
    newest: Sequence[Entry]


def last_checks(facts: LogFacts | None) -> Checks:
    """Head of the database against the public checkpoint, and the reports that the sequencer has kept."""
    session = database()
    since = today_cn() - timedelta(days=365)
    wanted, sight = Wanted(parse(f"action:{BYPASS} created:>={since}", today_cn())), Sight("")
    newest = get_events(session, [hit.event_id for hit in search(session, wanted, sight, None, 5)])
    return Checks(_same_tree(facts), count_found(session, wanted, sight), newest)


def _same_tree(facts: LogFacts | None) -> bool | None:
    note = LogFiles(installation().settings.log_dir).checkpoint()
    if note is None or facts is None:
        return None
    public = parse_checkpoint(note)
    return (public.size, base64.b64encode(public.root).decode()) == (facts.size, facts.root)


@dataclass(frozen=True)
class Stretch:
    """The newest leaves, checked at once: how many, and what was wrong."""

    first: int
    last: int
    problems: Sequence[str]


def check_now() -> Stretch:
    """Signature of the newest checkpoint, and its newest leaves: those of the database against those that are public."""
    files = LogFiles(installation().settings.log_dir)
    note = files.checkpoint()
    if note is None:
        return Stretch(0, 0, ["流水还没有第一次签名"])
    problems: list[str] = []
    try:
        check_signature(parse_checkpoint(note), parse_key(files.read("key").decode().splitlines()[0]))
    except (OSError, Invalid, *DAMAGED):
        problems.append("最新的检查点签名不对")
    size = parse_checkpoint(note).size
    first, found = newest_leaf_findings(database(), files, size)
    said = {"missing": "数据库里不见了", "changed": "数据库里的和公开的不同"}
    problems += [f"第 {index} 条：{said[what]}" for index, what in found]
    return Stretch(first, max(size - 1, 0), problems)
