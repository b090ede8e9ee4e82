"""`/questions`: what people asked and what they were told; asking; joining one; and how far one's own is."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from portal.kernel.errors import BadFields, ProductError
from portal.public.door import door
from portal.public.forms.questions import CodeForm, QuestionForm
from portal.public.pages import questions as pages
from portal.public.pages.report import asked_about, place_choices
from portal.publishing.questions.queries import get_public
from portal.registers.recipients.requests.rules import read_no
from portal.web import access, proof_of_work, questions
from portal.web.access import public
from portal.web.elder import without_modes
from portal.web.exports import download
from portal.web.filters import today
from portal.web.paging import read_cursor
from portal.web.report_subjects import find_about, place_of
from portal.web.sessions import database

MAX_BODY = 20_000
Page = str | tuple[str, int] | AnyResponse


@door.get("/questions")
@public
def public_questions() -> str:
    """What is public, the latest first."""
    inside, spoken = request.args.get("in", "").strip(), request.args.get("subject", "").strip()
    found = pages.questions_page(database(), inside, spoken, read_cursor(request.args.get("after"), 2), today())
    kept = without_modes("after")

    def url(cursor: str | None) -> str:
        query = "&".join(part for part in (kept, f"after={cursor}" if cursor else "") if part)
        return f"{request.script_root}/questions" + (f"?{query}" if query else "")

    return render_template("public/questions.html", found=found, url=url, query=kept)


@door.get("/questions.<any(json, csv, xlsx):suffix>")
@public
def public_questions_file(suffix: str) -> Response:
    """The same list, whole, as a file."""
    inside, spoken = request.args.get("in", "").strip(), request.args.get("subject", "").strip()
    rows = pages.question_rows(database(), pages.all_questions(database(), inside, spoken))
    return download(rows, pages.question_columns(), "questions", suffix)


@door.get("/questions/<no>")
@public
def public_question(no: str) -> str:
    """One question with its answer, or that it was taken down."""
    row = get_public(database(), no)
    place = pages.places_of(database(), [row])[row.division_code]
    return render_template("public/question.html", q=row, place=place)


@door.get("/questions/<no>.<any(json, csv, xlsx):suffix>")
@public
def public_question_file(no: str, suffix: str) -> Response:
    """One question as a file."""
    rows = pages.question_rows(database(), [get_public(database(), no)])
    return download(rows, pages.question_columns(), f"question-{no}", suffix)


@door.post("/questions/<no>")
@public(csrf=False, max_body=MAX_BODY)
def public_question_joined(no: str) -> AnyResponse:
    """我也想知道: one more."""
    questions.join_one(no)
    return redirect(access.path_of(f"/questions/{no}"), 303)


@door.get("/questions/new")
@public
def question_new() -> str:
    """The form, with what it is about, and what was asked about it already."""
    form, about = QuestionForm(), asked_about(database(), today())
    form.subject.data = about.spoken if about else ""
    form.division.data = about.division if about else ""
    return _form(form)


@door.post("/questions/new")
@public(csrf=False, max_body=MAX_BODY)
def question_sent() -> Page:
    """Take it; the receipt is shown once."""
    form = QuestionForm.from_request()
    about = find_about(database(), form.subject.data or "", today())
    try:
        place = place_of(database(), form.division.data or "", about)
        receipt = questions.take(form.asked(place), form.altcha.data or "")
    except BadFields as error:
        form.blame_all(error)
        return _form(form), error.status
    except ProductError as error:
        return _refused(form, error)
    return render_template("public/question_sent.html", receipt=receipt), 201


def _refused(form: QuestionForm, error: ProductError) -> AnyResponse:
    response = make_response(_form(form, error), error.status)
    if (seconds := getattr(error, "retry_after", None)) is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


def _form(form: QuestionForm, error: ProductError | None = None) -> str:
    session, spoken = database(), form.subject.data or ""
    form.division.choices, form.altcha.data = place_choices(session, today()), ""
    about = find_about(session, spoken, today())
    like = pages.all_questions(session, "", spoken)[:5] if about else []
    return render_template(
        "public/question_new.html", form=form, error=error, about=about, like=like,
        challenge=proof_of_work.challenge(questions.PURPOSE),
    )  # fmt: skip


@door.get("/questions/find")
@public
def question_find() -> Page:
    """From the locator on the receipt to its page."""
    if no := read_no(request.args.get("no", "")):
        return redirect(access.path_of(f"/questions/asked/{no}"), 303)
    return render_template("public/question_find.html")


@door.get("/questions/asked/<locator>")
@public
def question_asked(locator: str) -> str:
    """The page that asks for the code; the same for every locator."""
    return render_template("public/question_asked.html", no=read_no(locator), form=CodeForm(), told=None)


@door.post("/questions/asked/<locator>")
@public(csrf=False, max_body=MAX_BODY)
def question_told(locator: str) -> Page:
    """How far one's own question is."""
    form, no = CodeForm.from_request(), read_no(locator)
    try:
        told = questions.prove(no, form.code.data or "")
    except ProductError as error:
        form.code.data = ""
        response = make_response(
            render_template("public/question_asked.html", no=no, form=form, told=None, error=error), error.status
        )
        if (seconds := getattr(error, "retry_after", None)) is not None:
            response.headers["Retry-After"] = str(seconds)
        return response
    return render_template("public/question_asked.html", no=no, form=form, told=told)
