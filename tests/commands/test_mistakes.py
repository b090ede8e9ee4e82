"""Mistakes at the command line: one line that says what to do, exit code 2, and nothing made or overwritten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from portal.cli import COMMANDS, main
from portal.settings import Settings

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, engine: Engine) -> Run:
    """Run a command in an installation that is empty but for its schema."""
    environment = {"YANGGUANG_HOME": str(settings.home), "YANGGUANG_DATABASE_URL": settings.database_url}
    return lambda *arguments, **env: CliRunner().invoke(main, list(arguments), env={**environment, **env})


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nonsense"], "nonsense"),
        (["import"], "yangguang import -h"),
        (["import", "payments", "x.csv", "--as-of", "20260101"], "--as-of"),
        (["trace", "pocket", "X"], "yangguang trace -h"),
        (["compare", "--as-of", "2026-13-01"], "2026-13-01"),
        (["leads", "export", "--to", "leads.csv", "--rule", "Q77"], "Q77"),
        (["leads", "export", "--to", "leads.csv", "--status", "lost"], "lost"),
        (["leads", "export", "--to", "/nowhere/at/all/leads.csv"], "/nowhere/at/all/leads.csv"),
        (["templates", "--to", "/dev/null/templates"], "/dev/null"),
        (["serve", "--port", "99999"], "99999"),
        (["backup", "--to", "/dev/null/backup"], "/dev/null"),
    ],
)
def test_a_mistake_is_one_line_and_exit_two(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments, YANGGUANG_PASSPHRASE="a passphrase of the tests")
    assert (result.exit_code, result.stdout) == (2, ""), result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert told in result.stderr
    assert not (tmp_path / "leads.csv").exists()


@pytest.mark.parametrize("content", [b"", b"\n", b"   \nsecond line"])
def test_an_empty_passphrase_is_no_passphrase(run: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "passphrase").write_bytes(content)
    result = run("backup", "--to", str(tmp_path / "b"), "--passphrase-file", str(tmp_path / "passphrase"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "第一行" in result.stderr


@pytest.mark.parametrize("url", ["mysql://root:secret@db/x", "nonsense", "postgresql+asyncpg://x"])
def test_an_address_of_no_database_is_told_without_repeating_it(run: Run, url: str) -> None:
    result = run("rules", "list", "--json", YANGGUANG_DATABASE_URL=url)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "YANGGUANG_DATABASE_URL" in result.stderr
    assert "secret" not in result.stderr


def test_a_person_reads_the_errors_of_a_file_without_asking_for_json(run: Run, tmp_path: Path) -> None:
    (tmp_path / "units.csv").write_text(
        "单位编码,单位名称,单位类型\nA,甲局,主管部门\n" + "B,乙,怪\n" * 25, encoding="utf-8"
    )
    result = run("import", "units", str(tmp_path / "units.csv"))
    assert result.exit_code == 1
    assert "第 3 行 · 单位类型 · 怪：" in result.stdout
    assert "还有 5 处" in result.stdout
    assert "退回 25" in result.stderr


def test_every_command_stands_where_its_name_says(run: Run) -> None:
    listed = run("--help").output
    for name in COMMANDS:
        assert f"\n  {name} " in listed
        assert f"yangguang {name} [OPTIONS]" in run(name, "--help").output
