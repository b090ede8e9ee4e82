"""Reading the fields of a claim. Distance, accuracy and hour never refuse; only what cannot be meant does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from portal.kernel.errors import BadFields, FieldProblem
from portal.kernel.geo import Datum, Point, point
from portal.registers.helpers.check_ins.models import Activity, NoLocation, NotPossible, Visit
from portal.registers.helpers.check_ins.needs.models import NeedKind

MOST_PHOTOS: Final = 12
MOST_FIXES: Final = 120
MOST_NEEDS: Final = 10
NOTE_LENGTH: Final = 2000
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
_ENUM = TypeVar("_ENUM", bound=StrEnum)


@dataclass(frozen=True)
class Fix:
    """One position as the phone measured it: place with datum, 95 % radius in metres."""

    place: Point
    accuracy_m: float


@dataclass(frozen=True)
class WantedNeed:
    """A need that the helper noted: its kind and a sentence."""

    kind: NeedKind
    text: str


@dataclass(frozen=True)
class Statement:
    """What a claim says."""

    household_no: str
    captured_at: datetime
    fix: Fix | None
    no_location_reason: NoLocation | None
    visit: Visit
    not_possible_reason: NotPossible | None
    photos: tuple[str, ...]
    activities: tuple[Activity, ...]
    findings: tuple[NeedKind, ...]
    needs: tuple[WantedNeed, ...]
    note: str
    nonce: str | None
    offline: bool
    mono_ms: float | None
    boot: str | None
    fixes: tuple[Fix, ...]
    challenge: str | None


class _Reader:
    """Collects what is wrong instead of stopping at the first."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = fields
        self.wrong: list[FieldProblem] = []

    def problem(self, field: str, code: str, message: str) -> None:
        self.wrong.append(FieldProblem(field, code, message))

    def text(self, name: str, most: int, *, needed: bool = False) -> str:
        value = self.fields.get(name)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or len(value) > most or (needed and not value.strip()):
            self.problem(name, "bad_text", f"应当是最多 {most} 个字的文字")
            return ""
        return value

    def yes_no(self, name: str) -> bool:
        value = self.fields.get(name)
        if not isinstance(value, bool):
            self.problem(name, "bad_boolean", "应当是 true 或 false")
        return value is True

    def number(self, name: str) -> float | None:
        value = self.fields.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.problem(name, "bad_number", "应当是一个数")
            return None
        return float(value)

    def choice(self, name: str, choices: type[_ENUM], *, needed: bool) -> _ENUM | None:
        value = self.fields.get(name)
        if value is None and not needed:
            return None
        if not isinstance(value, str) or value not in set(choices):
            self.problem(name, "unknown_code", "从接口文件列出的代码里选")
            return None
        return choices(value)

    def items(self, name: str, most: int, read: Callable[[str, Any], Any], *, needed: bool = False) -> tuple[Any, ...]:
        value = self.fields.get(name, None if needed else [])
        if not isinstance(value, list) or len(value) > most:
            self.problem(name, "bad_list", f"应当是最多 {most} 项的列表")
            return ()
        found = [read(f"{name}[{index}]", item) for index, item in enumerate(value)]
        return tuple(item for item in found if item is not None)

    def code(self, choices: type[_ENUM]) -> Callable[[str, Any], _ENUM | None]:
        def read(field: str, value: Any) -> _ENUM | None:
            if not isinstance(value, str) or value not in set(choices):
                self.problem(field, "unknown_code", "从接口文件列出的代码里选")
                return None
            return choices(value)

        return read


