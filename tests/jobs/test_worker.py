import subprocess
import sys
import time
from pathlib import Path

import pytest

from stockturn.jobs import worker
from stockturn.jobs.worker import run_limited
from stockturn.language import UsageError
from tests.jobs import tasks

ROOT = Path(__file__).resolve().parents[2]
LIMITS = {"memory_mb": 2048, "seconds": 30}


def test_result_and_progress_come_back():
    seen = []
    result = run_limited(tasks.tell, 3, **LIMITS, on_progress=lambda *told: seen.append(told))
    assert result == 3
    # A child that is slow to go on is told of again.
    told = list(dict.fromkeys((stage.zh, done, total) for stage, done, total in seen))
    assert told == [
        ("读取", 0, 3),
        ("读取", 1, 3),
        ("读取", 2, 3),
    ]


def test_printing_does_not_disturb_the_channel():
    assert run_limited(tasks.chatter, **LIMITS) == "done"


def test_an_error_with_words_keeps_its_class_and_words():
    with pytest.raises(UsageError) as caught:
        run_limited(tasks.refuse, **LIMITS)
    assert caught.value.message == ("不行", "No")


def test_memory_limit():
    with pytest.raises(worker.WorkerOutOfMemory) as caught:
        run_limited(tasks.eat, 4000, memory_mb=512, seconds=30, subject="库存.csv")
    assert "库存.csv" in caught.value.message.zh
    assert "512 MB" in caught.value.message.en


def test_wall_clock_limit():
    started = time.monotonic()
    with pytest.raises(worker.WorkerTimedOut) as caught:
        run_limited(tasks.sleep, 60, memory_mb=512, seconds=1, subject="慢.csv")
    assert time.monotonic() - started < 10
    assert "慢.csv" in caught.value.message.zh
    assert "took longer than 1 s" in caught.value.message.en


@pytest.mark.parametrize(
    ("task", "how"), [(tasks.die, "signal 6"), (tasks.leave, "exit 7"), (tasks.stumble, "one by")]
)
def test_a_child_that_dies(task, how):
    with pytest.raises(worker.WorkerDied) as caught:
        run_limited(task, **LIMITS, subject="坏.xlsx")
    assert how in caught.value.message.en
    assert "坏.xlsx" in caught.value.message.zh


def test_a_callback_that_raises_ends_the_child():
    def cancel(_stage, done, _total):
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_limited(tasks.tell, 1000, **LIMITS, on_progress=cancel)


@pytest.mark.parametrize("work", [tasks.tell_then_sleep, tasks.sleep])
def test_a_silent_child_can_be_ended(work):
    began = time.monotonic()

    def cancel(_stage, _done, _total):
        if time.monotonic() - began > 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_limited(work, 60, **LIMITS, on_progress=cancel)
    assert time.monotonic() - began < 20


def test_a_child_ends_with_its_parent(tmp_path):
    """A child of a killed owner read on for up to its time limit, in a folder no longer its own."""
    note = tmp_path / "pid"
    program = (
        "from stockturn.jobs.worker import run_limited\n"
        "from tests.jobs import tasks\n"
        f"run_limited(tasks.note_then_sleep, {str(note)!r}, 600, memory_mb=512, seconds=600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
    until(lambda: note.exists() and note.read_text().endswith("\n"))
    child = int(note.read_text())
    parent.kill()
    parent.wait()
    until(lambda: not Path(f"/proc/{child}").exists() or _is_dead(child))


def _is_dead(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)
