"""Whoever acted is named in words, whatever kind of actor the trail wrote down."""

import pytest
from flask import Flask

from portal.web.actors import actor_name


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("actor", "chinese", "english"),
    [
        ("citizen", "群众", "A member of the public"), ("card:K-123", "持卡的户 K-123", "The household with card K-123"),
        ("job:nightly", "系统", "System"), ("system", "系统", "System"), ("demo", "演示数据", "Demonstration data"),
        ("cli:root", "命令行 root", "Command line root"), (None, "", ""), ("user:nobody", "nobody", "nobody"),
    ],
)  # fmt: skip
def test_every_kind_of_actor_has_a_name(app: Flask, actor: str | None, chinese: str, english: str) -> None:
    for root, name in (("", chinese), ("/en", english)):
        with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
            assert actor_name(actor) == name
