"""I04 and I05: what the household itself says. A dispute, an exit whose year it has not confirmed, three versions apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from portal.checks.comparison.income.sums import COUNTED, FIRST, counted, exits, in_year, of_each_row, total, year_of
from portal.checks.registry import Looking, ParameterRead, Row, Rule, Statement
from portal.checks.thresholds import hundredths
from portal.checks.warnings.helping.visits import known
from portal.kernel.database import UtcDateTime
from portal.oversight.leads.queries import Severity
from portal.registers.helpers.models import Helper, Pairing
from portal.registers.recipients.answers.models import (
    DisputeState,
    Finding,
    HouseholdAnswer,
    HouseholdDispute,
    SubjectKind,
    Word,
)
from portal.registers.recipients.answers.rules import WAITS
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.incomes.versions.queries import DEFAULT_GAP_FEN, GAP, by_helper
from portal.registers.recipients.incomes.versions.rules import YearVersions
from portal.registers.recipients.models import Household

GAP_READ: Final = ParameterRead(GAP, str(DEFAULT_GAP_FEN // 100), "元")
_NOTHING: Final = null()


def _last_words(looking: Looking) -> Any:
    """The last answer to each income entry by the as-of date."""
    said = (
        select(HouseholdAnswer.subject_no, func.max(HouseholdAnswer.id).label("id"))
        .where(HouseholdAnswer.subject_kind == SubjectKind.INCOME, known(looking, HouseholdAnswer.answered_at))
        .group_by(HouseholdAnswer.subject_no)
        .subquery()
    )
    return (
        select(
            HouseholdAnswer.subject_no, HouseholdAnswer.answer, HouseholdAnswer.counts, HouseholdAnswer.subject_version
        )
        .join(said, said.c.id == HouseholdAnswer.id)
        .subquery()
    )


def _is_open(looking: Looking) -> ColumnElement[bool]:
    """Disputes that were open when the as-of date ended: nobody had answered by then, or the household may object."""
    d = HouseholdDispute
    kept = or_(d.finding == Finding.UNCLEAR, d.objects_until >= looking.as_of)
    unclear = and_(d.state == DisputeState.ANSWERED, kept)
    return and_(known(looking, d.opened_at), or_(d.state.in_(WAITS), unclear, d.answered_at >= looking.until))


def is_confirmed(row: Row) -> bool:
    """Whether an entry's last answer says 对, counts, and was given to the entry as it stands."""
    if row["answer"] != Word.RIGHT or not row["answer_counts"]:
        return False
    version = row["event_id"] or f"{row['batch_id']}.{row['batch_row']}.{row['recorded_at'].isoformat()}"
    return bool(row["subject_version"] == version)


def _entry_columns(words: Any) -> tuple[Any, ...]:
    return (
        Income.event_id, Income.batch_id, Income.batch_row, Income.recorded_at,
        words.c.answer, words.c.counts.label("answer_counts"), words.c.subject_version,
    )  # fmt: skip


def _no_entry() -> tuple[Any, ...]:
    """The same columns of a row that is no entry."""
    return (
        cast(_NOTHING, String).label("event_id"), cast(_NOTHING, BigInteger).label("batch_id"),
        cast(_NOTHING, BigInteger).label("batch_row"), cast(_NOTHING, UtcDateTime).label("recorded_at"),
        cast(_NOTHING, String).label("answer"), case((literal(1) == 1, None), else_=literal(True)).label("answer_counts"),
        cast(_NOTHING, String).label("subject_version"),
    )  # fmt: skip


def _of_entry(words: Any) -> ColumnElement[bool]:
    same: ColumnElement[bool] = words.c.subject_no == cast(Income.identity, String)
    return same


