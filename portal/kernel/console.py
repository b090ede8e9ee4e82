"""What every command shares: one JSON object on stdout with --json, progress on stderr, exit codes 0, 1 and 2."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec

import click
import orjson
from sqlalchemy.exc import DBAPIError

from portal.kernel.errors import ProductError

P = ParamSpec("P")

DONE, REFUSED, COULD_NOT_RUN = 0, 1, 2

json_option = click.option(
    "--json", "as_json", is_flag=True, help="print one JSON object on stdout and nothing else there"
)


def say(message: str) -> None:
    """Progress and remarks for a person: stderr, so that stdout stays clean for --json."""
    click.echo(message, err=True)


def answer(result: Mapping[str, Any], *, as_json: bool, text: str = "") -> None:
    """Print the result: the JSON object, or the text for a person."""
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE, default=str))
        sys.stdout.buffer.flush()
    elif text:
        click.echo(text)


def exits_with_cure(function: Callable[P, int | None]) -> Callable[P, None]:
    """Wrap a command: its return value is the exit code; an error of the product is one line and exit code 2."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = function(*args, **kwargs)
        except ProductError as error:
            click.echo(f"yangguang: {error}", err=True)
            sys.exit(COULD_NOT_RUN)
        except DBAPIError as error:
            # The driver's own words only: a statement's values may be personal.
            reason = str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__
            cure = "过一会儿再试" if "locked" in reason else "先看 yangguang doctor，新装先运行 yangguang init"
            click.echo(f"yangguang: 数据库不能用：{reason}；{cure}", err=True)
            sys.exit(COULD_NOT_RUN)
        sys.exit(code or DONE)

    return wrapped
