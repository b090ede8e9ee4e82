"""What somebody does with a file: stage it, commit it (alone or approved by a second person), discard it, undo it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.checks.actions import Gap, note_gaps, withdraw_gaps
from portal.intake.files import FileFindings, Sources
from portal.intake.kinds import KINDS
from portal.intake.merging import Merger, merging
from portal.intake.models import NO_SECOND_PERSON, BatchStatus, ImportBatch
from portal.intake.originals import remove_original
from portal.intake.profiles import Profile
from portal.intake.report import Told, report_of
from portal.intake.stage import Staged
from portal.intake.staging import StagingFile, file_sha256
from portal.intake.table_stager import BAD, CHANGED, NEW, SAME
from portal.intake.undoing import refuse_dependents
from portal.kernel.clock import day_cn
from portal.kernel.database import now_utc, raise_data_version, reserve_ids
from portal.kernel.errors import CannotRun, Conflict, NotAllowed, Refused
from portal.registers.funds.actions import absorb_allocations, absorb_divisions, absorb_programmes, absorb_units
from portal.registers.funds.payments.actions import absorb_bank_returns, absorb_households, absorb_payments
from portal.trail.actions import record_batch
from portal.trail.batches import BatchManifest, FileFacts

ABSORB: Mapping[str, Callable[[Session, int], None]] = {
    "allocations": absorb_allocations,
    "programmes": absorb_programmes,
    "payments": absorb_payments,
    "bank_returns": absorb_bank_returns,
    "households": absorb_households,
    "units": absorb_units,
    "divisions": absorb_divisions,
}
"""What follows a merge in the same transaction: the roll-ups of money."""
FEWEST = 5


@dataclass(frozen=True)
class Sender:
    """Who brings a file, and for whom."""

    maker: str
    checker: str | None = None
    department: str | None = None
    as_of: date | None = None
    scopes: tuple[str, ...] = ()  # divisions the sender answers for; none: the command line


def new_batch(
    session: Session,
    staged: Staged,
    found: FileFindings,
    profile: Profile | None,
    sender: Sender,
    source_file: str | None = None,
) -> ImportBatch:
    """Keep a staged file as an import batch: a preview, nothing of it stands in a register yet."""
    moment = now_utc()
    number = reserve_ids(session.connection(), "import_batches", 1)
    batch = ImportBatch(
        id=number,
        no=f"DR-{moment.year}-{number:06d}",
        kind=staged.kind.name,
        file_name=found.name[-255:],
        sha256=found.sha256,
        bytes=found.bytes,
        as_of=sender.as_of,
        department=sender.department,
        sender=sender.department or sender.maker,
        maker=sender.maker,
        source_file=source_file,
        made_at=moment,
    )
    restate(batch, staged, found, profile, sender.scopes)
    session.add(batch)
    session.flush()
    return batch


def new_unmapped(session: Session, kind: str, file: FileFacts, sender: Sender, source_file: str) -> ImportBatch:
    """Keep an upload whose headings are unknown, until somebody says which column is which."""
    moment = now_utc()
    number = reserve_ids(session.connection(), "import_batches", 1)
    batch = ImportBatch(
        id=number, no=f"DR-{moment.year}-{number:06d}", kind=kind, file_name=file.name[-255:], sha256=file.sha256,
        bytes=file.bytes, sender=sender.maker, status=BatchStatus.UNMAPPED.value, maker=sender.maker, rows_read=0,
        rows_new=0, rows_changed=0, rows_same=0, rows_refused=0, totals_checked=0, needs_checker=False,
        report={"errors": [], "scopes": list(sender.scopes)}, source_file=source_file, made_at=moment,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    return batch


def restate(
    batch: ImportBatch, staged: Staged, found: FileFindings, profile: Profile | None, scopes: Sequence[str]
) -> None:
    """What a batch says of its file after it was staged, the first time or again; the file's own facts stay."""
    batch.status = BatchStatus.STAGED.value
    batch.sheet = found.sheet[:120]
    batch.profile, batch.profile_sha256 = (profile.name, profile.sha256) if profile else (None, None)
    batch.rows_read = staged.rows_read
    batch.rows_new, batch.rows_changed = staged.counts[NEW], staged.counts[CHANGED]
    batch.rows_same, batch.rows_refused = staged.counts[SAME], staged.counts[BAD]
    batch.amount_fen = staged.amount_fen
    batch.currency = (profile.currency if profile else "CNY") if staged.kind.money else None
    batch.totals_checked = len(found.totals)
    batch.needs_checker = bool(staged.kind.money and not staged.writes_nothing) or staged.takes_two
    batch.report = {**report_of(Told(staged, found, profile)), "scopes": list(scopes)}
    batch.staging_file = staged.path.name if staged.path else None


