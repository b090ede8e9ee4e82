"""`make bench`: every benchmark of this folder, one after the other; each prints ratios of one run and the bar it is held to.

`python -m tests.benchmarks NAME…` runs some. Timings are never test assertions: a missed bar is printed, not raised.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all."""
    found = sorted(p.stem for p in HERE.glob("bench_*.py"))
    unknown = [n for n in names if n not in found]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(found)}", file=sys.stderr)
        return 2
    failed = 0
    for name in names or found:
        print(f"== {name}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], check=False).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
