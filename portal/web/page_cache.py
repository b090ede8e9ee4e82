"""The page cache: a public page is a pure function of its address, language, mode and `data_version`.

It wraps the whole application, so that a warm page never reaches Flask: one cheap statement reads the version, one
look-up finds the finished bytes. A write raises the version in its own transaction, so it shows on the next request.
Only a view that says so is kept; consoles never do.
"""

from __future__ import annotations

import gzip
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import psycopg
from flask import Response, request
from sqlalchemy.engine import make_url

from portal.web.elder import mode_of, names_a_mode

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MARK = "yangguang.page"
READ_VERSION = "SELECT value FROM site_state WHERE name = 'data_version'"
LIMIT_BYTES = 64 << 20
LARGEST_PAGE = 1 << 20
NOT_KEPT = {"content-length", "content-encoding", "etag", "date", "x-request-id", "vary"}
CHINA_SECONDS = 8 * 3600
Headers = list[tuple[str, str]]


def keep(response: Response) -> Response:
    """Say that this answer is a public page which may be kept until the data change."""
    if request.method == "GET" and response.status_code == 200 and not response.is_streamed:
        request.environ[MARK] = True
    return response


class _Connection:
    """A raw connection that closes itself with its thread."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    def __del__(self) -> None:
        self.raw.close()


class VersionReader:
    """Reads `data_version` on a raw connection kept for each thread: no pool, no transaction, one statement."""

    def __init__(self, database_url: str) -> None:
        self.url = database_url
        self.kept = threading.local()

    def __call__(self) -> int | None:
        """The version; 0 before the first write; None when the database does not answer (then nothing is cached)."""
        for _attempt in (1, 2):
            try:
                if getattr(self.kept, "connection", None) is None:
                    self.kept.connection = self._connect()
                row = self.kept.connection.raw.execute(READ_VERSION).fetchone()
            except (sqlite3.Error, psycopg.Error):
                self.close()
            else:
                return int(row[0]) if row else 0
        return None

    def close(self) -> None:
        """Give back this thread's connection."""
        self.kept.connection = None

    def _connect(self) -> _Connection:
        url = make_url(self.url)
        if url.get_backend_name() == "sqlite":
            # Used by its own thread alone; but the collector may close it from another one.
            file = f"file:{url.database}?mode=ro"
            return _Connection(
                sqlite3.connect(file, uri=True, isolation_level=None, timeout=1, check_same_thread=False)
            )
        dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return _Connection(psycopg.connect(dsn, autocommit=True, prepare_threshold=1))


@dataclass(frozen=True)
class Kept:
    """One finished page in both encodings."""

    status: str
    headers: tuple[tuple[str, str], ...]
    plain: bytes
    packed: bytes
    etag: str

    @property
    def size(self) -> int:
        """Bytes held."""
        return len(self.plain) + len(self.packed) + 500


class PageCache:
    """WSGI wrapper with a store bounded in bytes; the least recently used page goes first."""

    def __init__(
        self, inner: WSGIApplication, version: Callable[[], int | None], limit_bytes: int = LIMIT_BYTES
    ) -> None:
        self.inner = inner
        self.version = version
        self.limit = limit_bytes
        self.pages: OrderedDict[tuple[object, ...], Kept] = OrderedDict()
        self.held = 0
        self.lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer from the store, else ask the application and keep what it marked."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self.inner(environ, start_response)
        version = self.version()
        if version is None:
            return self.inner(environ, start_response)
        day = int(time.time() + CHINA_SECONDS) // 86400  # "held for N days" changes at midnight
        cookie = environ.get("HTTP_COOKIE")
        query = environ.get("QUERY_STRING", "")
        mode = mode_of(environ) if cookie or names_a_mode(query) else None
        key = (environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", ""), query, mode, version, day)
        with self.lock:
            page = self.pages.get(key)
            if page is not None:
                self.pages.move_to_end(key)
        if page is None:
            fresh = self._render(key, environ, start_response)
            if not isinstance(fresh, Kept):
                return fresh
            page = fresh
        return _answer(page, environ, start_response)

    def _render(
        self, key: tuple[object, ...], environ: WSGIEnvironment, start_response: StartResponse
    ) -> Kept | Iterable[bytes]:
        caught: list[Any] = []

        def catch(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
            caught[:] = [status, headers, exc_info]
            return lambda _bytes: None

        body = self.inner(environ, catch)
        status, headers, exc_info = caught
        if not environ.get(MARK) or environ["REQUEST_METHOD"] == "HEAD":
            start_response(status, headers, exc_info)
            return body
        plain = b"".join(body)
        close = getattr(body, "close", None)
        if close is not None:
            close()
        page = _finish(status, headers, plain)
        if len(plain) <= LARGEST_PAGE:
            self._store(key, page)
        return page

    def _store(self, key: tuple[object, ...], page: Kept) -> None:
        with self.lock:
            old = self.pages.pop(key, None)
            self.held += page.size - (old.size if old else 0)
            self.pages[key] = page
            while self.held > self.limit and self.pages:
                _key, gone = self.pages.popitem(last=False)
                self.held -= gone.size


def _finish(status: str, headers: Headers, plain: bytes) -> Kept:
    kept = [(name, value) for name, value in headers if name.lower() not in NOT_KEPT]
    if not any(name.lower() == "cache-control" for name, _ in kept):
        kept.append(("Cache-Control", "public, max-age=0, must-revalidate"))
    kept.append(("Vary", "Accept-Encoding, Cookie"))
    etag = f'W/"{blake2b(plain, digest_size=12).hexdigest()}"'
    return Kept(status, tuple(kept), plain, gzip.compress(plain, 6, mtime=0), etag)


def _answer(page: Kept, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    headers = [*page.headers, ("ETag", page.etag)]
    if page.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
        start_response("304 Not Modified", [h for h in headers if h[0] != "Content-Type"])
        return [b""]
    packed = "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
    body = page.packed if packed else page.plain
    if packed:
        headers.append(("Content-Encoding", "gzip"))
    headers.append(("Content-Length", str(len(body))))
    start_response(page.status, headers)
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]