def disputed(looking: Looking) -> Statement:
    """Households with an open dispute; and the entries of an exit year, with what the household said of each."""
    out, words = exits(looking), _last_words(looking)
    proposed = (
        select(
            out.c.no.label("subject_no"), out.c.division_code, out.c.exit_on,
            cast(_NOTHING, String).label("dispute_no"), cast(_NOTHING, String).label("disputed_kind"),
            Income.id.label("income_id"), *_entry_columns(words),
        )
        .select_from(out)
        .outerjoin(Income, and_(Income.household_id == out.c.id, in_year(out.c.exit_on)))
        .outerjoin(words, _of_entry(words))
        .where(out.c.proposed == 1)
    )  # fmt: skip
    said_wrong = (
        select(
            Household.no, Household.division_code, cast(_NOTHING, out.c.exit_on.type), HouseholdDispute.no,
            HouseholdDispute.subject_kind, cast(_NOTHING, BigInteger), *_no_entry(),
        )
        .join(Household, Household.identity == HouseholdDispute.household_id)
        .where(_is_open(looking))
    )  # fmt: skip
    both = union_all(proposed, said_wrong).subquery()
    return select(both).order_by(both.c.subject_no, both.c.dispute_no)


def one_a_household(_looking: Looking, rows: Iterable[Row]) -> Iterator[Row]:
    """One hit for each household: its open disputes, and how many entries of its exit year it has not confirmed."""
    for no, group in groupby(rows, key=lambda row: row["subject_no"]):
        mine = list(group)
        disputes = [row for row in mine if row["dispute_no"] is not None]
        year = [row for row in mine if row["dispute_no"] is None]
        entries = [row for row in year if row["income_id"] is not None]
        unconfirmed = sum(not is_confirmed(row) for row in entries)
        if not disputes and not (year and (unconfirmed or not entries)):
            continue
        found: dict[str, Any] = {
            "subject_kind": "household", "subject_no": no, "household_no": no, "division_code": mine[0]["division_code"],
            "would_clear": "答复异议并得到本户认可；退出的，请本户把当年收入逐项确认",
        }  # fmt: skip
        if disputes:
            found["disputes"] = sorted({row["dispute_no"] for row in disputes})
        if year:
            found |= {"exit_year": year[0]["exit_on"].year, "entries": len(entries), "unconfirmed": unconfirmed}
        yield found


def three_versions(looking: Looking) -> Statement:
    """The years of households where helper and village lie apart, or of which the household confirmed something."""
    words = _last_words(looking)
    return_columns = ("subject_no", "division_code", "year", "gap_fen", "helper_fen", "village_fen", "own_fen")
    year = year_of(Income.occurred_on)
    gap = hundredths(looking, GAP_READ, Household.division_code, looking.as_of)
    worth = counted(looking, Household.division_code, Income.occurred_on)
    own = select(words.c.subject_no).where(words.c.answer == Word.RIGHT, words.c.counts.is_(True))
    sums = _two_versions(looking, worth, gap)
    entries: Select[Any] = (
        select(
            Household.no, Household.division_code, year, gap, cast(_NOTHING, BigInteger), cast(_NOTHING, BigInteger),
            cast(worth, BigInteger), *_entry_columns(words),
        )
        .join(Household, Household.identity == Income.household_id)
        .join(words, _of_entry(words))
        .where(Income.occurred_on <= looking.as_of, cast(Income.identity, String).in_(own))
    )  # fmt: skip
    # The entries first: their columns say of what type the moment is.
    named = [column.label(name) for column, name in zip(entries.selected_columns, return_columns, strict=False)]
    rest = list(entries.selected_columns)[len(return_columns) :]
    both = union_all(entries.with_only_columns(*named, *rest), sums).subquery()
    return select(both).order_by(both.c.subject_no, both.c.year)