def commit_batch(
    session: Session, file: StagingFile, batch: ImportBatch, *, actor: str, checker: str | None
) -> ImportBatch:
    """Merge a staged batch into its register, in the transaction of a `merging` session: all of it or nothing.

    Raises Conflict when the register has moved on since the preview, Refused when the batch is not waiting.
    """
    if batch.status not in (BatchStatus.STAGED.value, BatchStatus.AWAITING.value):
        raise Refused(f"这次导入已经{batch.status}", fix="要再导入一次，重新上传这份表")
    batch.trail_batch_id = _merge(session, file, batch, actor, checker)
    batch.status = BatchStatus.COMMITTED.value
    batch.checker = checker or NO_SECOND_PERSON
    batch.committed_at = now_utc()
    _note_gaps(session, batch, actor)
    session.flush()
    return batch


def open_staged(directory: Path, batch: ImportBatch) -> StagingFile:
    """The staging file of a batch, exactly as it was when the preview was made. Call it before taking the lock."""
    if not batch.staging_file:
        raise CannotRun("这次导入没有暂存文件", fix="重新上传这份表")
    path = directory / batch.staging_file
    file = StagingFile.open(path)
    if file_sha256(path) != batch.report["staging_sha256"]:
        file.close()
        raise Refused("暂存文件和预览时不一样了", why="提交的必须就是预览过的", fix="重新上传这份表")
    return file


def _merge(session: Session, file: StagingFile, batch: ImportBatch, actor: str, checker: str | None) -> int | None:
    printed = [{"label": t["label"], "fen": t["printed_fen"]} for t in batch.report["totals"]]
    totals = {"rows": batch.rows_read, "refused": batch.rows_refused, "fen": batch.amount_fen, "printed": printed}
    facts = FileFacts(batch.sha256, batch.file_name, batch.bytes, batch.sender, totals)
    return merge_staged(
        session,
        file,
        kind=batch.kind,
        actor=actor,
        facts=facts,
        public=public_of(batch),
        subjects=[("import", batch.no)],
        why=f"复核：{checker or NO_SECOND_PERSON}",
    )


def public_of(batch: ImportBatch) -> dict[str, int]:
    """What the leaf shows of a money batch: its total and lines, never a sum that gives one household's amount away."""
    lines = batch.rows_new + batch.rows_changed
    few = batch.kind == "payments" and lines < FEWEST
    if batch.amount_fen is None or few or batch.kind == "incomes":
        return {}
    return {"fen": batch.amount_fen, "lines": lines}


def merge_staged(
    session: Session,
    file: StagingFile,
    *,
    kind: str,
    actor: str,
    facts: FileFacts | None,
    public: Mapping[str, Any] | None = None,
    subjects: list[tuple[str, str]] | None = None,
    what: str | None = None,
    why: str | None = None,
) -> int | None:
    """Record the batch in the trail, merge its rows, bring the roll-ups in step. None when there is nothing to write."""
    tree = file.tree()
    if tree.n == 0:
        return None
    connection = session.connection()
    number = reserve_ids(connection, "trail_batches", 1)
    manifest = BatchManifest(
        batch_id=number,
        kind=f"import.{what or kind}",
        actor=actor,
        file=facts,
        why=why,
        public=public or {},
        subjects=subjects or [],
    )
    record_batch(session, manifest, tree)
    Merger(session, file, number, now_utc()).run({table for table, _ in tree.counts})
    session.expire_all()
    absorb = ABSORB.get(kind)
    if absorb is not None:
        absorb(session, number)
    raise_data_version(connection)
    return number


def load_rows(engine: Engine, staged: Staged, *, actor: str, source: str) -> int | None:
    """Merge what `stage_rows` staged, without a file and without an import batch, in a transaction of its own.

    `source` says in words where the rows come from (the demonstration's seed, a feed). Returns the trail's batch
    number, None when there was nothing to write. The staging file is removed.
    """
    assert staged.path is not None
    file = StagingFile.open(staged.path)
    try:
        totals = {"fen": staged.amount_fen, "lines": staged.rows_read} if staged.amount_fen is not None else {}
        facts = FileFacts(staged.sha256, source, staged.path.stat().st_size, actor, totals)
        with merging(engine, staged.path) as session:
            return merge_staged(session, file, kind=staged.kind.name, actor=actor, facts=facts, public=totals)
    finally:
        file.discard()


def _note_gaps(session: Session, batch: ImportBatch, actor: str) -> None:
    """Printed figures that do not add up: the figure is a fact, and so is the gap (Q10)."""
    table = KINDS[batch.kind].table
    gaps = [Gap(table, gap["subject"], gap["evidence"]) for gap in batch.report["gaps"]]
    if gaps:
        note_gaps(session, batch.no, gaps, as_of=batch.as_of or day_cn(now_utc()), actor=actor)


