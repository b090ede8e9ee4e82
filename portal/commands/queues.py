"""`queue show`, `queue take`: the file that a phone makes of what it could not upload, looked at and recorded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from portal.commands.checks import operator
from portal.intake.queues import Line, Queue, Result, look_into, read_queue, take_in
from portal.kernel.console import answer, exits_with_cure, json_option
from portal.kernel.database import now_utc, reading, writing
from portal.registers.helpers.check_ins.rules import Context
from portal.registers.helpers.queries import get_helper
from portal.settings import read_settings
from portal.trail.connect import connected, keyring_of

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.group("queue")
def queue_group() -> None:
    """Queue files that phones export."""


@queue_group.command("show")
@click.argument("file", type=FILE)
@json_option
@exits_with_cure
def queue_show(file: Path, as_json: bool) -> int:
    """What is in a file; nothing is written."""
    settings = read_settings()
    queue = read_queue(keyring_of(settings), file.read_bytes())
    with connected(settings) as engine, reading(engine) as session:
        lines = look_into(session, queue)
    return _tell(queue, lines, as_json)


@queue_group.command("take")
@click.argument("file", type=FILE)
@json_option
@exits_with_cure
def queue_take(file: Path, as_json: bool) -> int:
    """Record the signed visits of a file as if the phone had sent them; exit 1 when any was refused."""
    settings = read_settings()
    queue = read_queue(keyring_of(settings), file.read_bytes())
    with connected(settings) as engine:
        with reading(engine) as session:
            get_helper(session, queue.helper_no)
        context = Context(operator(), settings.files_dir)
        lines = take_in(lambda: reading(engine), lambda: writing(engine), context, queue, now_utc)
    return _tell(queue, lines, as_json)


def _tell(queue: Queue, lines: Sequence[Line], as_json: bool) -> int:
    counts = {result.name.lower(): sum(line.result is result for line in lines) for result in Result}
    items = [vars(line) for line in lines]
    text = [f"帮扶人 {queue.helper_no}，{len(lines)} 条"]
    text += [
        f"{line.result}  {line.household_no or '—'}  {line.captured_at or '—'}  照片 {line.photos} 张  {line.what} {line.fix}".rstrip()
        for line in lines
    ]
    told = {"helper_no": queue.helper_no, "exported_at": queue.exported_at, "sha256": queue.sha256, **counts}
    answer({**told, "items": items}, as_json=as_json, text="\n".join(text))
    return 1 if counts["refused"] or counts["unsigned"] else 0
