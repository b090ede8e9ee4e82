"""/supervision/complaints/room, /relations, /openings: passphrases and keys, who is near whom, who saw an identity."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Blueprint, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.kernel.database import now_utc
from portal.kernel.errors import NotAllowed, NotFound, ProductError
from portal.oversight.complaints.handling.openings import actions as openings
from portal.oversight.complaints.handling.queries import list_openings_to_review
from portal.oversight.complaints.keys import actions as keys
from portal.oversight.complaints.keys.rules import new_personal
from portal.oversight.complaints.queries import open_identity
from portal.oversight.complaints.rotating.actions import rotate_organ
from portal.oversight.complaints.routing.actions import add_tenure, declare_relative
from portal.oversight.complaints.routing.queries import relations_of
from portal.oversight.complaints.routing.staff.queries import staff_of
from portal.registers.corrections import Act
from portal.registers.recipients.requests.rules import read_no
from portal.web import access
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.hidden_cursors import turn_hidden
from portal.web.sessions import database, require_principal, short_write, writes
from supervision import complaint_room as room
from supervision import complaint_words as words
from supervision.complaint_pages import case_of, complaint_of
from supervision.forms.complaints import PassphraseForm, PostForm, RelativeForm, UnlockForm

AT = "/supervision/complaints"
WORK, DECIDE = Permission.HANDLE_COMPLAINTS, Permission.DECIDE_COMPLAINTS
Page = str | tuple[str, int] | Response

blueprint = Blueprint("supervision_case_room", __name__, template_folder="../templates", url_prefix="/supervision")


@blueprint.get("/complaints/room")
@requires(WORK)
def show() -> str:
    """My room: open or closed, my passphrase, who of my organ holds the key."""
    return _room()


def _room(
    error: ProductError | None = None, unlocking: UnlockForm | None = None, setting: PassphraseForm | None = None
) -> str:
    staffed = [(one.no, organ) for organ in access.scopes(WORK) for one in staff_of(database(), organ)]
    unlocking = unlocking or UnlockForm(formdata=None, no=read_no(request.args.get("no", "")))
    setting = setting or PassphraseForm(formdata=None)
    return render_template(
        "supervision/complaint_room.html", it=room.room_page(staffed), error=error, unlocking=unlocking, setting=setting,
        wrong=bool(unlocking.errors or setting.errors),
    )  # fmt: skip


@blueprint.post("/complaints/room")
@requires(WORK)
def unlocked() -> Page:
    """Open it with the passphrase."""
    form = UnlockForm.from_request()
    came_from = f"/{no}" if (no := read_no(form.no.data or "")).isalnum() and no.isascii() else ""
    answer = make_response(redirect(access.path_of(AT + came_from), 303))
    if not form.sent_well():
        return _room(unlocking=form), 422
    try:
        room.open_with(form.passphrase.data, answer)
    except NotAllowed as error:
        return _room(error, unlocking=form), error.status
    return answer


@blueprint.post("/complaints/room/close")
@requires(WORK)
def closed() -> Response:
    """Close it."""
    answer = make_response(redirect(access.path_of(f"{AT}/room"), 303))
    room.close(answer)
    return answer


@blueprint.post("/complaints/room/passphrase")
@requires(WORK)
def passphrase_set() -> Page:
    """Set or change one's passphrase; made before the transaction, since it is slow."""
    form = PassphraseForm.from_request()
    if not form.sent_well():
        return _room(setting=form), 422
    try:
        personal = new_personal(form.first.data)
    except ProductError as error:
        return _room(error, setting=form), error.status
    with short_write() as session:
        keys.set_passphrase(session, require_principal().username, personal, _act(), now_utc())
    return redirect(access.path_of(f"{AT}/room"), 303)


@blueprint.post("/complaints/room/pair/<organ>")
@requires(DECIDE)
@writes
def pair_made(organ: str) -> Page:
    """The organ's first pair, shared with everybody of it who has set a passphrase."""
    access.check_scope(organ, DECIDE)
    people = [one.no for one in staff_of(database(), organ)]
    return _keys(lambda: keys.make_pair(database(), organ, people, _act(), now_utc()))


@blueprint.post("/complaints/room/grant/<organ>/<username>")
@requires(WORK)
@writes
def granted(organ: str, username: str) -> Page:
    """Share the organ's key with a colleague; a second person must agree."""
    if username not in [one.no for one in staff_of(database(), organ)]:
        raise NotFound("本机关没有这个人", fix="刷新页面")
    return _keys(lambda: keys.share_key(database(), room.need_opened(), organ, username, _act(), now_utc()))


