"""The public door: pages for anybody, without a log-in and without JavaScript, in Chinese and English.

`views` parse, call one function and render; `pages` compose what spans registers; `drawing` makes the pictures.
Imported by the factory only; imports registers, trail and web, never another door.
"""

from portal.public.door import door
from portal.public.views import (
    about,
    areas,
    complaint_counts,
    data,
    entitlements,
    exposure,
    flow,
    flow_files,
    funds,
    health,
    home,
    log,
    me,
    me_help,
    me_helper,
    me_sign_in,
    need_help,
    policies,
    posting_objections,
    postings,
    projects,
    questions,
    report,
    search,
)

blueprints = (door,)

__all__ = [
    "about",
    "areas",
    "blueprints",
    "complaint_counts",
    "data",
    "entitlements",
    "exposure",
    "flow",
    "flow_files",
    "funds",
    "health",
    "home",
    "log",
    "me",
    "me_help",
    "me_helper",
    "me_sign_in",
    "need_help",
    "policies",
    "posting_objections",
    "postings",
    "projects",
    "questions",
    "report",
    "search",
]
