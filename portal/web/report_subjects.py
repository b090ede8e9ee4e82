"""What a report is about, read from where its writer came from: a place, a line of money, a project, a list that hangs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import unquote

from sqlalchemy.orm import Session

from portal.kernel.errors import BadFields, FieldProblem, NotFound
from portal.publishing.exposure import queries as exposures
from portal.publishing.notices import queries as notices
from portal.publishing.policies import queries as policies
from portal.publishing.questions import queries as questions
from portal.registers.divisions import queries as divisions
from portal.registers.funds import queries as funds
from portal.registers.funds.flows.rules import SOURCES
from portal.registers.projects import queries as projects
from portal.web.language import gettext as _

SPOKEN: Final = re.compile(
    r"(division|area|allocation|project|programme|notice|policy|exposure|question|unit|source|kind):([^\x00-\x20]{1,80})"
)
_ADDRESSES: Final = (
    ("division", re.compile(r"/areas/([0-9]{12})(?:/.*)?")),
    ("allocation", re.compile(r"/allocations/([^/]+)")),
    ("project", re.compile(r"/projects/([^/]+)")),
    ("programme", re.compile(r"/funds/([^/]+)")),
    ("notice", re.compile(r"/postings/([^/]+)")),
    ("policy", re.compile(r"/policies/([^/]+)")),
    ("exposure", re.compile(r"/exposure/([^/]+)")),
    ("question", re.compile(r"/questions/(WD[^/]+)")),
)


@dataclass(frozen=True)
class About:
    """The record that is meant, in words, and the place it lies in (blank: the whole county's).

    `sealed`: how addresses and forms say it where its number would tell whose it is; its place is then kept to ourselves.
    """

    kind: str
    no: str
    title: str
    division: str
    sealed: str = ""

    @property
    def spoken(self) -> str:
        """As an address says it."""
        return self.sealed or f"{self.kind}:{self.no}"

    @property
    def shown_division(self) -> str:
        """Its place, where the form may hold it."""
        return "" if self.sealed else self.division


def read_subject(spoken: str) -> tuple[str, str] | None:
    """`kind:no` as it stands in an address or a form; None for anything else."""
    found = SPOKEN.fullmatch(spoken.strip())
    return ("division" if found[1] == "area" else found[1], found[2]) if found else None


def subject_of_address(path: str) -> str:
    """The subject of a page of this site, spoken; blank for pages that are about nothing in particular."""
    bare = unquote(path.split("?", 1)[0]).removeprefix("/en")
    for kind, pattern in _ADDRESSES:
        if found := pattern.fullmatch(bare):
            return f"{kind}:{found[1]}"
    return ""


def find_about(session: Session, spoken: str, on: date) -> About | None:
    """What a subject is called in public; None for what nobody has. Two statements at most."""
    subject = read_subject(spoken)
    if subject is None:
        return None
    kind, no = subject
    title, division = {
        "division": _division, "allocation": _allocation, "project": _project, "programme": _programme,
        "notice": _notice, "policy": _policy, "exposure": _exposure, "question": _question, "unit": _unit,
        "source": _source, "kind": _fund_class,
    }[kind](session, no, on)  # fmt: skip
    return About(kind, no, title, division) if title else None


Words = tuple[str, str]
NOTHING: Final[Words] = ("", "")


def _division(session: Session, no: str, _on: date) -> Words:
    return divisions.path_name([step.name for step in divisions.name_path(session, no)]), no


def _allocation(session: Session, no: str, _on: date) -> Words:
    line = funds.find_allocation(session, no)
    return (f"{line.to_unit or ''}，{line.programme}（{line.no}）", line.division_code or "") if line else NOTHING


def _project(session: Session, no: str, _on: date) -> Words:
    project = projects.find_project(session, no)
    return (f"{project.name}（{project.code}）", project.division_code or "") if project else NOTHING


def _programme(session: Session, no: str, _on: date) -> Words:
    found = [one for one in funds.list_programmes(session, words=no) if one.code == no]
    return (f"{found[0].name}（{no}）", "") if found else NOTHING


def _notice(session: Session, no: str, _on: date) -> Words:
    notice = notices.find_public(session, no)
    return (f"{notice.title}（{no}）", notice.division_code) if notice else NOTHING


def _policy(session: Session, no: str, _on: date) -> Words:
    try:
        return f"{policies.get_published(session, no).title}（{no}）", ""
    except NotFound:
        return NOTHING


def _exposure(session: Session, no: str, on: date) -> Words:
    try:
        row = exposures.get_public(session, no, on)
    except NotFound:
        return NOTHING
    return f"{row.title or _('曝光')}（{no}）", row.division_code


def _question(session: Session, no: str, _on: date) -> Words:
    """The number alone: the words of a question that was taken down must not come back here."""
    try:
        row = questions.get_public(session, no)
    except NotFound:
        return NOTHING
    return _("问答 %(no)s", no=no), row.division_code


def _unit(session: Session, no: str, _on: date) -> Words:
    name = divisions.names_of_units(session, [no]).get(no, "")
    return (_("%(name)s经手的资金", name=name), "") if name else NOTHING


def _source(_session: Session, no: str, _on: date) -> Words:
    return (_("%(name)s的钱", name=_(SOURCES[no])), "") if no in SOURCES else NOTHING


def _fund_class(_session: Session, no: str, _on: date) -> Words:
    return (_("%(name)s的钱", name=_(no)), "") if no in set(funds.FundClass) else NOTHING


def place_of(session: Session, division: str, about: About | None) -> str:
    """The division that a report is routed from: as it was picked, else the subject's, else the whole site's.

    Raises BadFields for a code that nobody has.
    """
    wanted = division.strip() or (about.division if about else "") or divisions.home_code(session)
    if not wanted or divisions.find_division(session, wanted) is None:
        raise BadFields("有几处要改，改好再交", [FieldProblem("division", "bad_value", "没有这个地方，从列表里选")])
    return wanted
