"""The report of an import: what the contract's `--json` prints and what the preview page shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from portal.intake.files import FileFindings
from portal.intake.profiles import Profile
from portal.intake.stage import Staged
from portal.intake.table_stager import BAD, CHANGED, NEW, SAME
from portal.intake.totals import as_evidence

KEPT_ERRORS = 100  # the preview pages through those of the staging file


@dataclass(frozen=True)
class Told:
    """What a report is made of."""

    staged: Staged
    found: FileFindings
    profile: Profile | None


def report_of(told: Told) -> dict[str, Any]:
    """The stored report; sensitive values are masked already."""
    staged, found = told.staged, told.found
    reasons = Counter((e.column, e.why) for e in staged.errors)
    return {
        "errors": [asdict(error) for error in staged.errors[:KEPT_ERRORS]],
        "errors_total": staged.errors_total,
        "reasons": [{"column": column, "why": why, "count": count} for (column, why), count in reasons.most_common(50)],
        "tidied": found.tidied,
        "changed": [asdict(cell) for cell in staged.changed],
        "extensions": list(found.extensions),
        "missing": list(found.missing),
        "totals": [{**as_evidence(total), "holds": total.holds} for total in found.totals],
        "gaps": gaps_of(found),
        "banner": found.banner[:20],
        "columns": list(found.columns),
        "places": found.places,
        "header_row": told.profile.header_row if told.profile else 1,
        "left_out": found.left_out,
        "refused_kept": found.refused_kept,
        "staging_sha256": staged.sha256,
        "row_runs": staged.row_runs,
    }


def gaps_of(found: FileFindings) -> list[dict[str, Any]]:
    """Printed totals that are not reached and rows that do not balance: one Q10 finding each."""
    totals = [{"subject": f"第{t.row}行 {t.label}", "evidence": as_evidence(t)} for t in found.totals if not t.holds]
    rows = [{"subject": f"第{u.row}行 {key}", "evidence": as_evidence(u)} for u, key in found.unbalanced]
    return totals + rows


def answer_of(told: Told, batch_no: str | None) -> dict[str, Any]:
    """The contract's keys of `yangguang import --json`."""
    staged, found = told.staged, told.found
    return {
        "kind": staged.kind.name,
        "file": found.name,
        "sha256": found.sha256,
        "read": staged.rows_read,
        "amount_fen": staged.amount_fen,
        "totals_checked": len(found.totals),
        "totals": [{**as_evidence(total), "holds": total.holds} for total in found.totals],
        "accepted": staged.counts[NEW],
        "unchanged": staged.counts[SAME],
        "updated": staged.counts[CHANGED],
        "rejected": staged.counts[BAD],
        "extensions": list(found.extensions),
        "errors": [asdict(error) for error in staged.errors],
        "errors_total": staged.errors_total,
        "tidied": found.tidied,
        "findings": gaps_of(found),
        "batch": batch_no,
    }
