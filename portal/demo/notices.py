"""Notices of the demonstration: hanging, objected to, concluded, waiting for the checker, stopped by the gate, announced.

Written by the village's clerk and published by the township's, as on any other day: the gate reads them too.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageDraw
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.demo.build import Demonstration
from portal.demo.places import STORY_VILLAGE
from portal.kernel.clock import CHINA
from portal.kernel.database import writing
from portal.kernel.photos.reading import ReadPhoto
from portal.publishing.notices import actions
from portal.publishing.notices.disclosure import Cell, Source, SourceRow
from portal.publishing.notices.drafts.actions import Draft, draft_notice, submit_notice
from portal.publishing.notices.finishing import finish
from portal.publishing.notices.models import Notice, NoticeKind
from portal.publishing.notices.objections.actions import receive_objection, take_up
from portal.publishing.notices.patterns.rules import get_pattern
from portal.publishing.notices.queries import get_notice
from portal.publishing.notices.rows.queries import rows_of_households, rows_of_programme
from portal.registers.corrections import Act
from portal.registers.funds.queries import list_programmes
from portal.registers.recipients.queries import HouseholdFilter, list_households, persons_of

NOTICES: Final = "notices"
CLERK: Final = "user:demo-village_clerk"
CHECKER: Final = "user:demo-township_clerk"
OFFICER, HEAD_OFFICER = "user:demo-department_officer", "user:demo-fund_manager"
COUNTY: Final = "320826000000"
SITE: Final = "http://127.0.0.1:8000"
ADULT_YEARS: Final = 19


@dataclass(frozen=True)
class _Stage:
    """Where the notices of a demonstration are made."""

    session: Session
    files: Path
    as_of: date

    def at(self, ago: int, hour: int = 9) -> datetime:
        """A morning some days ago."""
        return datetime.combine(self.as_of - timedelta(days=ago), time(hour), CHINA)

    def draft(self, ago: int, maker: str = CLERK, **facts: Any) -> Notice:
        """A draft of some days ago."""
        draft = Draft(
            **{"kind": NoticeKind.POSTING, "division_code": STORY_VILLAGE, "issuer": "柳荫村村民委员会", **facts}
        )
        return draft_notice(self.session, draft, Act(maker, "村民代表会议记录（演示）"), self.at(ago))

    def publish(self, row: Notice, ago: int, maker: str = CLERK, checker: str = CHECKER) -> None:
        """Handed in and published by a second person on one day."""
        self.hand_in(row, ago, maker)
        done = finish(self.session, get_notice(self.session, row.no), SITE, self.at(ago).date())
        act = Act(checker, "核对无误（演示）")
        actions.publish_notice(self.session, row.no, done, self.files, act, self.at(ago, 11))

    def hand_in(self, row: Notice, ago: int, maker: str = CLERK) -> None:
        """To the checker."""
        done = finish(self.session, get_notice(self.session, row.no), SITE, self.at(ago).date())
        submit_notice(self.session, row.no, done, Act(maker, "请审核"), self.at(ago, 10))

    def hang(self, row: Notice, ago: int) -> None:
        """On the board, with its picture."""
        photo = ReadPhoto("image/jpeg", 640, 480, 0, {}, board_picture(row.title))
        actions.put_up(self.session, row.no, photo, self.files, Act(CLERK, "贴在村委会门口"), self.at(ago, 15))


def load_notices(engine: Engine, files: Path, demonstration: Demonstration) -> int:
    """Make them; returns how many."""
    with writing(engine) as session:
        stage = _Stage(session, files, demonstration.plan.as_of)
        homes = _homes(session, stage.as_of)
        made = [
            *_hanging(stage, homes), _concluded(stage, homes), *_waiting(stage, homes), *_announced(stage),
        ]  # fmt: skip
    return len(made)


def _homes(session: Session, today: date) -> list[tuple[str, str | None]]:
    """Households of the story's village whose head is of age, with the name of a child where there is one."""
    found = list_households(session, [STORY_VILLAGE], HouseholdFilter(), limit=200)
    people = persons_of(session, [home["id"] for home in found])
    homes: list[tuple[str, str | None]] = []
    for home in found:
        members = [person.values for person in people.get(home["id"], [])]
        if not members or not _is_of_age(members[0], today):
            continue
        children = [str(m["name"]) for m in members[1:] if not _is_of_age(m, today)]
        homes.append((home["no"], children[0] if children else None))
    return homes


def _is_of_age(person: Mapping[str, Any], today: date) -> bool:
    born = person["born_on"] or person["id_born_on"]
    return born is not None and bool(born.year + ADULT_YEARS <= today.year)


def _list(stage: _Stage, pattern: str, homes: Sequence[tuple[str, str | None]], opinion: str) -> Source:
    rows = rows_of_households(stage.session, get_pattern(pattern), [no for no, _child in homes], opinion)
    return Source(board_place="柳荫村村委会门口公示栏", contact="0517-82000000", rows=rows)


