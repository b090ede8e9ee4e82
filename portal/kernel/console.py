"""What every command shares: one JSON object on stdout with --json, progress on stderr, exit codes 0, 1 and 2."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, ParamSpec

import click
import orjson
from click.exceptions import NoArgsIsHelpError
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


class OneLineGroup(click.Group):
    """A group whose usage errors are one line with what to do, like every other error of a command."""

    def main(self, *args: Any, standalone_mode: bool = True, **kwargs: Any) -> Any:
        """Run; a wrong option or argument is one line on stderr and exit code 2."""
        kwargs["prog_name"] = "yangguang"
        run: Callable[..., Any] = super().main
        if not standalone_mode:
            return run(*args, standalone_mode=False, **kwargs)
        try:
            code = run(*args, standalone_mode=False, **kwargs)
        except NoArgsIsHelpError as error:
            error.show()
            sys.exit(COULD_NOT_RUN)
        except click.ClickException as error:
            context = getattr(error, "ctx", None)
            path = context.command_path if context else "yangguang"
            click.echo(f"yangguang: {' '.join(error.format_message().split())}；用法见 {path} -h", err=True)
            sys.exit(COULD_NOT_RUN)
        except click.Abort:
            sys.exit(COULD_NOT_RUN)
        sys.exit(code if isinstance(code, int) else DONE)


class LateGroup(OneLineGroup):
    """Such a group whose commands are imported when they are asked for. `places`: name → "module:attribute"."""

    def __init__(self, *args: Any, places: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name, in order."""
        return sorted(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command; None for a name that nobody has."""
        if cmd_name not in self.places:
            return None
        module, _, attribute = self.places[cmd_name].partition(":")
        found: click.Command = getattr(import_module(module), attribute)
        return found


def exits_with_cure(function: Callable[P, int | None]) -> Callable[P, None]:
    """Wrap a command: its return value is the exit code; an error of the product is one line and exit code 2."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = function(*args, **kwargs)
        except ProductError as error:
            click.echo(f"yangguang: {error}", err=True)
            sys.exit(COULD_NOT_RUN)
        except BrokenPipeError:
            sys.exit(COULD_NOT_RUN)  # whoever was reading has gone
        except OSError as error:
            place = f"：{error.filename}" if error.filename else ""
            click.echo(f"yangguang: 读写文件没有成功{place}；{error.strerror}；核对路径、权限和磁盘空间", err=True)
            sys.exit(COULD_NOT_RUN)
        except DBAPIError as error:
            # The driver's own words only: a statement's values may be personal.
            reason = str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__
            cure = "过一会儿再试" if "locked" in reason else "先看 yangguang doctor，新装先运行 yangguang init"
            click.echo(f"yangguang: 数据库不能用：{reason}；{cure}", err=True)
            sys.exit(COULD_NOT_RUN)
        sys.exit(code or DONE)

    return wrapped
