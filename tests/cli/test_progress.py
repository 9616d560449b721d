"""Progress away from a terminal: silent for a second, then a line at a time."""

import io

from stockturn.cli.progress import PlainProgress, progress_line
from stockturn.language import Text

READ = Text("读取", "Reading")
POST = Text("入账", "Posting")


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_short_work_is_silent_and_long_work_tells_each_stage_and_every_few_seconds():
    clock, stream = Clock(), io.StringIO()
    tell = PlainProgress(stream, "zh", clock)
    tell(READ, 0, 100)
    clock.now = 0.9
    tell(READ, 50, 100)
    assert stream.getvalue() == ""
    clock.now = 2.0
    tell(READ, 60, 100)
    clock.now = 3.0
    tell(READ, 70, 100)
    clock.now = 3.1
    tell(POST, 0, None)
    clock.now = 9.0
    tell(POST, 5, None)
    assert stream.getvalue().splitlines() == [
        "读取：60 / 100",
        "入账",
        "入账：5",
    ]


def test_rate_is_told_where_there_is_much():
    assert progress_line(READ, 50_000, 200_000, 5.0, "en") == (
        "Reading: 50,000 / 200,000 (10,000 per second)"
    )
    assert progress_line(READ, 3, 8, 5.0, "en") == "Reading: 3 / 8"
