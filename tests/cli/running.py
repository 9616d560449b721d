"""Running the real command in a process of its own, and files for it to load."""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from stockturn.cli import app

PROGRAM = "from stockturn.cli import main; main()"
FIRST_DAY = date(2025, 1, 1)


def environment(**changes: str) -> dict[str, str]:
    """Return the environment without settings of whoever runs the tests."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("STOCKTURN_")}
    return {**kept, **changes}


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: object, **changes: str) -> Ran:
    """Run ``stockturn`` with these arguments in this process, which spares its start."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment(**changes))
    try:
        with redirect_stdout(out), redirect_stderr(err):
            app.run([str(each) for each in arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        os.environ.clear()
        os.environ.update(before)
    for stream in (out, err):
        stream.flush()
    return Ran(code, out.buffer.getvalue().decode(), err.buffer.getvalue().decode())


def run_apart(*arguments: object, program: str = PROGRAM, **changes: str) -> Ran:
    """Run ``stockturn`` with these arguments in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
        env=environment(**changes),
    )
    return Ran(ended.returncode, ended.stdout, ended.stderr)


def start(*arguments: object, program: str = PROGRAM, **changes: str) -> subprocess.Popen[str]:
    """Start ``stockturn`` with these arguments, its output discarded unless asked for."""
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(**changes),
    )


def write_movements(path: Path, *, rows: int, seed: int, first: date = FIRST_DAY) -> Path:
    """Write a movement list: receipts with a price, and issues, over 200 days and 20 items."""
    chance = random.Random(seed)
    lines = ["日期,业务类型,物料编码,仓库编码,数量,单价"]
    for _ in range(rows):
        day = first + timedelta(days=chance.randrange(200))
        item, place = f"I{chance.randrange(20):03}", f"W{chance.randrange(3)}"
        if chance.random() < 0.6:
            price = f"{chance.randrange(100, 2000) / 100:.2f}"
            lines.append(f"{day},采购入库,{item},{place},{chance.randrange(5, 50)},{price}")
        else:
            lines.append(f"{day},销售出库,{item},{place},{chance.randrange(1, 10)},")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
