"""Templates: nothing inline that the content policy would forbid, nothing untranslated, no rule of the trade."""

import re

import pytest

from tests.house.tree import name, templates

HAN = re.compile(r"[\u4e00-\u9fff]")
TRANSLATED = re.compile(r"\{[{%-][\s\S]*?[%}]\}|\{#[\s\S]*?#\}|\{%-?\s*trans[\s\S]*?endtrans\s*-?%\}")


@pytest.mark.parametrize("path", templates(), ids=name)
def test_a_template_is_clean(path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=", source), "inline style: use a class (the content policy forbids it)"
    assert not re.search(r"\son[a-z]+=\"", source), "inline handler"
    assert "|safe" not in source.replace(" ", "").replace("|safe_", ""), "unescaped output needs Markup made in code"
    for script in re.findall(r"<(?:script|style)\b[^>]*>", source):
        assert "nonce=" in script or "src=" in script, f"{script} without nonce"
    bare = re.sub(r"\{%-?\s*trans[\s\S]*?endtrans\s*-?%\}", "", source)
    bare = re.sub(r"\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|\{#[\s\S]*?#\}", "", bare)
    assert not HAN.search(bare), f"text outside the catalogue: {HAN.search(bare)}"
