"""Pages that need no register: they stand on an empty installation, in both languages."""

import re

import pytest
from flask.testing import FlaskClient

from portal.kernel.database import now_utc
from portal.settings import Settings
from portal.trail import merkle
from portal.trail.monthly import month_of
from portal.trail.note import LogKey
from portal.trail.publish import LogFiles, extend

STILL = [
    "/about",
    "/about/accessibility",
    "/about/privacy",
    "/about/method",
    "/sitemap",
    "/data",
    "/data/flow",
    "/log/",
]
HAN = re.compile(r"[\u4e00-\u9fff]+")


@pytest.mark.parametrize("path", STILL)
def test_a_still_page_opens_without_data_and_without_login(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert text.count("<h1") == 1
    assert "set-cookie" not in {name.lower() for name, _value in answer.headers}
    assert "<script" not in re.sub(r"<script src=[^>]+></script>", "", text)
    assert "nonce" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", STILL)
def test_the_english_page_is_english(client: FlaskClient, path: str) -> None:
    text = client.get("/en" + path).get_data(as_text=True)
    shown = re.sub(r"<[^>]+>", " ", re.sub(r"<svg class=\"defs\".*?</svg>", "", text, flags=re.S))
    allowed = {"阳光帮扶", "中文", "县农业农村局（演示）", "县农业农村局", "演示", "县大数据管理中心"}
    assert {word for word in HAN.findall(shown) if word not in allowed} == set()
    assert 'href="/en/about/method"' in text


def test_unknown_addresses_get_a_page_with_a_request_number(client: FlaskClient) -> None:
    answer = client.get("/nothing-here")
    assert answer.status_code == 404
    assert answer.headers["X-Request-Id"] in answer.get_data(as_text=True)
    assert "<title>错误：" in answer.get_data(as_text=True)


def test_the_root_of_the_english_site_is_one_address(client: FlaskClient) -> None:
    answer = client.get("/en")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/en/")


def test_health_says_whether_the_database_answers(client: FlaskClient) -> None:
    assert client.get("/healthz/live").json == {"ok": True}
    assert client.get("/healthz/ready").json["ok"] is True  # type: ignore[index]
    assert client.get("/healthz/ready").headers["Cache-Control"] == "no-store"


def test_the_log_serves_its_files_and_nothing_beside_them(client: FlaskClient, settings: Settings) -> None:
    (settings.log_dir / "tile/0").mkdir(parents=True)
    (settings.log_dir / "checkpoint").write_text("a/log\n12\nc29tZXJvb3Q=\n\n— a/log sig\n", encoding="utf-8")
    (settings.log_dir / "key").write_text("a/log+1+key\n", encoding="utf-8")
    (settings.log_dir / "tile/0/000").write_bytes(b"\x01\x02")
    (settings.home / "secret").write_text("no")
    checkpoint = client.get("/log/checkpoint")
    assert checkpoint.get_data().startswith(b"a/log\n12\n")
    assert checkpoint.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert checkpoint.headers["Cache-Control"] == "public, max-age=5"
    tile = client.get("/log/tile/0/000")
    assert (tile.get_data(), tile.headers["Content-Type"]) == (b"\x01\x02", "application/octet-stream")
    assert "immutable" in tile.headers["Cache-Control"]
    assert "c29tZXJvb3Q=" in client.get("/log/").get_data(as_text=True)
    assert "import" in client.get("/log/verifier.py").get_data(as_text=True)
    assert "import" in client.get("/log/recount.py").get_data(as_text=True)
    for path in ("/log/tile/../../secret", "/log/tile/%2e%2e/%2e%2e/secret", "/log/tile/9/999", "/log/secret"):
        assert client.get(path).status_code == 404


def test_the_log_is_handed_out_by_month(client: FlaskClient, settings: Settings) -> None:
    files = LogFiles(settings.log_dir)
    key = LogKey("a/log", bytes(32))
    files.put_key(key.vkey)
    leaves = [b"one", b"two"]
    root, new = extend(0, leaves, [merkle.leaf_hash(leaf) for leaf in leaves], files)
    files.put_new({**new, "closed/2026-01": key.sign(2, root).encode(), "kinds/2026-01.json": b"{}\n"})
    files.put_checkpoint(key.sign(2, root))
    over = client.get("/log/bundle/2026-01")
    running = client.get(f"/log/bundle/{month_of(now_utc())}")
    assert over.get_data() == running.get_data()
    assert over.headers["Content-Type"] == "application/x-tar"
    assert ("immutable" in over.headers["Cache-Control"], "immutable" in running.headers["Cache-Control"]) == (
        True,
        False,
    )
    assert client.get("/log/bundle/2026-01", headers={"If-None-Match": over.headers["ETag"]}).status_code == 304
    kinds = client.get("/log/kinds/2026-01.json")
    assert (kinds.get_data(), kinds.headers["Content-Type"]) == (b"{}\n", "application/json")
    for path in ("/log/bundle/2099-01", "/log/bundle/2025-12", "/log/bundle/x", "/log/kinds/2025-12.json"):
        assert client.get(path).status_code == 404
        assert "没有这个月份" in client.get(path).get_data(as_text=True)
    assert "三十天" in client.get(f"/log/kinds/{month_of(now_utc())}.json").get_data(as_text=True)


def test_elder_mode_is_kept_in_a_cookie_that_names_nobody(client: FlaskClient) -> None:
    answer = client.get("/about?elder=1")
    assert "elder=1;" in answer.headers["Set-Cookie"]
    assert 'class="elder"' in answer.get_data(as_text=True)
    assert 'class="elder"' in client.get("/about", headers={"Cookie": "elder=1"}).get_data(as_text=True)
    assert "elder=;" in client.get("/about?elder=0").headers["Set-Cookie"]