def find_earlier(session: Session, sha256: str, kind: str, profile: Profile | None) -> ImportBatch | None:
    """A batch of exactly this file, kind and profile that stands in full: then there is nothing to do."""
    statement = (
        select(ImportBatch)
        .where(
            ImportBatch.sha256 == sha256,
            ImportBatch.kind == kind,
            ImportBatch.status == BatchStatus.COMMITTED.value,
            ImportBatch.rows_refused == 0,
        )
        .order_by(ImportBatch.id.desc())
    )
    digest = profile.sha256 if profile else None
    return next((batch for batch in session.scalars(statement) if batch.profile_sha256 == digest), None)


def submit_batch(session: Session, batch: ImportBatch, *, actor: str) -> ImportBatch:
    """The maker is done looking at money or 状态: the batch waits for a second account."""
    check_submitter(batch, actor)
    batch.status = BatchStatus.AWAITING.value
    session.flush()
    return batch


def check_submitter(batch: ImportBatch, actor: str, version: str = "") -> None:
    """Only who uploaded a file submits it, only once, and only the preview that was looked at (when it is named)."""
    if batch.maker != actor:
        raise NotAllowed("只有上传这份表的人可以提交", fix=f"请 {batch.maker} 提交")
    if batch.status != BatchStatus.STAGED.value:
        raise Refused(f"这次导入已经{batch.status}", fix="回到导入列表")
    check_version(batch, version)


def version_of(batch: ImportBatch) -> str:
    """Which preview of the file this is: every re-check makes another."""
    return str(batch.report.get("staging_sha256", ""))[:16]


def check_version(batch: ImportBatch, version: str) -> None:
    """Conflict when the preview has been checked again since the page was shown."""
    if version and version != version_of(batch):
        raise Conflict("这份预览刚才在另一个窗口改过", why="您看到的是旧的一版", fix="看一遍现在这一版，再操作")


def check_approver(batch: ImportBatch, actor: str) -> None:
    """A second account approves, never the maker's own."""
    if batch.status != BatchStatus.AWAITING.value:
        raise Refused(f"这次导入不在等复核（{batch.status}）", fix="回到导入列表")
    if batch.maker == actor:
        raise NotAllowed(
            "不能复核自己提交的表", why="涉及资金、名单或参数的导入要两个人", fix="请另一位有复核权限的同事处理"
        )


def discard_batch(session: Session, sources: Sources, batch: ImportBatch) -> None:
    """Throw a preview away; nothing of it ever stood in a register."""
    if batch.status not in (BatchStatus.UNMAPPED.value, BatchStatus.STAGED.value, BatchStatus.AWAITING.value):
        raise Refused(f"这次导入已经{batch.status}，不能放弃", fix="已入库的可以撤销")
    batch.status, batch.closed_at = BatchStatus.DISCARDED.value, now_utc()
    if batch.staging_file:
        (sources.staging_dir / batch.staging_file).unlink(missing_ok=True)
        batch.staging_file = None
    remove_original(sources.staging_dir, batch.source_file)
    batch.source_file = None
    session.flush()


def undo_batch(
    session: Session, file: StagingFile, batch: ImportBatch, tables: set[str], *, actor: str, why: str
) -> int | None:
    """Merge the compensating batch that `stage_undo` staged; Refused when later records rest on the import."""
    check_undoer(batch, actor)
    assert batch.trail_batch_id is not None
    refuse_dependents(session, batch.trail_batch_id, tables)
    subjects = [("import", batch.no)]
    number = merge_staged(
        session, file, kind=batch.kind, actor=actor, facts=None, subjects=subjects, what="undone", why=why
    )
    batch.status, batch.closed_at, batch.undo_batch_id = BatchStatus.UNDONE.value, now_utc(), number
    withdraw_gaps(session, batch.no, as_of=batch.as_of or day_cn(now_utc()), actor=actor)
    session.flush()
    return number


def check_undoer(batch: ImportBatch, actor: str) -> None:
    """Only what stands can be undone; money and 状态 by another account than the one that brought them."""
    if batch.status != BatchStatus.COMMITTED.value or batch.trail_batch_id is None:
        raise Refused(f"这次导入{batch.status}，没有可撤销的内容", fix="回到导入列表")
    if batch.needs_checker and batch.maker == actor and not actor.startswith("cli:"):
        raise NotAllowed("涉及资金、名单或参数的导入，要由另一个人撤销", fix="请另一位有权限的同事撤销")
