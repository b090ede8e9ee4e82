"""An installation of an older version is brought up with its rows, and shows no more to the public than it may."""

from __future__ import annotations

from alembic import command
from sqlalchemy import Engine, select, update

from portal.commands.installation import alembic_config, newest_revision, upgrade_database
from portal.kernel.database import WRITING, reading, writing
from portal.registers.funds.balances.queries import B
from portal.registers.funds.payouts.queries import LP
from portal.registers.funds.verification.queries import verify_totals
from portal.settings import Settings
from tests.factories.divisions import VILLAGE, make_county
from tests.factories.funds import make_holders, make_line, make_programme, pay
from tests.factories.recipients import make_household


def test_an_upgrade_decides_which_lines_keep_their_sums_back(engine: Engine, settings: Settings) -> None:
    with writing(engine) as session:
        make_county(session)
        units, programme = make_holders(session), make_programme(session)
        homes = [make_household(session, f"HH-{i}").id for i in range(9)]
        here = {"to_unit_id": units["village"].id, "division_code": VILLAGE}
        few, rest, unpaid = (make_line(session, programme, 200_000, **here) for _ in range(3))
        pay(session, few, [(homes[0], 7_000)])
        pay(session, rest, [(home, 1_000) for home in homes[1:]])
        wanted = {few.id: True, rest.id: True, unpaid.id: False}
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0007")
    assert upgrade_database(settings) == newest_revision()
    with reading(engine) as session:
        assert {i: back for i, back in session.execute(select(B.c.allocation_id, B.c.kept_back))} == wanted
        assert session.scalars(select(LP.c.households).order_by(LP.c.allocation_id)).all() == [1, 8]
        assert verify_totals(session) == []


def test_a_wrong_mark_is_found_by_the_comparison_of_sums(engine: Engine) -> None:
    with writing(engine) as session:
        make_county(session)
        line = make_line(session, make_programme(session), 200_000, to_unit_id=make_holders(session)["village"].id)
        session.flush()
        session.execute(update(B).where(B.c.allocation_id == line.id).values(kept_back=True))
    with reading(engine) as session:
        assert [(d.column, d.kept, d.summed) for d in verify_totals(session)] == [("kept_back", True, False)]
