"""The jail: a child process with hard limits in which files of strangers are parsed.

A parser may run out of memory, abort the whole process or never return (a 1.4 KB workbook makes one allocate 549 GB); here
that ends the child, and the parent answers with a clear error. The child limits itself before it imports any parser.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from portal.kernel.sheets.file_errors import FileRefused
from portal.kernel.sheets.limits import Limits

_ROOT: Final = Path(__file__).resolve().parents[3]
_REPLY_BYTES: Final = 16 * 1024 * 1024
_SPLIT: Final = "把表拆成几份，只留要导入的行列，再上传"
# Limits first, then the path of the package (isolated mode has none), then the parser. Arrow asks for numpy where it is
# there: no reader needs it, and it is half of the child's start and more code in the jail.
_BOOT: Final = """
import resource, sys
for name, value in zip(("AS", "CPU", "NOFILE", "FSIZE", "CORE"), sys.argv[3:8]):
    resource.setrlimit(getattr(resource, "RLIMIT_" + name), (int(value), int(value)))
sys.modules["numpy"] = None
sys.path.insert(0, sys.argv[1])
import importlib
importlib.import_module(sys.argv[2]).main()
"""


class ChildDied(Exception):
    """The child ended without an answer: a limit struck or the parser crashed."""


def run(module: str, request: dict[str, Any], *, file: Path, workdir: Path, limits: Limits) -> dict[str, Any]:
    """Run `module.main()` in the child with `request` on its standard input and return its JSON answer.

    Raises FileRefused when the child refuses the file or runs out of time, ChildDied when it ends without an answer.
    """
    caps = (limits.memory_bytes, limits.cpu_seconds, limits.open_files, limits.output_bytes, 0)
    command = [sys.executable, "-I", "-X", "utf8", "-c", _BOOT, str(_ROOT), module, *map(str, caps)]
    message = json.dumps(request | {"file": str(file.resolve()), "workdir": str(workdir), "limits": asdict(limits)})
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=workdir,
        env=_environment(workdir),
        start_new_session=True,
    ) as child:
        try:
            output, _ = child.communicate(message.encode(), timeout=limits.wall_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
            raise FileRefused(file.name, f"读了 {limits.wall_seconds} 秒还没读完", _SPLIT) from None
    return _answer(output, child.returncode, file)


def _environment(workdir: Path) -> dict[str, str]:
    """Nothing of the parent's environment; one arena and one thread, because limits count reserved address space."""
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "HOME": str(workdir),
        "TMPDIR": str(workdir),
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "ARROW_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }


def _answer(output: bytes, code: int, file: Path) -> dict[str, Any]:
    if code == -signal.SIGXCPU or code == -signal.SIGXFSZ:
        raise FileRefused(file.name, "表格太大，超过了一次能读的量", _SPLIT)
    if code != 0 or not output or len(output) > _REPLY_BYTES:
        raise ChildDied(f"exit code {code}")
    answer: dict[str, Any] = json.loads(output)
    refused = answer.get("refused")
    if refused is not None:
        raise FileRefused(file.name, refused["why"], refused["fix"], row=refused["row"], value=refused["value"])
    return answer