def _hanging(stage: _Stage, homes: Sequence[tuple[str, str | None]]) -> list[Notice]:
    entry = stage.draft(
        4, pattern="entry", title="柳荫村拟纳入农户名单公示", source=_list(stage, "entry", homes[:8], "拟纳入")
    )
    stage.publish(entry, 4)
    stage.hang(entry, 3)
    source = _list(stage, "monitored", homes[8:14], "拟认定为监测对象")
    watched = stage.draft(3, pattern="monitored", title="柳荫村监测对象认定公示", source=source)
    stage.publish(watched, 3)
    stage.hang(watched, 2)
    said = receive_objection(
        stage.session, watched.no, "第二行的人家上个月刚盖了两层楼，请查一查。", "", stage.at(1)
    )  # fmt: skip
    take_up(stage.session, said, Act(CHECKER, "受理异议"), stage.at(1, 14))
    receive_objection(stage.session, watched.no, "第四行漏了一口人。", "", stage.at(0, 8))
    paid = _subsidy(stage)
    return [entry, watched, *([paid] if paid else [])]


def _subsidy(stage: _Stage) -> Notice | None:
    pattern = get_pattern("subsidy")
    codes = [p.code for p in list_programmes(stage.session) if p.code.endswith("-GD")]
    if not codes:
        return None
    rows = rows_of_programme(stage.session, pattern, max(codes), [STORY_VILLAGE])[:12]
    source = Source(board_place="柳荫村村委会门口公示栏", contact="0517-82000000", rows=rows)
    row = stage.draft(2, pattern="subsidy", title="柳荫村耕地地力保护补贴发放公示", source=source)
    stage.publish(row, 2)
    stage.hang(row, 1)
    return row


def _concluded(stage: _Stage, homes: Sequence[tuple[str, str | None]]) -> Notice:
    row = stage.draft(
        32, pattern="exit", title="柳荫村拟退出农户名单公示", source=_list(stage, "exit", homes[14:21], "拟退出")
    )
    stage.publish(row, 31)
    stage.hang(row, 30)
    actions.conclude_notice(stage.session, row.no, Act(CHECKER, "公示期内没有人提出异议"), stage.at(21))
    actions.withdraw_ended(stage.session, "job:notices", stage.at(20))
    return row


def _waiting(stage: _Stage, homes: Sequence[tuple[str, str | None]]) -> list[Notice]:
    """One lies with the checker; one is stopped by the gate, since a child is named in it."""
    handed = stage.draft(
        1, pattern="relief", title="柳荫村救助初审对象公示", source=_list(stage, "relief", homes[21:27], "拟给予救助")
    )
    stage.hand_in(handed, 1)
    child = next(((no, name) for no, name in homes if name), None)
    if child is None:
        return [handed]
    source = _list(stage, "entry", [child, *homes[:3]], "拟纳入")
    told = SourceRow({**source.rows[0].cells, "opinion": f"拟纳入，{child[1]}正在上学"}, source.rows[0].household_no)
    stopped = stage.draft(
        0, pattern="entry", title="柳荫村第二批拟纳入农户名单公示", source=replace(source, rows=[told, *source.rows[1:]])
    )  # fmt: skip
    return [handed, stopped]


def _announced(stage: _Stage) -> list[Notice]:
    """An allocation of the county, put right by a second version."""
    rows = [
        SourceRow({"who": "红窑镇", "amount_fen": 18_000_000_00, "use": "产业路和灌溉渠"}),
        SourceRow({"who": "高沟镇", "amount_fen": 12_500_000_00, "use": "设施大棚"}),
        SourceRow({"who": "成集镇", "amount_fen": 9_500_000_00, "use": "冷链仓储"}),
    ]
    details: dict[str, Cell] = {
        "fund": "衔接推进乡村振兴补助资金", "document": "涟财农〔2026〕18号", "total_fen": 40_000_000_00,
        "central_fen": 24_000_000_00, "province_fen": 10_000_000_00, "city_fen": 4_000_000_00, "county_fen": 2_000_000_00,
        "principle": "按人口、任务量和绩效评价结果分配",
    }  # fmt: skip
    source = Source(contact="0517-82000001", details=details, rows=rows)
    facts = {
        "division_code": COUNTY,
        "issuer": "涟水县农业农村局",
        "kind": NoticeKind.ANNOUNCEMENT,
        "pattern": "allocation",
    }
    row = stage.draft(40, OFFICER, title="衔接推进乡村振兴补助资金分配结果公告", source=source, **facts)
    stage.publish(row, 40, OFFICER, HEAD_OFFICER)
    again = actions.new_version(stage.session, row.no, Act(OFFICER, "补充绩效目标"), stage.at(12))
    stage.publish(again, 12, OFFICER, HEAD_OFFICER)
    return [row, again]


def board_picture(title: str) -> bytes:
    """A drawn board with a sheet on it: nobody's photo."""
    image = Image.new("RGB", (640, 480), "#9db7c9")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 330, 640, 480), fill="#b8a684")
    pen.rectangle((70, 60, 570, 390), fill="#6a4a2b")
    pen.rectangle((90, 80, 550, 370), fill="#b5654a")
    for left, top, width in ((110, 100, 120), (430, 110, 100)):
        pen.rectangle((left, top, left + width, top + 150), fill="#e9e4d6")
    pen.rectangle((250, 95, 410, 350), fill="#ffffff")
    for line in range(12):
        right = 394 - (line * 37 + len(title)) % 40
        pen.rectangle((266, 130 + line * 15, right, 134 + line * 15), fill="#555b61")
    pen.rectangle((290, 108, 370, 116), fill="#1a1a1a")
    pen.rectangle((366, 316, 398, 344), fill="#1a1a1a")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()
