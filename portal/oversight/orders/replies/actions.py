"""What a unit does with its task, and what the re-check of its answer finds."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel import sealed_files
from portal.kernel.errors import BadInput, NotFound
from portal.kernel.photos.reading import read_photo
from portal.oversight.orders.actions import case_of, current, note_event, take_step, tasks
from portal.oversight.orders.models import Order, OrderState, OrderTask, TaskState
from portal.oversight.orders.replies.models import OrderReply, ReplyKind
from portal.oversight.orders.replies.queries import TABLE
from portal.oversight.orders.replies.rules import FOLDER, PDF, file_name, is_pdf, size_problem
from portal.oversight.orders.rules import WITH_UNIT, Step, TaskStep, all_in, next_task_state, words_problem
from portal.registers.corrections import Act
from portal.registers.sealed import keyring_of, seal_name


def accept_task(session: Session, no: str, n: int, act: Act, at: datetime) -> OrderTask:
    """签收: the unit has it in hand."""
    order = current(session, no)
    task = _task(session, order, n)
    task.state = next_task_state(task.state, TaskStep.ACCEPT)
    session.flush()
    take_step(session, order, Step.ACCEPT, "case.order_accepted", act, at)
    return task


def answer_task(
    session: Session, files_dir: Path, no: str, n: int, text: str, data: bytes, act: Act, at: datetime
) -> OrderReply:
    """The unit answers one task, with one picture or PDF at most. The last answer makes the order an answered one."""
    said = words_problem(text, "办理情况")
    order = current(session, no)
    task = _task(session, order, n)
    state = next_task_state(task.state, TaskStep.ANSWER)
    file = _keep(session, files_dir, data)  # first: a file that is refused leaves the task as it was, with its form
    task.state = state
    session.flush()
    row = _say(session, task, ReplyKind.ANSWER, said, act, at, file)
    if all_in([one.state for one in tasks(session, order)], frozenset(TaskState) - WITH_UNIT):
        take_step(session, order, Step.ANSWER, "case.order_answered", act, at)
    else:
        note_event(session, order, case_of(session, order), "case.task_answered", act, at, after={"task": n})
    return row


def check_task(session: Session, no: str, n: int, passed: bool, text: str, act: Act, at: datetime) -> OrderReply:
    """The re-check of one answer: done, or to be done again. A task that has to be done again sends the order back."""
    said = words_problem(text, "核查情况")
    order = current(session, no)
    if order.state == OrderState.ANSWERED:
        take_step(session, order, Step.CHECK, "case.order_checking", act, at)
    task = _task(session, order, n)
    task.state = next_task_state(task.state, TaskStep.VERIFIED if passed else TaskStep.RETURN)
    session.flush()
    row = _say(session, task, ReplyKind.CHECK, said, act, at)
    states = [one.state for one in tasks(session, order)]
    if TaskState.RETURNED in states and TaskState.ANSWERED not in states:
        take_step(session, order, Step.RETURN, "case.order_returned", act, at)
    else:
        note_event(session, order, case_of(session, order), "case.task_checked", act, at, after={"task": n})
    return row


def _task(session: Session, order: Order, n: int) -> OrderTask:
    found = session.scalar(select(OrderTask).where(OrderTask.order_id == order.id, OrderTask.n == n).with_for_update())
    if found is None:
        raise NotFound("没有这项任务", fix="刷新页面")
    return found


def _say(
    session: Session, task: OrderTask, kind: ReplyKind, text: str, act: Act, at: datetime,
    file: tuple[str, str, int] | None = None,
) -> OrderReply:  # fmt: skip
    digest, media, size = file or (None, None, None)
    row = OrderReply(
        task_id=task.id, kind=kind, result=task.state, said_by=act.actor, said_at=at, file_sha256=digest,
        file_type=media, file_bytes=size,
        text_sealed=keyring_of(session).seal(text, seal_name(TABLE, "text_sealed")),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _keep(session: Session, files_dir: Path, data: bytes) -> tuple[str, str, int] | None:
    """A picture is rebuilt, so that nothing of the camera comes along; a PDF lies as it came and is only handed out."""
    if not data:
        return None
    size_problem(data)
    media = PDF
    if not is_pdf(data):
        try:
            photo = read_photo(data)
        except BadInput as refused:
            raise BadInput(
                "附件打不开",
                why="只收完整的图片（JPEG、PNG、WebP）和 PDF",
                fix="重新拍一张，或者另存为 PDF 再传",
                code="bad_file",
            ) from refused
        data, media = photo.derivative, "image/jpeg"
    digest = hashlib.sha256(data).hexdigest()
    sealed_files.keep(files_dir / FOLDER, file_name(digest), data, keyring_of(session))
    return digest, media, len(data)
