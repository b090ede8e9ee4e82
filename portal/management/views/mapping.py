"""/console/imports/<no>/mapping and /console/imports/profiles: which column is which, saved for the next time."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from portal.accounts.permissions import Permission
from portal.intake.actions import version_of
from portal.intake.saved_profiles import (
    correct_profile,
    get_saved,
    list_saved,
    list_versions,
    retire_profile,
)
from portal.kernel.errors import ProductError
from portal.management import imports, mapping
from portal.management.forms.imports import UndoForm
from portal.web.access import path_of, requires
from portal.web.sessions import database, require_principal, short_write

blueprint = Blueprint("mapping", __name__, template_folder="../templates", url_prefix="/console/imports")
Page = str | tuple[str, int] | AnyResponse


@blueprint.get("/<no>/mapping")
@requires(Permission.IMPORT_FILES)
def show(no: str) -> Page:
    """Each column of the sheet with its first values, and what it may be."""
    return _mapping(mapping.mapping_of(no, request.args))


@blueprint.post("/<no>/mapping")
@requires(Permission.IMPORT_FILES)
def save(no: str) -> Page:
    """Save the mapping as a profile and read the upload by it; or use one that is offered."""
    shown = mapping.mapping_of(no, request.form)
    try:
        mapping.use(shown, request.form)
    except ProductError as error:
        if error.status >= 500:
            raise
        return _mapping(shown, error)
    return redirect(path_of(f"/console/imports/{no}"), 303)


def _mapping(shown: mapping.MappingPage, error: ProductError | None = None) -> Page:
    html = render_template(
        "console/imports_mapping.html", shown=shown, error=error, form=UndoForm(formdata=None), given=request.form,
        units=mapping.UNITS, page=imports, version=version_of(shown.batch),
    )  # fmt: skip
    return html, error.status if error else 200


@blueprint.get("/profiles")
@requires(Permission.IMPORT_FILES)
def profiles() -> Page:
    """The saved profiles that stand."""
    return render_template("console/profiles.html", saved=list_saved(database()), page=imports)


@blueprint.get("/profiles/<name>")
@requires(Permission.IMPORT_FILES)
def profile(name: str) -> Page:
    """One profile: what it says, who saved it, its earlier versions."""
    return _profile(name)


def _profile(name: str, error: ProductError | None = None) -> Page:
    saved = get_saved(database(), name)
    html = render_template(
        "console/profile.html", saved=saved, versions=list_versions(database(), name), page=imports, error=error,
        form=UndoForm(formdata=None), mine=mapping.may_change(saved), text=request.form.get("text", saved.text),
        why=request.form.get("why", ""),
    )  # fmt: skip
    return html, error.status if error else 200


@blueprint.post("/profiles/<name>")
@requires(Permission.IMPORT_FILES)
def change(name: str) -> Page:
    """Correct or retire a profile, with a reason; the earlier version stays on record."""
    form, actor = request.form, require_principal().actor
    version, why = form.get("version", ""), form.get("why", "")
    number = int(version) if version.isdigit() else 0
    retired = form.get("step") == "retire"
    try:
        mapping.check_changer(get_saved(database(), name))
        with short_write() as session:
            if retired:
                retire_profile(session, name, version=number, why=why, actor=actor)
            else:
                correct_profile(session, name, form.get("text", ""), version=number, why=why, actor=actor)
    except ProductError as error:
        if error.status >= 500:
            raise
        return _profile(name, error)
    return redirect(path_of("/console/imports/profiles" if retired else f"/console/imports/profiles/{name}"), 303)
