"""Addresses of pictures of the flow, and where each of their nodes leads."""

from __future__ import annotations

from urllib.parse import quote

ROOTABLE = frozenset({"source", "kind", "unit", "area"})


def flow_query(year: int | None, focus: str = "") -> str:
    """The query of a picture's address."""
    given = f"year={year}"
    return f"{given}&focus={quote(focus, safe=':')}" if focus else given


def node_subject(node_id: str) -> str:
    """What a report about a node is about (`kind:no`); blank for what stands for several."""
    kind, _colon, rest = node_id.partition(":")
    code = rest.rpartition("@")[0] if rest[-2:-1] == "@" else rest
    name = {"small": "area", "payees": "programme"}.get(kind, kind)
    return f"{name}:{code}" if code and name in (*ROOTABLE, "project", "programme") else ""


def node_href(node_id: str, year: int | None, focus: str) -> str:
    """Where a node leads; what has no page of its own leads to the table."""
    kind, _colon, rest = node_id.partition(":")
    code = rest.rpartition("@")[0] if rest[-2:-1] == "@" else rest
    if kind in ROOTABLE and code:
        return "/flow?" + flow_query(year, f"{kind}:{code}")
    if kind == "small" and code:
        return "/flow?" + flow_query(year, f"area:{code}")
    if kind == "project" and code:
        return f"/projects/{quote(code, safe='')}"
    if kind == "payees" and code:
        return f"/funds/{quote(code, safe='')}"
    return "/flow/table?" + flow_query(year, focus)
