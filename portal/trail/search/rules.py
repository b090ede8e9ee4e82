"""The search language of the trail: `actor: action: subject: division: created: ip:` and their Chinese names.

A term is a field, a colon and a value; `-` before it excludes. Terms of one field are alternatives, fields hold together.
Anything else is refused with its place in the text: a word that was silently dropped would make a search look thorough.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from portal.kernel.characters import hidden
from portal.kernel.clock import CHINA
from portal.kernel.errors import BadInput


class Field(StrEnum):
    """What a term speaks of."""

    ACTOR = "actor"
    ACTION = "action"
    SUBJECT = "subject"
    DIVISION = "division"
    CREATED = "created"
    IP = "ip"


NAMES: Final[Mapping[str, Field]] = {
    **{name.value: name for name in Field},
    "object": Field.SUBJECT,
    "操作人": Field.ACTOR,
    "动作": Field.ACTION,
    "对象": Field.SUBJECT,
    "区划": Field.DIVISION,
    "时间": Field.CREATED,
    "网络地址": Field.IP,
}
WINDOW_DAYS: Final = 30
"""How far back a search looks that names no time."""
MOST_LENGTH: Final = 500
MOST_TERMS: Final = 20
_TERM = re.compile(r"""(?P<minus>-)?(?P<name>[^\s:：]+)[:：](?P<value>"[^"]*"|[^\s"]*)""")
_KIND = re.compile(r"[a-z_]{2,40}")
_DAY = r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
_CREATED = re.compile(rf"(?:(>=|<=|>|<)?{_DAY}|{_DAY}\.\.{_DAY})")
_INSIDE = re.compile(f"({'|'.join(NAMES)})[:：]", re.IGNORECASE)  # a second term that was written without a gap
_FIRST, _LAST = date(2000, 1, 1), date(2999, 12, 31)  # beyond these no day is counted with


@dataclass(frozen=True)
class Term:
    """One value of a field; `begins`: everything that begins so; `excluded`: none of these."""

    value: str
    begins: bool = False
    excluded: bool = False


@dataclass(frozen=True)
class Subject:
    """One subject: a kind, or a kind with a number, or a number of any kind."""

    kind: str | None
    no: str | None
    excluded: bool = False


@dataclass(frozen=True)
class Query:
    """A search as it was understood. Moments are UTC-aware; `until` itself no longer belongs to it."""

    since: datetime
    until: datetime
    actors: tuple[Term, ...] = ()
    actions: tuple[Term, ...] = ()
    subjects: tuple[Subject, ...] = ()
    divisions: tuple[Term, ...] = ()
    is_default_window: bool = False
    text: str = field(default="", compare=False)


def parse(text: str, today: date) -> Query:
    """What a search asks for. `today`: the day in China to which the default window reaches. Raises BadInput."""
    if len(text) > MOST_LENGTH:
        raise BadInput("查询太长", why=f"最多 {MOST_LENGTH} 个字", fix="分几次查", code="search")
    found: dict[Field, list[Term]] = {name: [] for name in Field}
    spans: list[str] = []
    for at, (name, term) in enumerate(_terms(text)):
        if at == MOST_TERMS:
            raise BadInput("查询的条件太多", why=f"最多 {MOST_TERMS} 个条件", fix="分几次查", code="search")
        if name is Field.CREATED:
            spans.append(term.value)
        else:
            found[name].append(term)
    since, until, is_default = _window(spans, today)
    return Query(
        since=since,
        until=until,
        actors=tuple(_actor(term) for term in found[Field.ACTOR]),
        actions=tuple(found[Field.ACTION]),
        subjects=tuple(_subject(term) for term in found[Field.SUBJECT]),
        divisions=tuple(found[Field.DIVISION]),
        is_default_window=is_default,
        text=text.strip(),
    )


def _terms(text: str) -> Iterable[tuple[Field, Term]]:
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = _TERM.match(text, at)
        word = text[at:].split()[0]
        if match is None:
            raise BadInput(
                f"第 {at + 1} 个字起的“{word}”前面没有写查什么",
                why="留痕不能按散词查：内容是加密的，只能按操作人、动作、对象、区划、时间查",
                fix=f"写成 操作人:{word} 或 对象:{word} 这样",
                code="search",
            )
        name = NAMES.get(match["name"].lower())
        if name is None:
            raise BadInput(
                f"第 {at + 1} 个字起的“{match['name']}”不是可以查的项",
                why="可以查的有 操作人（actor）、动作（action）、对象（subject）、区划（division）、时间（created）",
                fix="改用其中一项",
                code="search",
            )
        yield name, _term(name, match, at)
        at = match.end()
        if at < len(text) and not text[at].isspace():
            raise BadInput(
                f"第 {at + 1} 个字看不懂", why="条件之间要空一格，引号要成对", fix="补上空格或引号", code="search"
            )


def _term(name: Field, match: re.Match[str], at: int) -> Term:
    value = match["value"].strip('"').strip()
    if not match["value"] and match.string[match.end() : match.end() + 1] == '"':
        raise BadInput(f"第 {match.end() + 1} 个字起的引号没有配对", fix="引号要成对，或者不写引号", code="search")
    if name is Field.IP:
        raise BadInput(
            f"第 {at + 1} 个字起：不能按网络地址查",
            why="本平台的留痕不记任何人的网络地址，免得有人从地址去找举报人",
            fix="按操作人查：登录、换设备和查看都在他名下",
            code="search_ip",
        )
    if not value or value == "*":
        raise BadInput(
            f"第 {at + 1} 个字起的“{match['name']}”后面没有写值", fix="在冒号后面写值，中间不空格", code="search"
        )
    if name is Field.CREATED:
        if match["minus"]:
            raise BadInput(f"第 {at + 1} 个字起：时间不能排除", fix="写成 时间:2026-01-01..2026-01-31", code="search")
        _created_problem(value, at)
        return Term(value)
    _value_problem(name, value, match)
    begins = value.endswith("*")
    return Term(value.rstrip("*"), begins, excluded=bool(match["minus"]))


def _created_problem(value: str, at: int) -> None:
    """Refuse a time that is no time, a day that no calendar has, one that lies too far off, and a span that runs backwards."""
    found = _CREATED.fullmatch(value)
    if found is None:
        raise BadInput(
            f"第 {at + 1} 个字起的时间“{value}”看不懂",
            fix="写成 时间:>=2026-01-01 或 时间:2026-01-01..2026-01-31",
            code="search",
        )
    days = []
    for text in filter(None, found.groups()[1:]):
        try:
            days.append(date.fromisoformat(text))
        except ValueError:
            raise BadInput(f"第 {at + 1} 个字起：没有“{text}”这一天", fix="核对年月日", code="search") from None
        if not _FIRST <= days[-1] <= _LAST:
            raise BadInput(
                f"第 {at + 1} 个字起的“{text}”不在可以查的年份里", fix=f"写 {_FIRST.year} 年以后的日子", code="search"
            )
    if days != sorted(days):
        raise BadInput(f"第 {at + 1} 个字起的时间“{value}”开始在结束之后", fix="把两个日子对调", code="search")


def _value_problem(name: Field, value: str, match: re.Match[str]) -> None:
    """Refuse what would be searched for letter by letter, find nothing, and look as if there were nothing."""
    at, is_quoted = match.start("value"), match["value"].startswith('"')
    second = None if is_quoted else _INSIDE.search(value)
    if second is not None:
        raise BadInput(
            f"第 {at + second.start() + 1} 个字起的“{second[0]}”前面没有空格",
            fix="条件之间空一格；值里真有冒号，就加引号",
            code="search",
        )
    if hidden(value):
        raise BadInput(f"第 {at + 1} 个字起的值里有看不见的字符", fix="删掉重写，不要从别处粘贴", code="search")
    if "*" in value[:-1]:
        raise BadInput(
            f"第 {at + 1} 个字起的“{value}”里，* 不在末尾", fix="* 只能写在末尾，是“以此开头”", code="search"
        )
    if value.endswith("*") and name not in (Field.ACTOR, Field.ACTION):
        raise BadInput(
            f"第 {at + 1} 个字起的“{value}”不能用 *",
            fix="操作人和动作的末尾才能加 *；对象写整个编号，区划自动含下级",
            code="search",
        )
    if name is Field.ACTOR and value.endswith(":"):
        raise BadInput(f"第 {at + 1} 个字起的“{value}”后面没有写账号", fix="写成 操作人:zhang", code="search")
    if name is Field.SUBJECT and value.endswith("/"):
        raise BadInput(
            f"第 {at + 1} 个字起的“{value}”后面没有写编号", fix="写成 种类/编号，或者只写种类、只写编号", code="search"
        )


def _actor(term: Term) -> Term:
    """An account may be named without `user:`; what is no account names its sort (`job:…`, `cli:…`)."""
    known = ":" in term.value or term.value in ("demo", "citizen")
    return term if known else Term(f"user:{term.value}", term.begins, term.excluded)


def _subject(term: Term) -> Subject:
    kind, slash, no = term.value.partition("/")
    if slash and no and _KIND.fullmatch(kind):
        return Subject(kind, no, term.excluded)
    if not slash and _KIND.fullmatch(term.value):
        return Subject(term.value, None, term.excluded)
    return Subject(None, term.value, term.excluded)


def _window(spans: list[str], today: date) -> tuple[datetime, datetime, bool]:
    """The moments between which is searched: days of China, the first and the last whole."""
    first, last = _FIRST, today
    if not spans:
        return _midnight(today - timedelta(days=WINDOW_DAYS - 1)), _midnight(today + timedelta(days=1)), True
    for span in spans:
        lower, upper = _bounds(span)
        first, last = max(first, lower or first), min(last, upper or last)
    if first > last:
        raise BadInput("这段时间里没有一天", why="开始在结束之后，或者还没有到", fix="核对时间", code="search")
    return _midnight(first), _midnight(last + timedelta(days=1)), False


def _bounds(span: str) -> tuple[date | None, date | None]:
    match = _CREATED.fullmatch(span)
    assert match is not None
    sign, one, lower, upper = match.groups()
    if one is None:
        return date.fromisoformat(lower), date.fromisoformat(upper)
    day = date.fromisoformat(one)
    step = timedelta(days=1)
    known = {">=": (day, None), ">": (day + step, None), "<=": (None, day), "<": (None, day - step)}
    return known[sign] if sign else (day, day)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)
