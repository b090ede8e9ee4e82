"""Deny by default: a route without a declared permission does not exist."""

from flask import Flask

from portal.web.access import policy_of


def test_every_route_and_method_declares_its_policy(app: Flask) -> None:
    rules = [r for r in app.url_map.iter_rules() if r.endpoint != "static"]
    assert len(rules) > 30
    missing = [
        f"{method} {rule.rule} ({rule.endpoint})"
        for rule in rules
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if policy_of(app, rule.endpoint, method) is None
    ]
    assert missing == []
