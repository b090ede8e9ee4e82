"""`/projects` and `/projects/<code>`."""

from __future__ import annotations

from flask import Response, render_template, request

from portal.public.door import door
from portal.public.pages.columns import project_columns, stage_columns
from portal.public.pages.projects import STEPS, Asked, project_page, project_rows, projects_page, stage_rows, step_of
from portal.registers.projects.queries import ProjectKind
from portal.web.access import public
from portal.web.elder import without_modes
from portal.web.exports import download
from portal.web.filters import today
from portal.web.language import gettext as _
from portal.web.paging import read_cursor
from portal.web.sessions import database


def asked_projects() -> Asked:
    """The filters that the address names."""
    args = request.args
    return Asked(args.get("in", ""), args.get("q", "").strip(), args.get("kind", ""), args.get("stage", ""))


@door.get("/projects")
@public
def projects() -> str:
    """All projects, by code."""
    asked = asked_projects()
    found = projects_page(database(), asked, read_cursor(request.args.get("after"), 1))
    kept = without_modes("after")

    def url(cursor: str | None) -> str:
        query = "&".join(part for part in (kept, f"after={cursor}" if cursor else "") if part)
        return f"{request.script_root}/projects" + (f"?{query}" if query else "")

    return render_template(
        "public/projects.html", found=found, url=url, query=kept, kinds=list(ProjectKind), steps=STEPS,
        step_of=step_of,
    )  # fmt: skip


@door.get("/projects.<any(json, csv, xlsx):suffix>")
@public
def projects_file(suffix: str) -> Response:
    """The same list, whole, as a file."""
    return download(project_rows(database(), asked_projects()), project_columns(), "projects", suffix)


@door.get("/projects/<code>")
@public
def project(code: str) -> str:
    """One project."""
    return render_template("public/project.html", page=project_page(database(), request.script_root, code, today()))


@door.get("/projects/<code>.<any(json, csv, xlsx):suffix>")
@public
def project_file(code: str, suffix: str) -> Response:
    """The ten steps of one project as a file."""
    page = project_page(database(), request.script_root, code, today())
    return download(stage_rows(page), stage_columns(_("第几步")), f"project-{code}", suffix, project=code)
