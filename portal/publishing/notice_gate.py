"""The gate of a notice: what the byte scanner proves, and what only the register knows. It refuses, and never masks.

It reads every field of a notice (so that a refusal names field and line) and every finished file: page, downloads,
printed sheets, their names. Words are counted against the same page without any line, so that what the site itself
says is no finding.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from portal.kernel.errors import Refused
from portal.publishing.containers import scan
from portal.publishing.gate import Finding
from portal.publishing.numbers import Kind, mark_of


class Private(StrEnum):
    """What no notice may show."""

    ID = "身份证件号码"
    CARD = "银行账号"
    PHONE = "手机号码"
    MINOR = "未成年人的姓名"
    NAME = "没有遮盖的姓名"
    ILLNESS = "疾病或残疾情况"
    RELIEF_CLASS = "低保等救助类别"
    LAST_FOUR = "证件号码的末四位"
    SMALL = "过小的户数"
    DISPUTED = "本户有异议的事实"
    WATCHED = "标记值"
    LOCATION = "照片里的位置"
    UNREADABLE = "读不了的内容"


CURES: Final[dict[Private, str]] = {
    Private.ID: "删去号码；公示只写姓名和村组",
    Private.CARD: "删去账号；发到哪张卡由本人查询",
    Private.PHONE: "删去手机号；联系电话写办公室的固定电话",
    Private.MINOR: "不写孩子的姓名；改写户主姓名",
    Private.NAME: "名单里的姓名写在“姓名”一列，系统会遮盖；文字里不写，受处理的人写成“周某”",
    Private.ILLNESS: "删去病情、残疾的说法",
    Private.RELIEF_CLASS: "删去低保类别、档次的说法",
    Private.LAST_FOUR: "删去这四位数；它能打开本户的页面",
    Private.SMALL: "把户数少的并入“其他”，合计也不能倒推",
    Private.DISPUTED: "先办理本户的异议，再公示这一行",
    Private.WATCHED: "停止发布，告诉安全管理员",
    Private.LOCATION: "重新上传照片",
    Private.UNREADABLE: "重新生成这个文件",
}
#: Words that tell of somebody's body or of the class of his relief; read in what is said of households only.
_ILLNESS: Final = (
    "因病", "因残", "大病", "重病", "患病", "慢性病", "精神病", "传染病", "住院", "癌", "肿瘤", "白血病", "尿毒症", "透析", "艾滋",
    "肝炎", "结核", "糖尿病", "高血压", "心脏病", "脑梗", "中风", "瘫痪", "抑郁", "精神分裂", "智障", "残疾", "残障", "聋哑", "失明",
    "一级残", "二级残", "三级残", "四级残", "伤残", "病情", "病人", "患者",
)  # fmt: skip
_RELIEF: Final = re.compile(r"低保[一二三ABCabc甲乙丙][类档级]|[ABC一二三]类低保|低保[金]?类别|特困供养|孤儿")
_KINDS: Final = {
    Kind.RESIDENT_ID: Private.ID, Kind.CARD: Private.CARD, Kind.PHONE: Private.PHONE, Kind.CANARY: Private.WATCHED,
    Kind.LOCATION: Private.LOCATION, Kind.UNREADABLE: Private.UNREADABLE,
}  # fmt: skip
AMOUNTS: Final = frozenset({"金额", "户数", "人数"})


@dataclass(frozen=True, slots=True)
class GatedField:
    """One field as it will stand: its label, its line (from 1; None above the list), what it holds, and its text."""

    label: str
    row: int | None
    of: str
    text: str


@dataclass(frozen=True, slots=True)
class GatedFile:
    """A finished file; `bare`: the same without any line of the notice."""

    name: str
    media_type: str
    content: bytes
    bare: bytes = b""


@dataclass(frozen=True)
class KnownPeople:
    """What only the register knows of the people of a notice. `places` are names of places and offices: nobody's."""

    minors: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    last_four: frozenset[str] = frozenset()
    minor_rows: frozenset[int] = frozenset()  # lines whose own person is a minor
    disputed_rows: frozenset[int] = frozenset()
    places: frozenset[str] = frozenset()
    smallest: int = 5


@dataclass(frozen=True, slots=True)
class NoticeFinding:
    """One thing that stops a notice: what, in which field and line (or which file), and what to do."""

    what: Private
    label: str
    row: int | None

    @property
    def cure(self) -> str:
        """What to do."""
        return CURES[self.what]


