"""A village with one helper behind a real server, and phones for him."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import served_demo
from tests.browser.phone.handset import USERNAME, Phone, PhoneSite
from tests.factories.demo_homes import copy_village


@pytest.fixture(scope="session")
def phone_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhoneSite]:
    """The demonstration village of these tests: phones write to it."""
    home = tmp_path_factory.mktemp("phone") / "home"
    demo = served_demo(home, copy_village(tmp_path_factory, home))
    with demo as village:
        yield PhoneSite(village.url, demo.app, demo.accounts[USERNAME])


@pytest.fixture
def phones(phone_site: PhoneSite, browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Phone]]:
    """Makes phones; those still open are closed afterwards, and none may have thrown an error."""
    made: list[Phone] = []

    def make(**options: Any) -> Phone:
        flags = options.pop("flags", None)
        phone = Phone(phone_site, browser, tmp_path / f"phone-{len(made)}", options)
        if flags is not None:
            phone.flags = flags
        made.append(phone)
        return phone

    yield make
    for phone in made:
        phone.close()
    assert [error for phone in made for error in phone.errors] == []
