"""By month the log hands out the whole of itself in one file, and later what its sealed leaves were."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from portal.kernel.database import WRITING
from portal.kernel.errors import NotFound
from portal.settings import Settings
from portal.trail import monthly, recount, verifier
from portal.trail.models import TrailOpening
from portal.trail.sequence import Sequencer
from tests.trail.arrange import check, note_many, note_something, open_log

AUTUMN = datetime.fromisoformat("2031-09-30T23:30:00+08:00")
OCTOBER = datetime.fromisoformat("2031-10-01T00:00:30+08:00")
NOVEMBER = datetime.fromisoformat("2031-11-02T00:10:00+08:00")
DECEMBER = datetime.fromisoformat("2031-12-02T00:10:00+08:00")
MONTHS = ("2031-09", "2031-10", "2031-11", "2031-12")


@pytest.fixture
def log(engine: Engine, settings: Settings) -> Sequencer:
    """A log that begins in September 2031 and is published once in each month until December."""
    sequencer = open_log(engine, settings)
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        connection.exec_driver_sql("UPDATE trail_head SET signed_at = '2031-09-30 15:00:00'")
    return sequencer


def run_at(log: Sequencer, moment: datetime) -> None:
    log.clock = lambda: moment
    log.run(heartbeat=True)


def fill(engine: Engine, log: Sequencer) -> None:
    """Ordinary events, log-ins and complaints over three months; the case of the last September evening waits a day."""
    note_many(engine, log.keys, 300)
    note_something(engine, 1, kind="access.login", sealed=True, at=AUTUMN)
    note_something(engine, 2, kind="case.opened", sealed=True, at=AUTUMN)
    run_at(log, AUTUMN)
    run_at(log, OCTOBER)
    note_something(engine, 3, kind="case.step", sealed=True, at=OCTOBER + timedelta(days=9))
    run_at(log, OCTOBER + timedelta(days=10))
    run_at(log, NOVEMBER)
    run_at(log, DECEMBER)


def alone(tmp_path: Path, program: str, *arguments: object) -> tuple[int, dict[str, object]]:
    """Run a copy of one file in an empty directory, as a stranger would."""
    place = tmp_path / "stranger"
    place.mkdir(exist_ok=True)
    shutil.copy(Path(verifier.__file__).with_name(program), place / program)
    command = [sys.executable, "-I", program, *map(str, arguments), "--json"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout or "{}")


def test_a_month_that_ended_keeps_the_checkpoint_it_ended_with(engine: Engine, log: Sequencer) -> None:
    fill(engine, log)
    sizes = {m: verifier.parse_checkpoint(monthly.bundle(log.files, m, DECEMBER).note).size for m in MONTHS}
    assert sizes == {"2031-09": 308, "2031-10": 326, "2031-11": 335, "2031-12": 344}
    before = b"".join(monthly.bundle(log.files, "2031-10", DECEMBER).pieces)
    run_at(log, DECEMBER + timedelta(days=1))
    note_many(engine, log.keys, 600)
    run_at(log, DECEMBER + timedelta(days=2))
    assert b"".join(monthly.bundle(log.files, "2031-10", DECEMBER).pieces) == before


@pytest.fixture
def bundle(engine: Engine, log: Sequencer, tmp_path: Path) -> Path:
    fill(engine, log)
    file = tmp_path / "log-2031-11.tar"
    file.write_bytes(b"".join(monthly.bundle(log.files, "2031-11", DECEMBER).pieces))
    return file


def test_a_bundle_is_verified_alone_and_against_another_month(log: Sequencer, bundle: Path, tmp_path: Path) -> None:
    code, said = alone(tmp_path, "verifier.py", "--bundle", bundle, "--key", log.log_key.vkey)
    assert (code, said["ok"], said["problems"]) == (0, True, [])
    older = tmp_path / "september"
    older.write_bytes(monthly.bundle(log.files, "2031-09", DECEMBER).note)
    assert alone(tmp_path, "verifier.py", "--log", bundle, "--against", older)[0] == 0


def damage(bundle: Path, member: str, at: int) -> None:
    with tarfile.open(bundle) as tar:
        held = tar.getmember(member)
        offset = held.offset_data + at % held.size
    data = bytearray(bundle.read_bytes())
    data[offset] ^= 0x01
    bundle.write_bytes(data)


FLIPS = {
    "an entry": ("tile/entries/000", 40, "leaf 0 mismatch"),
    "a hash": ("tile/0/000", 32 * 77 + 5, "leaf 77 mismatch"),
    "an upper hash": ("tile/1/000.p/1", 3, "tile/1/000.p/1 hash 0 mismatch (leaves 0 to 255)"),
    "the checkpoint's root": ("checkpoint", 30, ("a signature", "not a signed checkpoint")),  # or no base64 any more
    "the checkpoint's signature": ("checkpoint", -20, "a signature"),
    "the key": ("key", 40, "the log's key"),
}


@pytest.mark.parametrize(("member", "at", "named"), FLIPS.values(), ids=FLIPS.keys())
def test_one_flipped_byte_of_a_bundle_is_named(
    bundle: Path, tmp_path: Path, member: str, at: int, named: str | tuple[str, ...]
) -> None:
    damage(bundle, member, at)
    code, said = alone(tmp_path, "verifier.py", "--bundle", bundle)
    assert code == 1
    assert any(problem.startswith(named) for problem in said["problems"]), said  # type: ignore[attr-defined]


def test_a_bundle_with_a_damaged_name_or_end_is_refused_in_words(bundle: Path, tmp_path: Path) -> None:
    whole = bundle.read_bytes()
    at = whole.index(b"tile/0/000")
    for data, named in {
        whole[: at + 3] + b"?" + whole[at + 4 :]: "tile/0/000",
        whole[: at - 200]: "unexpected end",
        b"no tar at all" * 100: "damaged",
    }.items():
        bundle.write_bytes(data)
        code, said = alone(tmp_path, "verifier.py", "--bundle", bundle)
        assert code == 1
        assert named in str(said["problems"])


def test_what_is_damaged_in_the_log_is_damaged_in_the_bundle_and_named(log: Sequencer, bundle: Path) -> None:
    tile = log.files.directory / "tile/entries/000"
    data = bytearray(tile.read_bytes())
    data[70] ^= 1
    tile.write_bytes(data)
    (log.files.directory / "tile/0/000").unlink()
    bundle.write_bytes(b"".join(monthly.bundle(log.files, "2031-11", DECEMBER).pieces))
    problems = verifier.check_log(verifier.reader(str(bundle)), log.log_key.verifier).problems
    for named in ("tile/0/000 cannot be read", "tile/1/000.p/1 hash 0 mismatch", "the entries do not give"):
        assert any(problem.startswith(named) for problem in problems), problems


@pytest.mark.parametrize("month", ["2031-08", "2032-01", "2031-13", "november", "../checkpoint"])
def test_months_without_a_download_say_why(engine: Engine, log: Sequencer, month: str) -> None:
    fill(engine, log)
    with pytest.raises(NotFound, match="没有这个月份的下载") as refusal:
        monthly.bundle(log.files, month, DECEMBER)
    assert refusal.value.why
    assert refusal.value.fix


def test_kinds_are_opened_thirty_days_after_the_month_and_anybody_recounts_them(
    engine: Engine, log: Sequencer, tmp_path: Path
) -> None:
    fill(engine, log)
    kinds = sorted(path.name for path in (log.files.directory / "kinds").iterdir())
    assert kinds == ["2031-09.json", "2031-10.json"]
    assert "公布" in str(monthly.why_no_kinds("2031-11", DECEMBER))
    code, said = alone(tmp_path, "recount.py", "--log", log.files.directory)
    assert (code, said["ok"]) == (0, True), said
    months: dict[str, Counter[str]] = said["months"]  # type: ignore[assignment]
    assert months["2031-09"] == {"access": 1, "pad": 7}
    assert (months["2031-10"]["case.opened"], months["2031-10"]["case.step"]) == (1, 1)
    assert check(log.files.directory, log.log_key).ok
    text = (log.files.directory / "kinds/2031-09.json").read_bytes()
    run_at(log, DECEMBER + timedelta(days=40))
    assert (log.files.directory / "kinds/2031-09.json").read_bytes() == text
    assert (log.files.directory / "kinds/2031-11.json").exists()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda text: text.replace("case.opened", "case.step", 1), "does not open it"),
        (lambda text: text.replace('"salt":"', '"salt":"A', 1), "does not open it"),
        (lambda text: text.replace('"from": 308', '"from": 320'), "begins at leaf 320"),
        (lambda text: text[:-9], "is damaged"),
        (lambda text: "[]", "is damaged"),
        (
            lambda text: text.replace('"kinds": [\n', '"kinds": [\n{"i":9999,"kind":"pad","salt":"AA=="},\n'),
            "no such leaf",
        ),
    ],
)
def test_a_changed_recount_is_named(engine: Engine, log: Sequencer, change: Callable[[str], str], named: str) -> None:
    fill(engine, log)
    file = log.files.directory / "kinds/2031-10.json"
    changed = change(file.read_text())
    assert changed != file.read_text()
    file.write_text(changed)
    said = recount.recount(verifier.reader(str(log.files.directory)))
    assert not said["ok"]
    assert named in str(said["problems"])


def test_a_month_that_is_due_and_not_opened_shows(engine: Engine, log: Sequencer) -> None:
    fill(engine, log)
    (log.files.directory / "kinds/2031-09.json").unlink()
    said = recount.recount(verifier.reader(str(log.files.directory)))
    assert "kinds/2031-09.json is due and cannot be read" in said["problems"]


def test_a_kind_that_was_erased_or_replaced_leaves_its_leaf_closed_and_is_a_finding(
    engine: Engine, log: Sequencer
) -> None:
    note_something(engine, 1, kind="access.login", sealed=True, at=AUTUMN)
    run_at(log, AUTUMN)
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        connection.execute(update(TrailOpening).where(TrailOpening.field == "kind").values(sealed=b"gone"))
    log.clock = lambda: NOVEMBER
    assert {finding["what"] for finding in log.run().findings} == {"kind of a sealed leaf cannot be opened"}
    said = recount.recount(verifier.reader(str(log.files.directory)))
    assert len(said["problems"]) == 8
    assert log.run().findings == []  # named once, by the run that opened the month