class GateRefused(Refused):
    """The gate stops a notice; `findings` names every field."""

    code = "stopped_by_gate"

    def __init__(self, findings: Sequence[NoticeFinding]) -> None:
        first = findings[0]
        where = f"“{first.label}”" if first.row is None else f"第 {first.row} 行“{first.label}”"
        super().__init__(f"不能发布：{where}里有{first.what}", why="公示不能带出个人的隐私", fix=first.cure)
        self.findings = tuple(findings)


@dataclass(frozen=True)
class Gate:
    """The gate for one notice: `known` from the register, `watched` values of the canaries."""

    known: KnownPeople = field(default_factory=KnownPeople)
    watched: Collection[str] = ()
    tells_of_people: bool = True  # its fields speak of households: illness is looked for too

    def read(
        self,
        fields: Sequence[GatedField],
        files: Sequence[GatedFile],
        totals: Sequence[GatedField] = (),
        typed: Sequence[GatedField] = (),
    ) -> list[NoticeFinding]:
        """Everything that stops it, field by field, then what stands in a file and in no field. Empty: it may go out.

        `typed`: cells as they were typed that will stand masked. A mask leaves the ends of a number, so it is refused.
        """
        found = [NoticeFinding(what, one.label, one.row) for one in fields for what in self._in_field(one)]
        found += [NoticeFinding(what, one.label, one.row) for one in typed for what in _numbers(one)]
        found += [NoticeFinding(Private.MINOR, "姓名", row) for row in sorted(self.known.minor_rows)]
        found += [NoticeFinding(Private.DISPUTED, "金额", row) for row in sorted(self.known.disputed_rows)]
        found += self._small_cells(fields, totals)
        seen = {one.what for one in found}
        for file in files:
            told = {what for what in self._in_file(file) if what not in seen}
            found += [NoticeFinding(what, file.name, None) for what in sorted(told)]
        return list(dict.fromkeys(found))

    def _in_field(self, one: GatedField) -> Iterator[Private]:
        if one.of in AMOUNTS:
            return  # written by us from whole numbers
        yield from _numbers(one, self.watched)
        said = _without(one.text, self.known.places)
        if any(name in said for name in self.known.minors):
            yield Private.MINOR
        if any(name in said for name in self.known.names - self.known.minors):
            yield Private.NAME
        if self.tells_of_people and any(word in one.text for word in _ILLNESS):
            yield Private.ILLNESS
        if self.tells_of_people and _RELIEF.search(one.text):
            yield Private.RELIEF_CLASS
        if one.row is not None and self.known.last_four & set(_FOUR.findall(one.text.upper())):
            yield Private.LAST_FOUR

    def _small_cells(self, fields: Sequence[GatedField], totals: Sequence[GatedField]) -> Iterator[NoticeFinding]:
        counts = [(one, int(one.text)) for one in fields if one.of == "户数" and one.row is not None and one.text]
        for one, count in counts:
            if 0 < count < self.known.smallest:
                yield NoticeFinding(Private.SMALL, one.label, one.row)
        for total in totals:
            rest = int(total.text) - sum(count for one, count in counts if one.label == total.label)
            if 0 < rest < self.known.smallest:
                yield NoticeFinding(Private.SMALL, total.label, None)

    def _in_file(self, file: GatedFile) -> Iterator[Private]:
        words = self._words()
        marks = {mark_of(word.encode()): what for word, what in words.items()}
        asked = [*words, *self.watched]
        found = _counted(scan(file.content, file.media_type, asked), marks)
        found += _counted(scan(file.name.encode(), "text/plain", asked), marks)
        if file.bare:
            found -= _counted(scan(file.bare, file.media_type, asked), marks)
        yield from found

    def _words(self) -> dict[str, Private]:
        """Names and words that no file has more of than the bare page; those inside a place's name only fields tell."""
        names = dict.fromkeys(self.known.names, Private.NAME) | dict.fromkeys(self.known.minors, Private.MINOR)
        words = {name: what for name, what in names.items() if not any(name in place for place in self.known.places)}
        return words | dict.fromkeys(_ILLNESS, Private.ILLNESS) if self.tells_of_people else words


_FOUR: Final = re.compile(r"(?<![0-9.])[0-9]{3}[0-9X](?![0-9X.年])")


def _numbers(one: GatedField, watched: Collection[str] = ()) -> Iterator[Private]:
    for finding in scan(one.text.encode(), "text/plain", watched):
        yield _KINDS[finding.kind]


def _without(text: str, phrases: Collection[str]) -> str:
    for phrase in sorted(phrases, key=len, reverse=True):
        text = text.replace(phrase, "\n")
    return text


def _counted(findings: Collection[Finding], marks: dict[str, Private]) -> Counter[Private]:
    return Counter(marks.get(f.excerpt, Private.WATCHED) if f.kind is Kind.CANARY else _KINDS[f.kind] for f in findings)