@blueprint.post("/complaints/room/agree/<int:share_id>")
@requires(WORK)
@writes
def agreed(share_id: int) -> Page:
    """The second person agrees to a share."""
    if share_id not in [one.share_id for one in _colleagues() if one.may_agree]:
        raise NotFound("没有等待同意的这一项", fix="刷新页面")
    return _keys(lambda: keys.agree_share(database(), share_id, _act(), now_utc()))


def _colleagues() -> list[room.Colleague]:
    staffed = [(one.no, organ) for organ in access.scopes(WORK) for one in staff_of(database(), organ)]
    return list(room.room_page(staffed).colleagues)


@blueprint.post("/complaints/room/rotate/<organ>")
@requires(DECIDE)
@writes
def rotated(organ: str) -> Page:
    """A new pair for those who are still there; what is open is wrapped anew in the same transaction."""
    access.check_scope(organ, DECIDE)
    people = [one.no for one in staff_of(database(), organ)]
    return _keys(lambda: rotate_organ(database(), room.need_opened(), organ, people, _act(), now_utc()))


def _keys(do: Callable[[], object]) -> Page:
    try:
        do()
    except ProductError as error:
        return _room(error), error.status
    return redirect(access.path_of(f"{AT}/room"), 303)


@blueprint.get("/complaints/relations")
@requires(WORK)
def relations() -> str:
    """My declared relatives, and the posts of my organ's people."""
    return _relations()


def _relations(
    error: ProductError | None = None, relative: RelativeForm | None = None, post: PostForm | None = None
) -> str:
    relative, post = relative or RelativeForm(formdata=None), post or PostForm(formdata=None)
    return render_template(
        "supervision/complaint_relations.html", it=relations_of(database(), require_principal()), error=error,
        relative=relative, post=post, wrong=bool(relative.errors or post.errors), words=words,
    )  # fmt: skip


@blueprint.post("/complaints/relations/relative")
@requires(WORK)
@writes
def relative_declared() -> Page:
    """Declare a relative of mine."""
    form = RelativeForm.from_request()
    if not form.sent_well():
        return _relations(relative=form), 422
    me, place = require_principal(), next(iter(access.scopes(WORK)))
    try:
        declare_relative(database(), me.username, form.data, place, _act())
    except ProductError as error:
        return _relations(error, relative=form), error.status
    return redirect(access.path_of(f"{AT}/relations"), 303)


@blueprint.post("/complaints/relations/post")
@requires(DECIDE)
@writes
def post_added() -> Page:
    """Register somebody's post."""
    form = PostForm.from_request()
    if not form.sent_well():
        return _relations(post=form), 422
    try:
        add_tenure(database(), form.data, next(iter(access.scopes(DECIDE))), _act())
    except ProductError as error:
        return _relations(error, post=form), error.status
    return redirect(access.path_of(f"{AT}/relations"), 303)


@blueprint.get("/complaints/openings")
@requires(Permission.REVIEW_READS)
def reviewed() -> str:
    """For another organ: who saw the identity behind a complaint, why, and who agreed."""
    session, me, within = database(), require_principal(), access.scopes(Permission.REVIEW_READS)
    listed = turn_hidden(
        request.args.get("after"),
        2,
        lambda start, n: list_openings_to_review(session, me, within, start, n),
        lambda one: (one.asked_on.isoformat(), one.id),
    )
    return render_template(
        "supervision/complaint_openings.html", listed=listed,
        url=lambda after: access.path_of(f"{AT}/openings") + ("?" + urlencode({"after": after}) if after else ""),
    )  # fmt: skip


@blueprint.post("/complaints/<locator>/identity/<int:opening_id>")
@requires(DECIDE)
@writes
def identity_agreed(locator: str, opening_id: int) -> Page:
    """The second person agrees."""
    case = case_of(locator)
    openings.agree_identity(database(), case.locator, opening_id, _act(), now_utc())
    return redirect(access.path_of(f"{AT}/{case.locator}"), 303)


@blueprint.post("/complaints/<locator>/identity/open")
@requires(WORK)
def identity_opened(locator: str) -> Page:
    """See it, once; an attempt without a second person is refused, and an event."""
    case, unlocked_keys = case_of(locator), room.need_opened()
    try:
        with short_write() as session:
            openings.note_identity_seen(session, case.locator, _act(), now_utc())
    except NotAllowed:
        with short_write() as session:
            openings.note_identity_refused(session, case.locator, _act(), now_utc())
        raise
    said = open_identity(database(), complaint_of(case), unlocked_keys)
    return render_template("supervision/complaint_identity.html", c=case, said=said)


def _act(why: str | None = "") -> Act:
    return Act(require_principal().actor, why or "", request_no())
