"""The inbox: a lead stands in the tab that its list shows, and the numbers are those of the lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from portal.accounts.permissions import Role
from portal.kernel.clock import day_cn
from portal.kernel.database import reading, writing
from portal.oversight.leads.assigning.actions import assign, snooze
from portal.oversight.leads.inbox.queries import InboxFilter, Tab, count_inbox, divisions_of, given_to, list_inbox
from portal.oversight.leads.models import LeadStatus
from portal.registers.corrections import Act
from tests.factories.accounts import principal_of
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO, VILLAGE, make_county
from tests.factories.leads import make_leads

AT = datetime(2026, 11, 10, 3, 0, tzinfo=UTC)
ME = Act("user:me", "分派")


def test_every_number_is_the_length_of_its_list(engine: Engine) -> None:
    with writing(engine) as session:
        make_county(session)
        me = principal_of(session, Role.INSPECTOR, [COUNTY], username="me")
        principal_of(session, Role.INSPECTOR, [COUNTY], username="li")
        here = [lead.lead_no for lead in make_leads(session, *(f"P-{n}" for n in range(9)), rule="E04")]
        make_leads(session, "P-away", rule="Q01", division=GAOGOU if VILLAGE.startswith(HONGYAO[:9]) else HONGYAO)
        make_leads(session, "P-gone", rule="Q01", division="320811001001")
        make_leads(session, "KX3NTT41", rule="S02")
        assign(session, here[:2], ME, AT, person="me")
        assign(session, here[2:3], ME, AT, person="li")
        snooze(session, here[3:5], None, ME, AT)
        snooze(session, here[5:6], day_cn(AT) + timedelta(days=1), ME, AT)
        for lead, status in zip(make_leads(session, "P-6", "P-7", rule="E04"), ("concluded", "settled"), strict=True):
            lead.status = LeadStatus(status)
    wanted = InboxFilter(me, [COUNTY], ["E04", "Q01", "S02"], True, day_cn(AT) + timedelta(days=1))
    narrowed = [wanted, replace(wanted, rule="E04"), replace(wanted, severity="严重"), replace(wanted, place=VILLAGE)]
    with reading(engine) as session:
        for one in [
            *narrowed,
            replace(wanted, words=here[0]),
            replace(wanted, family="Q"),
            replace(wanted, person="li"),
        ]:
            told = count_inbox(session, one)
            assert told.tabs == {tab: len(list_inbox(session, replace(one, tab=tab))) for tab in Tab}
        counts = count_inbox(session, wanted)
        assert counts.tabs[Tab.MINE] == 2 and counts.tabs[Tab.SNOOZED] == 2 and counts.tabs[Tab.OVER] == 1
        assert sum(counts.families.values()) == counts.tabs[Tab.TRIAGE]
        assert given_to(session, "me") == here[:2]
        assert len(divisions_of(session, me, here)) == len(here)
