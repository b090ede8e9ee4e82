"""What the mapping page is made of: a sheet with unknown headings, the choices of the person, the saved profile used at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from portal.accounts.permissions import Permission
from portal.accounts.queries import find_user, principal_of
from portal.accounts.rules import scopes_for
from portal.intake.correcting import check_mapper, restage
from portal.intake.declaration import Kind
from portal.intake.kinds import find_kind
from portal.intake.mapping import Mapped, SheetHead, fits, profile_text, read_head
from portal.intake.originals import opened_original
from portal.intake.profiles import read_profile
from portal.intake.queries import ImportBatch, ImportProfile
from portal.intake.saved_profiles import list_saved, list_versions
from portal.kernel.errors import NotAllowed
from portal.kernel.money import FEN_PLACES
from portal.management.imports import patient, sources, visible_batch
from portal.web import access
from portal.web.sessions import database, require_principal

IGNORE, KEEP = "-", ""
UNITS = tuple(FEN_PLACES)


@dataclass(frozen=True)
class MappingPage:
    """The mapping page: the batch, its kind, the sheet, and saved profiles that fit it."""

    batch: ImportBatch
    kind: Kind
    head: SheetHead
    offers: Sequence[str]


def mapping_of(no: str, form: Mapping[str, str]) -> MappingPage:
    """The sheet of an upload as it stands for mapping; only its sender sees it."""
    batch, here = visible_batch(no), sources()
    check_mapper(batch, require_principal().actor)
    kind, row = find_kind(batch.kind), form.get("header_row", "")
    sheet = form.get("sheet") or 1
    with patient(), opened_original(here.staging_dir, batch.source_file, batch.sha256, here.keyring) as path:
        chosen = int(row) if row.isdigit() and 0 < int(row) < 200 else None
        head = read_head(path, kind, here.staging_dir, sheet=sheet, header_row=chosen)
    profiles = [read_profile(saved.text.encode(), saved.name) for saved in list_saved(database(), kind.name)]
    return MappingPage(batch, kind, head, [profile.name for profile in profiles if fits(profile, head)])


def text_of(shown: MappingPage, form: Mapping[str, str]) -> str:
    """The YAML of what the form says; BadInput as `profile_text`."""
    chosen = {column.name: form.get(f"m-{place}", KEEP) for place, column in enumerate(shown.head.columns)}
    constants = {c.header: text for c in shown.kind.columns if (text := form.get(f"k-{c.field}", "").strip())}
    return profile_text(
        shown.kind,
        Mapped(
            shown.head.header_row,
            shown.head.sheet if len(shown.head.sheets) > 1 else "",
            form.get("unit", "元"),
            {name: target for name, target in chosen.items() if target not in (IGNORE, KEEP)},
            constants,
            [name for name, target in chosen.items() if target == IGNORE],
        ),
    )


def use(shown: MappingPage, form: Mapping[str, str]) -> None:
    """Read the upload by the saved profile that is offered, or by what the form says, saved under its name."""
    me = require_principal()
    allowed = cache(lambda code: access.in_scope(me, code, Permission.IMPORT_FILES))
    name, text = form.get("use", ""), None
    if not name:
        name, text = form.get("name", ""), text_of(shown, form)
    with patient():
        restage(
            sources(), shown.batch.no, name, actor=me.actor, version=form.get("version", ""), text=text, allowed=allowed
        )


def may_change(saved: ImportProfile) -> bool:
    """Who saved a version of it; else a second person who may check imports in all places of who saved it last."""
    me, session = require_principal(), database()
    if any(version.made_by == me.actor for version in list_versions(session, saved.name)):
        return True
    if not access.can(Permission.CHECK_IMPORTS):
        return False
    maker = find_user(session, saved.made_by.removeprefix("user:"))
    places = scopes_for(principal_of(session, maker), Permission.IMPORT_FILES) if maker else ()
    return all(access.in_scope(me, code, Permission.CHECK_IMPORTS) for code in places)


def check_changer(saved: ImportProfile) -> None:
    """NotAllowed for everybody else: a profile decides how other people's files are read."""
    if not may_change(saved):
        raise NotAllowed(
            "这个导入方案不能由您更正或停用", why="只有存它的人，或有权审核他那里导入批次的人，才能改",
            fix="请他们改，或者用您自己的表另存一个方案",
        )  # fmt: skip