def _two_versions(looking: Looking, worth: ColumnElement[int], gap: ColumnElement[int]) -> Select[Any]:
    """Helper's and village's totals of each year, where they lie apart or the household has answered."""
    answering = select(HouseholdAnswer.household_id).where(HouseholdAnswer.subject_kind == SubjectKind.INCOME)
    year = year_of(Income.occurred_on).label("year")
    by = case((by_helper(_named()), 1), else_=0).label("by_helper")
    home = (Household.identity.label("id"), Household.no, Household.division_code)
    parts = (  # asked once of each entry whose it is; two rows a year at most
        select(*home, year, by, total(worth).label("fen"), cast(gap, BigInteger).label("gap_fen"))
        .join(Household, Household.identity == Income.household_id)
        .where(of_each_row(Income.occurred_on <= looking.as_of))
        .group_by(*home, year, by)
        .subquery()
    )
    p = parts.c
    helper = func.max(case((p.by_helper == 1, p.fen))).label("helper_fen")
    village = func.max(case((p.by_helper == 0, p.fen))).label("village_fen")
    keys = (p.id, p.no, p.division_code, p.year, p.gap_fen)
    years = select(*keys, helper, village).group_by(*keys).subquery()
    y = years.c
    apart_fen = y.helper_fen - y.village_fen
    return select(
        y.no, y.division_code, y.year, y.gap_fen, y.helper_fen, y.village_fen,
        cast(_NOTHING, BigInteger).label("own_fen"), *_no_entry(),
    ).where(or_(apart_fen > y.gap_fen, -apart_fen > y.gap_fen, y.id.in_(answering)))  # fmt: skip


def _named() -> ColumnElement[bool]:
    """That 录入人 is the name or the number of one who helps the household, or did."""
    mine = (
        select(Pairing.id)
        .join(Helper, Helper.identity == Pairing.helper_id)
        .where(
            Pairing.household_id == Income.household_id,
            or_(Helper.name == Income.entered_by, Helper.no == Income.entered_by),
        )
    )
    return and_(Income.entered_by.is_not(None), exists(mine))


def apart(_looking: Looking, rows: Iterable[Row]) -> Iterator[Row]:
    """One hit for each household with a year whose versions lie apart; the figures of the latest such year."""
    for no, group in groupby(rows, key=lambda row: row["subject_no"]):
        mine = list(group)
        years = [_year(int(year), list(some)) for year, some in groupby(mine, key=lambda row: row["year"])]
        differing = [year for year in years if year.differs]
        if not differing:
            continue
        latest = differing[-1]
        yield {
            "subject_kind": "household", "subject_no": no, "household_no": no, "division_code": mine[0]["division_code"],
            "years": [year.year for year in differing], "year": latest.year, "helper_fen": latest.helper_fen,
            "village_fen": latest.village_fen, "own_fen": latest.household_fen, "gap_fen": latest.gap_fen,
            "would_clear": "三方对账后更正登记，或由本户确认",
        }  # fmt: skip


def _year(year: int, rows: list[Mapping[Any, Any]]) -> YearVersions:
    summed = next((row for row in rows if row["own_fen"] is None), None)
    confirmed = [row["own_fen"] for row in rows if row["own_fen"] is not None and is_confirmed(row)]
    helper, village = (summed["helper_fen"], summed["village_fen"]) if summed is not None else (None, None)
    return YearVersions(year, helper, village, sum(confirmed) if confirmed else None, int(rows[0]["gap_fen"]))


I04: Final = Rule(
    code="I04",
    title="本户有异议",
    looks_at="本户对收入、发放的回答，和正在办的退出",
    condition="本户对一项说“不对”还没有了结；或正在办退出，而当年收入本户没有逐项确认",
    severity=Severity.ORDINARY,
    verifier="乡镇经办人；登记、审核这一项的人回避",
    may_follow="更正或说明，由本户认可；了结以前不公示、不办退出",
    guide="先听本户怎么说，再看凭证。不要替本户按“对”：回答来自谁印的明白卡，系统记着。本户不认可的，换一个人再核。",
    legal_basis="脱贫退出须经本户签字认可",
    expression=disputed,
    gather=one_a_household,
    history=FIRST,
)

I05: Final = Rule(
    code="I05",
    title="三方数据不一致",
    looks_at="帮扶人登记、村登记的收入明细，和本户确认的收入",
    condition="同一户同一年，帮扶人、村登记的能计入的合计和本户确认的合计，任意两个相差超过 500 元；只有一方的不看",
    severity=Severity.ORDINARY,
    verifier="乡镇经办人",
    may_follow="三方对账，更正登记",
    guide="帮扶人只登记了其中几笔的，差额不说明造假：先看各自登记了哪些项目。对不上的那一项，看凭证、问本户。",
    legal_basis="淮安阳光扶贫：三方数据相互印证",
    expression=three_versions,
    gather=apart,
    history=FIRST,
    parameters=(GAP_READ, *COUNTED),
)
