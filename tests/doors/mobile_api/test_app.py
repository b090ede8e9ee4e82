"""The page that serves the phone client: one shell, a worker with its scope, a manifest, cards; nothing personal."""

import gzip
import json
import re

import pytest
from flask.testing import FlaskClient

from mobile_api.texts import CLIENT, client_texts
from portal.settings import PROJECT_ROOT

SHELL_MOST = 120_000
TOKEN = re.compile(r"--([a-z0-9-]+):(#[0-9A-Fa-f]{3,6})")


def head_of(source: str) -> dict[str, object]:
    return {
        name: json.loads(value) for name, value in re.findall(r"^const (VERSION|HOME|FILES) = (.*);$", source, re.M)
    }


def fetched(client: FlaskClient, path: str) -> tuple[int, str, bytes]:
    """Status, type and bytes of a static file, which is closed again."""
    with client.get(path) as answer:
        return answer.status_code, answer.mimetype, answer.data


def data_of(page: str, name: str) -> dict[str, object]:
    found = re.search(rf"id=\"{name}\" hidden data-json='([^']*)'", page)
    assert found is not None
    read: dict[str, object] = json.loads(found.group(1))
    return read


@pytest.mark.parametrize("path", ["/app/", "/app/households/HH1", "/app/checkin", "/app/queue", "/app/sign-in"])
def test_every_address_of_the_client_is_the_same_shell(client: FlaskClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert page.data == client.get("/app/").data


def test_an_address_that_the_client_does_not_have_is_not_found(client: FlaskClient) -> None:
    assert client.get("/app/nothing-here").status_code == 404


def test_the_shell_runs_no_inline_script_and_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = client.get("/app/")
    text = page.get_data(as_text=True)
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "nonce" not in policy
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert [a for a in re.findall(r'(?:src|href)="([^"]+)"', text) if not a.startswith(("/", "#"))] == []


def test_the_worker_keeps_files_that_are_there_and_may_serve_the_whole_client(client: FlaskClient) -> None:
    worker = client.get("/app/sw.js")
    head = head_of(worker.get_data(as_text=True))
    assert worker.mimetype == "text/javascript"
    assert worker.headers["Cache-Control"] == "no-cache"
    assert head["HOME"] == "/app/"
    files = head["FILES"]
    assert isinstance(files, list)
    assert {fetched(client, file)[0] for file in files} == {200}
    assert {f"/static/app/{p.relative_to(CLIENT).as_posix()}" for p in CLIENT.rglob("*.js")} - set(files) == {
        "/static/app/sw.js"
    }


def test_the_english_client_has_its_own_scope_and_its_own_kept_files(client: FlaskClient) -> None:
    chinese = head_of(client.get("/app/sw.js").get_data(as_text=True))
    english = head_of(client.get("/en/app/sw.js").get_data(as_text=True))
    assert english["HOME"] == "/en/app/"
    assert str(english["VERSION"]).startswith("en.")
    assert chinese["VERSION"] != english["VERSION"]


def test_every_text_of_the_client_has_its_english_in_the_shell(client: FlaskClient) -> None:
    page = client.get("/en/app/").get_data(as_text=True)
    texts = data_of(page, "texts")
    assert set(texts) == set(client_texts())
    assert [t for t, english in texts.items() if not english or re.search("[\u4e00-\u9fff]", str(english))] == []
    assert data_of(client.get("/app/").get_data(as_text=True), "texts") == {}


def test_the_words_of_a_visit_are_those_that_the_server_takes(client: FlaskClient) -> None:
    codes = data_of(client.get("/en/app/").get_data(as_text=True), "codes")
    activities = codes["activities"]
    assert isinstance(activities, list)
    assert ["核对收入", "Checked incomes"] in activities
    labels = [label for name in ("activities", "not_possible", "no_location", "needs") for _v, label in codes[name]]  # type: ignore[attr-defined]  # lists of pairs
    assert [label for label in labels if re.search("[\u4e00-\u9fff]", label)] == []


@pytest.mark.parametrize("root", ["", "/en"])
def test_the_manifest_makes_it_installable(client: FlaskClient, root: str) -> None:
    answer = client.get(f"{root}/app/manifest.webmanifest")
    manifest = json.loads(answer.data)
    assert answer.mimetype == "application/manifest+json"
    assert manifest["start_url"] == manifest["scope"] == f"{root}/app/"
    assert {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]} >= {
        ("192x192", "any"), ("512x512", "any"), ("512x512", "maskable"),
    }  # fmt: skip
    assert {fetched(client, icon["src"])[1] for icon in manifest["icons"]} == {"image/png"}


def test_the_shell_is_light(client: FlaskClient) -> None:
    sizes = {}
    for root in ("", "/en"):
        files = head_of(client.get(f"{root}/app/sw.js").get_data(as_text=True))["FILES"]
        assert isinstance(files, list)
        sizes[root] = sum(len(gzip.compress(fetched(client, file)[2], 6)) for file in files)
    assert 10_000 < max(sizes.values()) <= SHELL_MOST, sizes


def test_policy_cards_say_what_they_rest_on_and_that_nothing_is_set(client: FlaskClient) -> None:
    told = json.loads(client.get("/app/policies.json").data)
    assert told["income_line_fen"] is None
    by_code = {card["code"]: card for card in told["cards"]}
    assert "还没有录入" in by_code["line"]["text"]
    assert "务工工资" in by_code["counted"]["text"]
    assert "医疗报销" in by_code["not-counted"]["text"]
    assert "30 天" in by_code["visits"]["text"]
    english = json.loads(client.get("/en/app/policies.json").data)
    assert not re.search("[\u4e00-\u9fff]", json.dumps(english, ensure_ascii=False))


def test_the_tokens_are_those_of_all_other_pages() -> None:
    own, house = (
        dict(TOKEN.findall((PROJECT_ROOT / "static" / name).read_text(encoding="utf-8").split("}")[0]))
        for name in ("app/app.css", "css/base.css")
    )
    assert own.items() <= house.items()
