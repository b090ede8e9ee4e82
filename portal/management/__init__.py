"""The management door: signing in, one's own account, the administrators' pages, and the consoles of the offices.

`views` parse, call one function and render; `forms` hold shape and wording. Imported by the factory only; imports
registers, accounts, trail and web, never another door.
"""

from portal.management.views import account, login, people, why

blueprints = (login.blueprint, account.blueprint, people.blueprint, why.blueprint)

__all__ = ["blueprints"]
