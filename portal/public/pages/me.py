"""What a household's own pages show: whom to call, what comes first, what it received in a year and what it said to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.analysis.timeline.disclosure import for_household
from portal.analysis.timeline.queries import INCOMES, PAYMENTS
from portal.analysis.timeline.rules import Item, Kind
from portal.kernel.clock import today_cn
from portal.kernel.errors import NotFound
from portal.kernel.masking import mask_name
from portal.kernel.sealing import Keyring
from portal.registers.corrections import RecordRow
from portal.registers.divisions.parameters.queries import value_for
from portal.registers.helpers.disclosure import OwnHelper, own_helper
from portal.registers.helpers.queries import helpers_of_household
from portal.registers.recipients.answers.disclosure import told
from portal.registers.recipients.answers.queries import AnswerRow, DisputeRow, SubjectKind, answers_on, disputes_of
from portal.registers.recipients.cards.sign_ins.queries import SignedInHousehold
from portal.registers.recipients.procedures.queries import ProcedureKind, ProcedureRow, current_procedures
from portal.registers.recipients.procedures.reconfirmations.queries import (
    ReconfirmRow,
    ReconfirmState,
    open_reconfirmation,
)
from portal.registers.recipients.queries import get_household, list_persons
from portal.web.report_entries import seal_entry

MOST_ITEMS = 1000
SHOWN = 8
MOST_SHOWN = 40  # of a whole year on one page, and what else is of the last day
SUCCESS = "成功"
SUBJECTS = {Kind.PAYMENT: SubjectKind.PAYMENT, Kind.INCOME: SubjectKind.INCOME}


@dataclass(frozen=True)
class Frame:
    """What stands on every page of a household."""

    home: RecordRow
    members: Sequence[RecordRow]
    helpers: Sequence[OwnHelper]
    hotline: str
    question: ReconfirmRow | None
    procedures: Sequence[ProcedureRow]
    today: date

    @property
    def no(self) -> str:
        """The household's number."""
        return str(self.home.values["no"])

    @property
    def name(self) -> str:
        """The head's name, masked: others look over one's shoulder."""
        return mask_name(self.members[0].values["name"]) if self.members else ""

    @property
    def has_phone(self) -> bool:
        """Whether a telephone of the head is registered, so that none need be typed."""
        return bool(self.members) and self.members[0].values["phone_sealed"] is not None

    @property
    def must_answer(self) -> ReconfirmRow | None:
        """The reconfirmation that comes before everything else."""
        return self.question if self.question and self.question.state == ReconfirmState.ASKED else None

    @property
    def exit(self) -> ProcedureRow | None:
        """The exit that is proposed."""
        return next((one for one in self.procedures if one.kind == ProcedureKind.EXIT), None)


def first_number(text: str) -> str:
    """The first telephone number in a text of several: what one button can call."""
    found = re.search(r"\d[\d-]{3,}\d", text)
    return found[0] if found else ""


def frame_of(session: Session, keyring: Keyring, me: SignedInHousehold, today: date) -> Frame:
    """The frame of the signed-in household."""
    home = get_household(session, me.household_no)
    return Frame(
        home=home,
        members=list_persons(session, home.id),
        helpers=[own_helper(row.values, keyring) for row in helpers_of_household(session, home.id, today)],
        hotline=first_number(value_for(session, "hotlines", home.values["division_code"], today).text),
        question=open_reconfirmation(session, home.id),
        procedures=current_procedures(session, home.id),
        today=today,
    )


@dataclass(frozen=True)
class MyItem:
    """One payment or income with everything that the household said to it, and what came of it."""

    no: str
    subject_kind: SubjectKind
    subject_no: str
    version: str
    on: date
    what: str
    amount_fen: int
    source: str
    arrived: str
    details: tuple[str, ...]
    has_arrived: bool
    answers: tuple[AnswerRow, ...]
    disputes: tuple[DisputeRow, ...]
    about: str  # what a report names: one payment, sealed; of an income the place, which says nothing of the household

    @property
    def is_payment(self) -> bool:
        """Money that was sent; else an entry of income."""
        return self.subject_kind is SubjectKind.PAYMENT

    @property
    def answer(self) -> AnswerRow | None:
        """What it says now."""
        return self.answers[-1] if self.answers else None

    @property
    def dispute(self) -> DisputeRow | None:
        """The newest dispute that is not closed, else the newest."""
        return next((one for one in self.disputes if one.is_open), self.disputes[0] if self.disputes else None)

    @property
    def is_disputed(self) -> bool:
        """Whether one is open."""
        return any(one.is_open for one in self.disputes)


Subject = tuple[str, str]


def _my_item(item: Item, place: str, answers: Sequence[AnswerRow], disputes: Sequence[DisputeRow]) -> MyItem:
    seen, kind = for_household(item), SUBJECTS[item.kind]
    about = seal_entry(item.id, today_cn()) if item.kind is Kind.PAYMENT else f"division:{place}"
    return MyItem(
        f"{kind}-{item.number}", kind, item.number, item.more["version"], item.on, seen.what, item.amount_fen or 0,
        seen.source, seen.state if item.kind is Kind.PAYMENT else "", seen.details,
        item.kind is Kind.INCOME or item.state == SUCCESS, tuple(answers), tuple(disputes), about,
    )  # fmt: skip


