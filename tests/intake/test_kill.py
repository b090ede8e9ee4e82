"""kill -9 in the middle of an import leaves all of the file or nothing of it, and the next try goes through."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from portal.intake.actions import Sender
from portal.intake.files import Sources
from portal.intake.importing import Wish, import_file
from portal.intake.kinds import find_kind
from portal.intake.staging import remove_leftovers
from portal.kernel.database import reading
from portal.kernel.sheets.reading import UNPACKED
from portal.settings import PROJECT_ROOT, Settings
from tests.intake.conftest import fill_county
from tests.intake.killed_import import STEPS

ROWS = 300
SOAK = bool(os.environ.get("YANGGUANG_SOAK"))
RANDOM_KILLS = 150 if SOAK else 1  # on each database
TRIED = tuple(STEPS) if SOAK else ("after the trail", "after the rows", "before the commit", "after the commit")


def payments(path: Path, rows: int, batch: str) -> Path:
    """A file of payments of one batch."""
    lines = [f"{batch},{n},B2,张三,{100 + n},2026-04-02" for n in range(1, rows + 1)]
    path.write_text("\n".join(["批次号,序号,拨付编号,收款人,金额,发放日期", *lines]))
    return path


def start(settings: Settings, step: str, file: Path) -> subprocess.Popen[str]:
    """The process that will be killed; returns once it is about to begin."""
    environment = {**os.environ, "YANGGUANG_HOME": str(settings.home), "YANGGUANG_DATABASE_URL": settings.database_url}
    command = [sys.executable, "-m", "tests.intake.killed_import", step, "payments", str(file)]
    process = subprocess.Popen(
        command, cwd=PROJECT_ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n", process.communicate()
    return process


def standing(sources: Sources, batch: str) -> tuple[int, int, int, int]:
    """Payments of the batch, their heads, trail batches of imports by the killed process, and import batches."""
    with reading(sources.engine) as session:
        asked = (
            "SELECT count(*) FROM payments WHERE batch_no = :batch",
            "SELECT count(*) FROM trail_heads h JOIN trail_tables t ON t.id = h.table_id JOIN payments p ON p.id = h.pk"
            " WHERE t.name = 'payments' AND p.batch_no = :batch",
            "SELECT count(*) FROM trail_batches WHERE actor = 'cli:killed'",
            "SELECT count(*) FROM import_batches WHERE maker = 'cli:killed'",
        )
        rows, heads, batches, imports = (
            int(session.execute(text(s), {"batch": batch} if ":batch" in s else {}).scalar_one()) for s in asked
        )
        return rows, heads, batches, imports


def again(sources: Sources, file: Path) -> dict[str, object]:
    return import_file(sources, file, Wish(find_kind("payments")), Sender("cli:again"))


def test_death_at_every_step_leaves_all_or_nothing(settings: Settings, sources: Sources, tmp_path: Path) -> None:
    fill_county(sources)
    whole = 0
    for number, step in enumerate(TRIED):
        file = payments(tmp_path / f"{number}.csv", ROWS, f"FF{number}")
        process = start(settings, step, file)
        _out, said = process.communicate()
        assert process.returncode == -9, (step, said)
        rows, heads, batches, imports = standing(sources, f"FF{number}")
        whole += rows == ROWS
        assert (rows, heads) in ((0, 0), (ROWS, ROWS)) and batches == imports == whole, step
        assert rows == (ROWS if step == "after the commit" else 0), step
    assert again(sources, tmp_path / "0.csv")["accepted"] == ROWS and standing(sources, "FF0")[:2] == (ROWS, ROWS)
    assert again(sources, file)["batch"] is None


def test_death_at_a_random_moment_leaves_all_or_nothing(settings: Settings, sources: Sources, tmp_path: Path) -> None:
    fill_county(sources)
    chance = random.Random(20261121)
    for number in range(RANDOM_KILLS):
        file = payments(tmp_path / f"{number}.csv", 2_000, f"R{number}")
        process = start(settings, "", file)
        time.sleep(chance.uniform(0.05, 1.5))
        process.kill()
        process.communicate()
        rows, heads, _, _ = standing(sources, f"R{number}")
        assert (rows, heads) in ((0, 0), (2_000, 2_000))
        answer = again(sources, file)
        assert answer["accepted"] == 2_000 - rows


@pytest.mark.timeout(3600 if SOAK else 300)
def test_leftover_staging_files_do_no_harm_and_can_be_swept(
    settings: Settings, sources: Sources, tmp_path: Path
) -> None:
    fill_county(sources)
    process = start(settings, "staged", payments(tmp_path / "a.csv", 10, "FF1"))
    process.communicate()
    left = [*settings.staging_dir.glob("*.staged"), *settings.staging_dir.glob(f"{UNPACKED}*")]
    assert left and remove_leftovers(settings.staging_dir, set(), 3600, time.time()) == 0
    assert remove_leftovers(settings.staging_dir, set(), 3600, time.time() + 7200) == len(left)
    assert not any(settings.staging_dir.iterdir())


def test_a_sheet_left_unpacked_in_the_clear_is_swept_within_hours(tmp_path: Path) -> None:
    folder = tmp_path / f"{UNPACKED}abc"
    folder.mkdir()
    (folder / "table.arrow").write_bytes(b"rows in the clear")
    assert remove_leftovers(tmp_path, set(), 86_400, time.time()) == 0
    assert remove_leftovers(tmp_path, set(), 86_400, time.time() + 3_700) == 1
    assert not folder.exists()
