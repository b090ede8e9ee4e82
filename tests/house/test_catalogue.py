"""The catalogue: every text a person can read has its English."""

import re

from babel.messages.pofile import read_po

from mobile_api.texts import modules
from tests.house.raised import raised
from tests.house.tree import ROOT, python_files, templates

CALL = re.compile(r"""\b_(?:l|)\(\s*(['"])((?:(?!\1)[^\\]|\\.)*)\1""")
HAN = re.compile(r"[\u4e00-\u9fff]")


def catalogue() -> dict[str, str]:
    with (ROOT / "portal/web/translations/en/LC_MESSAGES/messages.po").open("rb") as source:
        return {
            str(m.id if isinstance(m.id, str) else m.id[0]): str(m.string if isinstance(m.string, str) else m.string[0])
            for m in read_po(source)
            if m.id
        }


def used() -> set[str]:
    found: set[str] = set()
    for path in [*python_files(), *templates(), *modules()]:
        found |= {m.group(2) for m in CALL.finditer(path.read_text(encoding="utf-8"))}
    return {text for text in found if HAN.search(text)}


def test_every_text_has_its_english() -> None:
    known = catalogue()
    assert sorted(text for text in used() if not known.get(text)) == []


def test_the_english_is_english() -> None:
    allowed = re.compile(r"阳光帮扶|公示栏|中文|简体")
    errors = raised(ROOT)  # these name what is to be typed, and test_raised looks at them
    wrong = [f"{k} -> {v}" for k, v in catalogue().items() if k not in errors and HAN.search(allowed.sub("", v))]
    assert wrong == []