def years_of(session: Session, home: RecordRow, today: date) -> list[int]:
    """The years with payments or incomes, and this one; the latest first. Two statements."""
    return sorted({today.year, *PAYMENTS.years(session, home), *INCOMES.years(session, home)}, reverse=True)


def items_of(session: Session, home: RecordRow, year: int | None = None) -> list[MyItem]:
    """Payments and incomes of a household (of one year), the latest first. Four statements."""
    sources = [PAYMENTS, INCOMES]
    if year is not None:
        sources = [source.within(date(year, 1, 1), date(year, 12, 31)) for source in sources]
    found = [item for source in sources for item in source(session, home, None, MOST_ITEMS)]
    answers: dict[Subject, list[AnswerRow]] = {}
    disputes: dict[Subject, list[DisputeRow]] = {}
    for said in answers_on(session, home.id):
        answers.setdefault((said.subject_kind, said.subject_no), []).append(said)
    for one in disputes_of(session, home.id):
        disputes.setdefault((one.subject_kind, one.subject_no), []).append(one)
    latest_first = sorted(found, key=lambda item: item.on, reverse=True)
    return [
        _my_item(item, home.values["division_code"], answers.get(subject, ()), disputes.get(subject, ()))
        for item in latest_first
        for subject in [(SUBJECTS[item.kind], item.number)]
    ]


def item_of(session: Session, home: RecordRow, no: str) -> MyItem:
    """One of them by its number; raises NotFound, for another household's item as for none."""
    found = next((item for item in items_of(session, home) if item.no == no), None)
    if found is None:
        raise NotFound("没有这一笔", fix="回到上一页重新选")
    return found


def answer_text(item: MyItem, keyring: Keyring) -> str:
    """What the household was told about its dispute; empty before somebody answered."""
    return told(item.dispute.text_sealed, keyring) if item.dispute is not None else ""


@dataclass(frozen=True)
class YearPage:
    """A year of a household: the sum that arrived, what is disputed of it, the items to look at."""

    year: int
    years: Sequence[int]
    is_current: bool
    payments: Sequence[MyItem]
    incomes: Sequence[MyItem]
    whole: bool
    until: date | None
    shown: Sequence[MyItem]
    earlier: date | None  # where the next page of the whole year begins

    @property
    def total_fen(self) -> int:
        """What the bank says has arrived, in fen."""
        return sum(item.amount_fen for item in self.payments if item.has_arrived)

    @property
    def arrived(self) -> int:
        """How many payments that were."""
        return sum(item.has_arrived for item in self.payments)

    @property
    def disputed(self) -> Sequence[MyItem]:
        """Payments that arrived as the bank says, and the household says otherwise."""
        return [item for item in self.payments if item.has_arrived and item.is_disputed]

    @property
    def income_fen(self) -> int:
        """What is entered as the household's income, in fen."""
        return sum(item.amount_fen for item in self.incomes)

    @property
    def shown_payments(self) -> Sequence[MyItem]:
        """The latest; the others are behind a link."""
        return [item for item in self.shown if item.is_payment]

    @property
    def shown_incomes(self) -> Sequence[MyItem]:
        """The same of incomes."""
        return [item for item in self.shown if not item.is_payment]

    @property
    def left(self) -> int:
        """How many are behind the link: all others, or on the whole year's pages the earlier ones."""
        everything = [*self.payments, *self.incomes]
        if not self.whole:
            return len(everything) - len(self.shown)
        return sum(item.on <= self.earlier for item in everything) if self.earlier else 0

    @property
    def back(self) -> str:
        """What an answer's form sends along, so that the household comes back to the page where the item stands."""
        return f"?all=1{f'&until={self.until}' if self.until else ''}" if self.whole else ""


def _page(items: Sequence[MyItem], until: date | None) -> tuple[list[MyItem], date | None]:
    """Some forty items up to a day, whole days, the latest first; and the day at which the next page begins."""
    rest = [item for item in items if until is None or item.on <= until]
    if len(rest) <= MOST_SHOWN:
        return rest, None
    last = rest[MOST_SHOWN - 1].on
    return [item for item in rest if item.on >= last], next((item.on for item in rest if item.on < last), None)


def year_page(session: Session, home: RecordRow, asked: str, whole: bool, until: str, today: date) -> YearPage:
    """The page of the year that an address asks for; this year where it asks for none that there is. Six statements.

    `whole`: every item, by pages that begin at a day (`until`) instead of the latest of each kind.
    """
    years = years_of(session, home, today)
    year = int(asked) if asked.isdigit() and len(asked) == 4 and int(asked) in years else today.year
    mine = items_of(session, home, year)
    payments, incomes = [i for i in mine if i.is_payment], [i for i in mine if not i.is_payment]
    begins = asked_until(until) if whole else None
    shown, earlier = _page(mine, begins) if whole else ([*payments[:SHOWN], *incomes[:SHOWN]], None)
    return YearPage(year, years, year == today.year, payments, incomes, whole, begins, shown, earlier)


def asked_until(text: str) -> date | None:
    """The day of an address at which a page begins; None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
