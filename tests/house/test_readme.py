"""README's map is the tree; both languages say the same."""

import re

import pytest

from tests.house.tree import ROOT

MAP = re.compile(r"^\|\s*`([a-z_./]+)`\s*\|", re.MULTILINE)


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_map_names_what_exists_and_all_of_it(readme: str) -> None:
    named = {m.rstrip("/") for m in MAP.findall((ROOT / readme).read_text(encoding="utf-8"))}
    missing = sorted(n for n in named if not (ROOT / n).exists())
    assert missing == []
    packages = {f"portal/{p.name}" for p in (ROOT / "portal").iterdir() if (p / "__init__.py").exists()}
    assert sorted(packages - named) == []


def test_both_readmes_show_the_same_commands_and_places() -> None:
    def facts(path: str) -> tuple[list[str], set[str]]:
        text = (ROOT / path).read_text(encoding="utf-8")
        blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        commands = [line.split("#")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]
        return commands, set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)))

    assert facts("README.md") == facts("README.zh-CN.md")
