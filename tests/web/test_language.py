"""Texts in templates: our own may hold marks and holes, what comes from the register is data in both languages."""

from flask import Flask, render_template_string

from portal.web.language import english

OURS = next(text for text in english().known if "%(n)s" in text and text.count("%") == 1)


def shown(app: Flask, template: str, prefix: str = "", **values: object) -> str:
    with app.test_request_context("/", base_url=f"http://localhost{prefix}"):
        return render_template_string(template, **values)


def test_a_basis_with_a_per_cent_sign_or_a_mark_is_shown_as_it_was_written(app: Flask) -> None:
    for prefix in ("", "/en"):
        assert shown(app, "{{ _(basis) }}", prefix, basis="超过30%的部分，<b>不计</b>") == (
            "超过30%的部分，&lt;b&gt;不计&lt;/b&gt;"
        )


def test_what_fills_a_hole_of_our_own_text_is_escaped(app: Flask) -> None:
    assert shown(app, "{{ _(text, n=name) }}", text=OURS, name="<i>") == OURS.replace("%(n)s", "&lt;i&gt;")


def test_english_is_chosen_by_the_address(app: Flask) -> None:
    word = "收入核算"
    assert shown(app, "{{ _(word) }}", word=word) == word
    assert shown(app, "{{ _(word) }}", "/en", word=word) == english().known[word]
