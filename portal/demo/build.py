"""The whole demonstration of a plan, as files in the order in which they must be imported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from portal.demo.arrays import DemoTable
from portal.demo.assets import asset_table, distribution_table, first_distributions, make_assets
from portal.demo.bank_files import bank_tables, make_payees
from portal.demo.catalogue import make_programmes, programme_table
from portal.demo.earnings import income_table
from portal.demo.entitlements import make_traits
from portal.demo.ledger import Ledger
from portal.demo.payouts import Run, household_runs
from portal.demo.people import People, make_people
from portal.demo.places import Places, division_table, make_places, unit_table
from portal.demo.plan import Plan
from portal.demo.roster import Helpers, helper_table, household_table, make_helpers, pairing_table, weak_village_table
from portal.demo.standards import parameter_table
from portal.demo.stories import Story, make_stories, story_rows
from portal.demo.works import Projects, make_projects, project_table
from portal.demo.works_money import make_instalments, project_runs


@dataclass(frozen=True)
class Demonstration:
    """Everything a plan decides, before it becomes files."""

    plan: Plan
    places: Places
    people: People
    projects: Projects
    helpers: Helpers
    ledger: Ledger
    runs: list[Run]
    stories: list[Story]


def make_demonstration(plan: Plan) -> Demonstration:
    """Draw everything; a few seconds and some hundred MiB even for the city."""
    places = make_places(plan)
    people = make_people(plan, places)
    traits = make_traits(plan, people)
    ledger = Ledger(places, make_programmes(plan))
    runs = list(household_runs(plan, places, traits, ledger))
    projects = make_projects(plan, places)
    runs += project_runs(plan, places, projects, make_instalments(plan, projects), ledger)
    helpers = make_helpers(plan, places, people)
    stories = make_stories(plan, places, people, helpers, ledger, runs)
    return Demonstration(plan, places, people, projects, helpers, ledger, runs, stories)


def demo_tables(demo: Demonstration) -> Iterator[DemoTable]:
    """The files, references first; payments and bank returns are made one file at a time."""
    plan, places, people, projects = demo.plan, demo.places, demo.people, demo.projects
    assets = make_assets(plan, projects)
    tables = [
        division_table(places),
        unit_table(places),
        parameter_table(plan),
        household_table(places, people),
        weak_village_table(plan, places),
        income_table(plan, places, people, demo.ledger.programmes, demo.runs),
        helper_table(plan, places, demo.helpers),
        programme_table(places, demo.ledger.programmes, demo.ledger.top_fen()),
        project_table(places, projects, first_distributions(projects, assets)),
        pairing_table(plan, places, people, projects, demo.helpers),
        asset_table(plan, places, projects, assets),
        distribution_table(assets),
    ]
    by_kind = {table.kind: table for table in tables}
    story_rows(plan, places, people, by_kind)
    yield from by_kind.values()
    yield from demo.ledger.tables()
    yield from bank_tables(demo.runs, make_payees(places, people), demo.ledger.numbers(), plan.scale.rows_a_file)
