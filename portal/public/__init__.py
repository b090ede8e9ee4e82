"""The public door: pages for anybody, without a log-in and without JavaScript, in Chinese and English.

`views` parse, call one function and render; `pages` compose what spans registers; `drawing` makes the pictures.
Imported by the factory only; imports registers, trail and web, never another door.
"""

from portal.public.door import door
from portal.public.views import about, areas, data, flow, funds, health, home, log, projects, search

blueprints = (door,)

__all__ = ["about", "areas", "blueprints", "data", "flow", "funds", "health", "home", "log", "projects", "search"]
