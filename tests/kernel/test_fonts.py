"""A font is a font with the signs that are needed, whatever its file is called."""

import shutil
from pathlib import Path

import pytest

from portal.kernel.fonts import NEEDED, Fonts, find_fonts


@pytest.fixture
def fonts() -> Fonts:
    found = find_fonts()
    assert found is not None, "no CJK font here: apt-get install fonts-noto-cjk (scripts/browser-needs does it)"
    return found


def test_the_machine_can_write_chinese(fonts: Fonts) -> None:
    assert all(Path(file).is_file() for file in fonts.files)
    assert fonts.sans and fonts.serif


def test_a_folder_without_fonts_has_none(tmp_path: Path) -> None:
    assert find_fonts(tmp_path) is None
    assert find_fonts(tmp_path / "nowhere") is None


def test_a_file_that_only_has_the_name_of_a_font_is_none(tmp_path: Path) -> None:
    (tmp_path / "NotoSansCJK-Regular.ttc").write_bytes(b"no font at all")
    assert find_fonts(tmp_path) is None


def test_a_font_under_a_promising_name_without_the_signs_is_none(tmp_path: Path) -> None:
    latin = next((p for p in Path("/usr/share/fonts").rglob("DejaVuSans.ttf")), None)
    if latin is None:
        pytest.skip("no Latin font here to take for the wrong one")
    shutil.copy(latin, tmp_path / "NotoSansSC-Regular.ttf")
    assert find_fonts(tmp_path) is None


def test_a_lone_sans_serves_for_the_serif(fonts: Fonts, tmp_path: Path) -> None:
    shutil.copy(fonts.files[0], tmp_path / Path(fonts.files[0]).name)
    alone = find_fonts(tmp_path)
    assert alone is not None and alone.sans == alone.serif == fonts.sans
    assert len(NEEDED) > 3
