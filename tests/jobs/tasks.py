"""Functions for the child process; top-level, as `run_limited` asks."""

import os
import time
from pathlib import Path

from stockturn.jobs.child import report
from stockturn.language import Text, UsageError


def add(a, b):
    return a + b


def tell(count):
    for done in range(count):
        report(Text("读取", "Reading"), done, count, subject=f"part {done}")
    return count


def refuse():
    raise UsageError(Text("不行", "No"))


def eat(megabytes):
    return len(bytearray(megabytes * 1024 * 1024))


def sleep(seconds):
    time.sleep(seconds)


def spin():
    while True:
        pass


def die():
    os.abort()


def leave():
    os._exit(7)


def stumble():
    raise ZeroDivisionError("one by none")


def chatter():
    print("words on standard output")
    return "done"


def tell_then_sleep(seconds):
    report(Text("读取", "Reading"), 1, None)
    time.sleep(seconds)


def note_then_sleep(path, seconds):
    Path(path).write_text(f"{os.getpid()}\n")
    time.sleep(seconds)


def surroundings():
    return str(Path.cwd()), os.environ.get("STOCKTURN_NOTE"), os.getpid()
