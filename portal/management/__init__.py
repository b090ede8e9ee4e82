"""The management door: signing in, one's own account, the administrators' pages, and the consoles of the offices.

`views` parse, call one function and render; `forms` hold shape and wording. A register in the console is a declaration
(`register_pages.RegisterPage`, one module per register) from which `register_views` makes every route. Imported by the
factory only; imports registers, accounts, trail and web, never another door.
"""

from portal.management import divisions, helpers, households, money, parameters, payments, projects
from portal.management.register_views import blueprint_of
from portal.management.views import account, decisions, home, imports, login, people, retention, why

REGISTERS = (
    *households.PAGES, *helpers.PAGES, *money.PAGES, *payments.PAGES, *projects.PAGES,
    *divisions.PAGES, *parameters.PAGES,
)  # fmt: skip
"""The registers of the console: a new one adds its PAGES here."""

blueprints = (
    login.blueprint,
    account.blueprint,
    people.blueprint,
    why.blueprint,
    home.blueprint,
    decisions.blueprint,
    imports.blueprint,
    retention.blueprint,
    *(blueprint_of(page) for page in REGISTERS),
)

__all__ = ["REGISTERS", "blueprints"]