def read_statement(fields: Mapping[str, Any]) -> Statement:
    """The fields of a claim. Raises BadFields naming all that are wrong; `datum_missing` where a coordinate has none."""
    reader = _Reader(fields)
    fix = _location(reader)
    visit = reader.choice("visit", Visit, needed=True)
    reason = reader.choice("not_possible_reason", NotPossible, needed=visit is Visit.NOT_POSSIBLE)
    if visit is Visit.DONE and reason is not None:
        reader.problem("not_possible_reason", "not_asked", "走访到了就不填无法走访的原因")
    photos = reader.items("photos", MOST_PHOTOS, lambda f, v: _digest(reader, f, v), needed=True)
    if len(set(photos)) != len(photos):
        reader.problem("photos", "twice", "同一张照片写了两次")
    statement = Statement(
        household_no=reader.text("household_no", 40, needed=True),
        captured_at=_moment(reader),
        fix=fix,
        no_location_reason=reader.choice("no_location_reason", NoLocation, needed=fields.get("location") is None),
        visit=visit or Visit.DONE,
        not_possible_reason=reason,
        photos=photos,
        activities=_unique(reader.items("activities", len(Activity), reader.code(Activity), needed=True)),
        findings=_unique(reader.items("findings", len(NeedKind), reader.code(NeedKind))),
        needs=reader.items("needs", MOST_NEEDS, lambda f, v: _need(reader, f, v)),
        note=reader.text("note", NOTE_LENGTH).strip(),
        nonce=reader.text("nonce", 64) or None,
        offline=reader.yes_no("offline"),
        mono_ms=reader.number("mono_ms"),
        boot=reader.text("boot", 64) or None,
        fixes=reader.items("fixes", MOST_FIXES, lambda f, v: _fix(reader, f, v)),
        challenge=reader.text("challenge", 40) or None,
    )
    if reader.wrong:
        datum = any(wrong.code == "datum_missing" for wrong in reader.wrong)
        raise BadFields("走访的内容有几处不对", reader.wrong, code="datum_missing" if datum else None)
    return statement


def _unique(values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


def _digest(reader: _Reader, field: str, value: Any) -> str | None:
    if isinstance(value, str) and _SHA256.fullmatch(value):
        return value
    reader.problem(field, "bad_hash", "64 位小写十六进制")
    return None


def _moment(reader: _Reader) -> datetime:
    """RFC 3339 with a zone. Whether the clock was right is another question."""
    value = reader.fields.get("captured_at")
    if isinstance(value, str) and _TIME.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value.upper())
            if 2000 <= moment.year < 2100:
                return moment.astimezone(UTC)
        except ValueError:
            pass
    reader.problem("captured_at", "bad_time", "写成 2026-11-20T14:06:00+08:00 这样，要有时区")
    return datetime(2000, 1, 1, tzinfo=UTC)


def _location(reader: _Reader) -> Fix | None:
    value = reader.fields.get("location")
    return None if value is None else _fix(reader, "location", value)


def _fix(reader: _Reader, field: str, value: Any) -> Fix | None:
    if not isinstance(value, dict):
        reader.problem(field, "bad_location", "应当是一个对象或 null")
        return None
    numbers = [_finite(value.get(name)) for name in ("lat", "lng", "accuracy_m")]
    lat, lng, accuracy = numbers
    if lat is None or lng is None or accuracy is None or not 0 <= accuracy <= 10_000_000:
        reader.problem(field, "bad_location", "要有 lat、lng 和不小于 0 的 accuracy_m")
        return None
    datum = value.get("datum", reader.fields["location"].get("datum") if _is_more_of(reader, field) else None)
    if not isinstance(datum, str) or datum not in set(Datum):
        reader.problem(f"{field}.datum", "datum_missing", "要写坐标系：WGS84、GCJ02 或 BD09")
        return None
    try:
        return Fix(point(lat, lng, Datum(datum)), accuracy)
    except ValueError:
        reader.problem(field, "bad_location", "纬度或经度超出了范围")
        return None


def _is_more_of(reader: _Reader, field: str) -> bool:
    """Further fixes may leave the datum to the location that they belong to."""
    return field != "location" and isinstance(reader.fields.get("location"), dict)


def _finite(value: Any) -> float | None:
    return None if isinstance(value, bool) or not isinstance(value, int | float) else float(value)


def _need(reader: _Reader, field: str, value: Any) -> WantedNeed | None:
    kind, text = (value.get("kind"), value.get("text", "")) if isinstance(value, dict) else (None, "")
    if not isinstance(kind, str) or kind not in set(NeedKind) or not isinstance(text, str) or len(text) > 200:
        reader.problem(field, "bad_need", "要有列出的 kind；text 最多 200 字")
        return None
    return WantedNeed(NeedKind(kind), text.strip())
