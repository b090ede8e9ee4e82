"""/console/queue-files: a file that a phone made of what it could not upload: looked at, or its visits recorded."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, render_template
from flask_babel import gettext as _

from portal.accounts.permissions import Permission
from portal.intake.queues import Line, Queue, look_into, read_queue, take_in
from portal.kernel.database import now_utc, reading
from portal.kernel.errors import BadInput, ProductError
from portal.management import visit_words as words
from portal.management.forms.queues import UPLOADS, QueueForm
from portal.registers.helpers.check_ins.queries import Context
from portal.registers.helpers.queries import get_helper
from portal.web import access
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, installation, require_principal, short_write

blueprint = Blueprint("console_queues", __name__, template_folder="../templates", url_prefix="/console/queue-files")
Page = str | tuple[str, int]


@blueprint.get("")
@requires(Permission.ENROL_DEVICES)
def index() -> str:
    """Choose the file."""
    return _page(QueueForm.from_request())


def _page(form: QueueForm, error: ProductError | None = None, **said: object) -> str:
    return render_template("console/queue_file.html", form=form, error=error, words=words, **said)


@blueprint.post("")
@requires(Permission.ENROL_DEVICES, files=UPLOADS)
def handed_in() -> Page:
    """Open it and record each signed visit as if the phone had sent it; or only show what is in it."""
    form = QueueForm.from_request()
    try:
        if not form.file.data or not form.file.data.filename:
            raise BadInput(_("没有选文件"), fix=_("先选好手机导出的文件，再点继续"))
        queue = read_queue(installation().keyring, form.file.data.read())
        get_helper(database(), queue.helper_no, access.scopes(Permission.ENROL_DEVICES))
        taken = form.step.data == "take"
        lines = _take(queue) if taken else look_into(database(), queue)
    except ProductError as error:
        if error.status >= 500:
            raise
        return _page(form, error), error.status
    return _page(QueueForm(formdata=None), queue=queue, lines=lines, taken=taken)


def _take(queue: Queue) -> Sequence[Line]:
    here = installation()
    context = Context(require_principal().actor, here.settings.files_dir, request_no())
    return take_in(lambda: reading(here.engine), short_write, context, queue, now_utc)
