"""The leaf: the public bytes of one event (version 1), and the openings that go with it."""

from __future__ import annotations

import base64
import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.kernel.clock import CHINA
from portal.kernel.database import iso_millis
from portal.trail.commitments import Opening, open_field
from portal.trail.encoding import OutsideProfile, canonical

MAX_LEAF = 4096
SEALED_TYPE = "sealed"
FIELDS = ("actor", "after", "at", "before", "subject", "why")
PADDING_KIND = "pad"


@dataclass(frozen=True)
class Draft:
    """What an event says, before it is committed to. Absent values are None."""

    kind: str
    actor: str
    at: datetime
    subject: list[dict[str, str]]
    before: Any = None
    after: Any = None
    why: str | None = None
    unit: str | None = None
    public: Mapping[str, Any] | None = None
    request_id: str | None = None
    extra: Mapping[str, Any] | None = None  # rows, file: fields that only a batch has
    published: datetime | None = None  # sealed leaves carry the day of their release, or padding would stand out

    def fields(self) -> dict[str, Any]:
        """Values of the committed fields."""
        return {
            "actor": self.actor,
            "after": self.after,
            "at": iso_millis(self.at),
            "before": self.before,
            "subject": self.subject or None,
            "why": self.why,
            **(self.extra or {}),
        }


@dataclass(frozen=True)
class MadeLeaf:
    """A leaf and what opens it."""

    event_id: str
    leaf: bytes
    openings: dict[str, Opening]


def make_leaf(draft: Draft, event_id: str) -> MadeLeaf:
    """An ordinary leaf. Absent values are null, so that every key is always there."""
    openings: dict[str, Opening] = {}
    commitments: dict[str, str | None] = {}
    for name, value in draft.fields().items():
        commitments[name] = _commit(name, value, openings)
    request = _commit("rq", draft.request_id, openings)
    return MadeLeaf(
        event_id,
        _leaf(draft, event_id, commitments, draft.kind, public_unit(draft.unit), draft.public or {}, request),
        openings,
    )


def make_sealed_leaf(draft: Draft, event_id: str, category: str) -> MadeLeaf:
    """A leaf that looks like every other sealed one: no type, no unit, nothing public, all commitments present.

    `category` is what is opened for the monthly count: pad, case.opened, case.step or access. The true kind is
    committed to together with the subject.
    """
    openings: dict[str, Opening] = {}
    values = {**draft.fields(), "subject": {"t": draft.kind, "of": draft.subject}, "kind": category}
    commitments: dict[str, str | None] = {}
    for name, value in values.items():
        openings[name], commitments[name] = open_field(name, value)
    openings["rq"], request = open_field("rq", draft.request_id)
    return MadeLeaf(event_id, _leaf(draft, event_id, commitments, SEALED_TYPE, None, {}, request), openings)


def make_padding(at: datetime) -> MadeLeaf:
    """A sealed leaf about nothing; only its kind can be opened, the rest are random bytes."""
    opening, kind = open_field("kind", PADDING_KIND)
    commitments: dict[str, str | None] = {name: _random() for name in FIELDS}
    commitments["kind"] = kind
    event_id = str(uuid.uuid4())
    draft = Draft(PADDING_KIND, "", at, [])
    return MadeLeaf(event_id, _leaf(draft, event_id, commitments, SEALED_TYPE, None, {}, _random()), {"kind": opening})


def public_unit(unit: str | None) -> str | None:
    """The unit that a leaf may show: a village's division code becomes its township's (village and day re-identify)."""
    if unit is not None and len(unit) == 12 and unit.isdigit():
        return unit[:9] + "000"
    return unit


def day_of(moment: datetime) -> str:
    """The calendar day at UTC+8: all that a leaf says about time."""
    return moment.astimezone(CHINA).date().isoformat()


def stated_day(leaf: bytes) -> datetime:
    """Noon of the day that a leaf states."""
    day: str = json.loads(leaf)["d"]
    return datetime.fromisoformat(f"{day}T12:00:00+08:00")


def next_half_day(moment: datetime) -> datetime:
    """The next 00:00 or 12:00 at UTC+8: when events about cases are released."""
    local = moment.astimezone(CHINA)
    noon = local.replace(hour=12, minute=0, second=0, microsecond=0)
    return noon if local < noon else noon + timedelta(hours=12)


def half_day(moment: datetime) -> datetime:
    """The half-day that a moment lies in: the finest time that is kept of a case event."""
    return next_half_day(moment) - timedelta(hours=12)


def _random() -> str:
    return base64.b64encode(os.urandom(32)).decode("ascii")


def _commit(name: str, value: Any, openings: dict[str, Opening]) -> str | None:
    if value is None:
        return None
    openings[name], commitment = open_field(name, value)
    return commitment


def _leaf(
    draft: Draft,
    event_id: str,
    commitments: Mapping[str, str | None],
    kind: str,
    unit: str | None,
    public: Mapping[str, Any],
    request: str | None,
) -> bytes:
    body = {
        "c": commitments,
        "d": day_of(draft.published or draft.at),
        "id": event_id,
        "pub": public,
        "rq": request,
        "t": kind,
        "u": unit,
        "v": 1,
    }
    leaf = canonical(body)
    if len(leaf) > MAX_LEAF:
        raise OutsideProfile(f"a leaf has {len(leaf)} bytes, the limit is {MAX_LEAF}")
    return leaf
