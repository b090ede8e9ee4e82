"""A helper's phone: a real Chromium with a profile of its own, which may be killed and opened again."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyotp
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError
from sqlalchemy import Engine, select, update

from portal.accounts.devices.actions import issue_code
from portal.accounts.models import LoginSession, SignInState, User
from portal.kernel.database import now_utc, reading, writing
from portal.kernel.sealing import Keyring
from portal.registers.helpers.check_ins.claims.models import Claim, Outcome
from tests.browser.chromium import FLAGS, NAMES

USERNAME = "demo-helper"
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
PLACE = {"latitude": 33.8126, "longitude": 119.3125, "accuracy": 12}

BY_DAY = """(() => {
  const at = new Date();
  const hour = () => (at.getUTCHours() + 8) % 24;
  while (hour() < 11 || hour() >= 22) at.setUTCHours(at.getUTCHours() - 1);
  return at.toISOString();
})()"""
# Now, or as many hours before as make it a time of day in China: what is claimed at night is asked about.
FILL = """
async ({ n, side, photos }) => {
  const { shrink, keep } = await import('/static/app/work/photos.js');
  const { addCheckIn } = await import('/static/app/work/queue.js');
  const { queueKey } = await import('/static/app/work/device.js');
  const { required } = await import('/static/app/work/session.js');
  const { known } = await import('/static/app/work/sync.js');
  const { take } = await import('/static/app/work/nonces.js');
  const { uuid } = await import('/static/app/core/bytes.js');
  const { owner } = required();
  const key = await queueKey(owner);
  const homes = (await known()).households;
  const ids = [];
  for (let i = 0; i < n; i++) {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = side;
    const image = new ImageData(side, side);
    for (let at = 0; at < image.data.length; at += 65536) {
      crypto.getRandomValues(image.data.subarray(at, Math.min(at + 65536, image.data.length)));
    }
    for (let at = 3; at < image.data.length; at += 4) image.data[at] = 255;
    canvas.getContext('2d').putImageData(image, 0, 0);
    const kept = photos ? [await keep(key, owner, await shrink(canvas, side, side))] : [];
    const nonce = await take();
    const home = homes[i % homes.length];
    const id = uuid();
    await addCheckIn(id, {
      household_no: home.no, captured_at: BY_DAY, location: null, no_location_reason: '没有卫星信号',
      visit: 'done', photos: kept.map((p) => p.sha256), activities: ['核对收入'], note: '',
      ...(nonce ? { nonce: nonce.nonce } : {}), offline: true,
    }, { name: home.name, photos: kept });
    ids.push(id);
  }
  return ids;
}
""".replace("BY_DAY", BY_DAY)
DUMP = """
async () => {
  const answer = (request) => new Promise((yes, no) => {
    request.onsuccess = () => yes(request.result);
    request.onerror = () => no(request.error);
  });
  const plain = (value) => {
    if (value instanceof CryptoKey) return `key, can be taken out: ${value.extractable && value.type !== 'public'}`;
    if (value instanceof ArrayBuffer) return new TextDecoder('latin1').decode(value) + new TextDecoder().decode(value);
    if (Array.isArray(value)) return value.map(plain);
    if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
    return value;
  };
  const stores = {};
  const databases = (await indexedDB.databases()).map((d) => d.name);
  for (const database of databases) {
    const db = await answer(indexedDB.open(database));
    for (const name of db.objectStoreNames) {
      const store = db.transaction(name).objectStore(name);
      const [keys, values] = await Promise.all([answer(store.getAllKeys()), answer(store.getAll())]);
      stores[name] = values.map(plain);
      stores[`keys of ${name}`] = keys.map(plain);
    }
    db.close();
  }
  const cached = {};
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) cached[request.url] = await (await cache.match(request)).text();
  }
  const rest = { cookies: document.cookie, name: window.name, history: history.state, address: location.href, title: document.title };
  return { stores, cached, local: { ...localStorage }, session: { ...sessionStorage }, databases, rest };
}
"""


@dataclass(frozen=True)
class PhoneSite:
    """The demonstration village with one helper, served."""

    url: str
    app: Flask
    account: dict[str, Any]

    @property
    def engine(self) -> Engine:
        """Its database."""
        engine: Engine = self.app.extensions["portal.installation"].engine
        return engine

    @property
    def keyring(self) -> Keyring:
        """Its keys."""
        keyring: Keyring = self.app.extensions["portal.installation"].keyring
        return keyring

    @property
    def helper_no(self) -> str:
        """Whose phone it is."""
        with reading(self.engine) as session:
            return str(session.scalars(select(User.helper_no).where(User.username == USERNAME)).one())

    def otp(self) -> str:
        """The code that the authenticator shows now; the test signs in more often than a person."""
        with writing(self.engine) as session:
            session.execute(update(SignInState).values(last_totp_step=0, failures=0, blocked_until=None))
        return pyotp.parse_uri(self.account["otpauth"]).now()  # type: ignore[union-attr]  # it is a TOTP

    def code(self) -> str:
        """A fresh enrolment code, as the township office makes one."""
        helper_no = self.helper_no
        with writing(self.engine) as session:
            return issue_code(session, "user:clerk", helper_no, now_utc()).code

    def end_sessions(self) -> None:
        """Every sign-in ends, as after twelve hours."""
        with writing(self.engine) as session:
            session.execute(update(LoginSession).where(LoginSession.ended_at.is_(None)).values(ended_at=now_utc()))

    def claims(self, ids: list[str]) -> list[Claim]:
        """The accepted claims with these ids, in the order of receipt."""
        with reading(self.engine) as session:
            wanted = (Claim.claim_id.in_(ids), Claim.outcome == Outcome.ACCEPTED)
            return list(session.scalars(select(Claim).where(*wanted).order_by(Claim.id)))


@dataclass
class Phone:
    """One phone: `open` starts it, `kill` takes its battery out."""

    site: PhoneSite
    browser: Browser
    profile: Path
    options: dict[str, Any] = field(default_factory=dict)
    flags: list[str] = field(default_factory=lambda: list(CAMERA))
    context: BrowserContext | None = None
    page: Page = field(init=False)
    errors: list[str] = field(default_factory=list)

    def open(self, path: str = "/app/", *, offline: bool = False) -> Page:
        """Start the browser on its profile and go to a page of the client."""
        executable = next(found for name in NAMES if (found := shutil.which(name)))
        asked: dict[str, Any] = {
            "viewport": {"width": 390, "height": 844}, "geolocation": PLACE, "permissions": ["geolocation", "camera"],
        } | self.options  # fmt: skip
        self.context = self.browser.browser_type.launch_persistent_context(
            str(self.profile), executable_path=executable, args=[*FLAGS, *self.flags], **asked
        )
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.context.set_offline(offline)
        self.go(path)
        return self.page

    def go(self, path: str) -> None:
        """Open an address of the client and wait until its modules have drawn it."""
        self.page.goto(self.site.url + path)
        self.page.wait_for_selector("html[data-ready=yes]")

    def offline(self, off: bool = True) -> None:
        """Switch the network off or on."""
        assert self.context is not None
        self.context.set_offline(off)

    def kill(self) -> None:
        """SIGKILL the browser: nothing is told, nothing is flushed."""
        mark = f"--user-data-dir={self.profile}".encode()
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                if mark in (entry / "cmdline").read_bytes().split(b"\0"):
                    os.kill(int(entry.name), signal.SIGKILL)
        self.close()
        (self.profile / "SingletonLock").unlink(missing_ok=True)

    def close(self) -> None:
        """Close the browser, if it still runs."""
        context, self.context = self.context, None
        if context is not None:
            with contextlib.suppress(PlaywrightError):
                context.close()

    def sign_in(self) -> None:
        """Fill the sign-in page and wait for what follows it."""
        self.page.wait_for_selector("#username")
        self.page.fill("#username", USERNAME)
        self.page.fill("#password", self.site.account["password"])
        self.page.fill("#otp", self.site.otp())
        self.page.click("button[type=submit]")
        self.page.wait_for_selector("#username", state="detached")

    def enrol(self) -> None:
        """Type the code of the township office and wait for the tasks."""
        self.page.wait_for_selector("#code")
        self.page.fill("#code", self.site.code())
        self.page.click("button[type=submit]")
        self.page.wait_for_selector(".ring")

    def set_up(self) -> Page:
        """A phone that is signed in, enrolled, has its files and its worker."""
        self.open()
        self.sign_in()
        self.enrol()
        self.until("navigator.serviceWorker.ready.then(r => Boolean(r.active?.state === 'activated'))")
        return self.page

    def fill(self, n: int, *, side: int = 64, photos: bool = True) -> list[str]:
        """Save visits by the client's own modules; their ids in order."""
        ids: list[str] = self.page.evaluate(FILL, {"n": n, "side": side, "photos": photos})
        return ids

    def states(self) -> dict[str, int]:
        """How many items of the queue are in which state."""
        counted: dict[str, int] = self.page.evaluate(
            "import('/static/app/work/queue.js').then(q => q.counts()).then(({oldest, ...rest}) => rest)"
        )
        return counted

    def until(self, asked: str, seconds: float = 60) -> None:
        """Wait until an expression of the page, or what it promises, is true."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(asked):
            if time.monotonic() > end:
                raise TimeoutError(f"{asked}: {self.states()} {self.page.inner_text('main')[:500]}")
            self.page.wait_for_timeout(50)

    def upload(self) -> None:
        """Try to send now, as 立即上传 does."""
        self.page.evaluate("import('/static/app/work/upload.js').then(u => u.now())")

    def wait_sent(self, at_least: int = 0) -> None:
        """Wait until nothing waits, or until so many have gone."""
        asked = f"c.sent >= {at_least}" if at_least else "c.waiting === 0"
        self.until(f"import('/static/app/work/queue.js').then(q => q.counts()).then(c => {asked})")

    def dump(self) -> dict[str, Any]:
        """Everything that lies on the phone, with bytes read as text."""
        dumped: dict[str, Any] = self.page.evaluate(DUMP)
        return dumped
