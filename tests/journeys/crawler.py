"""An anonymous reader who follows every link of the site, and every file beside every list, and keeps what came back."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

SITE = "http://localhost"
LINK = re.compile(r"""<(a|link|form|script|img|use|image)\b[^>]*?\s(?:href|src|action|xlink:href)=["']([^"']*)["']""")
CODE = re.compile(r"(?<=/)[^/.?]*\d[^/.?]*")
POLICY = re.compile(r"/policies/[a-z0-9-]+")  # named by words
MODE = re.compile(r"(?<=[?&])(?:elder|contrast|unit)(?=&|$)")
BINARY = frozenset({"image/png", "image/jpeg", "application/pdf", "application/octet-stream", "application/x-tar"})
CSV_LINK = re.compile(r'href="([^"?]*)\.csv(\?[^"]*)?"')


@dataclass(frozen=True)
class Answer:
    """One answer, whole."""

    path: str
    status: int
    kind: str
    headers: dict[str, str]
    cookies: tuple[str, ...]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, as far as it is any; empty for a workbook."""
        if "sheet" in self.kind:
            return ""
        return self.body.decode(errors="replace" if self.is_binary else "strict")

    @property
    def is_binary(self) -> bool:
        """A drawing in points, or a file of the log."""
        return self.kind in BINARY

    @property
    def is_page(self) -> bool:
        """A page for people."""
        return self.kind.startswith("text/html")

    @property
    def sheets(self) -> list[str]:
        """Addresses of the files that a page offers, with `{}` for the suffix."""
        return [f"{unescape(base)}.{{}}{unescape(query)}" for base, query in CSV_LINK.findall(self.text)]

    @property
    def is_english(self) -> bool:
        """Under /en/."""
        return self.path == "/en/" or self.path.startswith("/en/")


@dataclass
class Crawl:
    """`most` bounds how many addresses of one shape (same route, same query keys) are fetched; with `modes` one in each."""

    client: FlaskClient
    most: int
    modes: bool = True
    answers: dict[str, Answer] = field(default_factory=dict)
    linked_from: dict[str, str] = field(default_factory=dict)
    shapes: Counter[str] = field(default_factory=Counter)

    def run(self, *starts: str) -> None:
        """Fetch everything that can be reached, breadth first."""
        waiting = deque(starts)
        seen = set(starts)
        while waiting:
            path = waiting.popleft()
            answer = fetch(self.client, path)
            self.answers[path] = answer
            for link in links_of(answer):
                kind = shape(link)
                modes = len(MODE.findall(kind))
                if link and link not in seen and self.shapes[kind] < (self.most, int(self.modes), 0)[min(modes, 2)]:
                    seen.add(link)
                    self.shapes[kind] += 1
                    self.linked_from[link] = path
                    waiting.append(link)


def shape(path: str) -> str:
    """The kind of an address: codes become `*`, a query its keys, a focus its kind."""
    parts = urlsplit(path)
    query = parse_qsl(parts.query, keep_blank_values=True)
    keys = sorted(f"{k}={v.split(':')[0]}" if k == "focus" else k for k, v in query)
    return CODE.sub("*", POLICY.sub("/policies/*", unquote(parts.path))) + "?" + "&".join(keys)


def fetch(client: FlaskClient, path: str) -> Answer:
    """One request without cookies."""
    response: TestResponse = client.get(path)
    answer = Answer(
        path,
        response.status_code,
        response.content_type or "",
        {k.lower(): v for k, v in response.headers.items()},
        tuple(response.headers.getlist("Set-Cookie")),
        response.get_data(),
    )
    response.close()
    return answer


def links_of(answer: Answer) -> Iterator[str]:
    """Every link of a page or drawing that stays on this site, without fragments."""
    if answer.status in (301, 302, 303, 307, 308):
        yield _local(answer.path, answer.headers["location"])
    elif answer.is_page or answer.kind.startswith("image/svg"):
        for _tag, href in LINK.findall(answer.text):
            target = _local(answer.path, unescape(href))
            if target:
                yield target


def _local(base: str, href: str) -> str:
    if href.startswith(("#", "tel:", "mailto:", "data:")):
        return ""
    parts = urlsplit(urljoin(SITE + base, href))
    if parts.scheme not in ("http", "https") or parts.hostname != "localhost":
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")
