"""What a file does to earlier files of its feed or mapping: nothing, replace them, or a question.

The rule, for rows without a line key (decision record 0020):

1. The mapping states ``slice``: ``none`` adds, ``file`` replaces the earlier file of that name,
   ``day`` and ``month`` replace every day or month that the file has.
2. Same name, other content, and the days of the file cover those of the earlier one: it replaces
   it. A file that repeats at least half of an earlier file's rows and covers its days replaces it
   too, whatever the names.
3. Same name and days in common without covering them, or rows in common with an earlier file: at
   least :data:`MANY_ROWS` and :data:`MANY_SHARE` of the shorter of the two. Then the load is held
   with a question, answered by ``replace`` or ``add``.
4. Anything else is an addition: another day, late rows, a second warehouse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stockturn.intake.questions import Answers, Kind, Question
from stockturn.intake.report import Staged
from stockturn.language import Text
from stockturn.ledger.slices import Beside, Earlier, Span, Twin

HALF: Final = 0.5
MANY_SHARE: Final = 0.1
MANY_ROWS: Final = 3
SHOWN: Final = 5

HELD: Final = Text(
    "请先确认：{first}没有导入任何数据。若应替换以前的数据，在“数据 > 运行”中回答，或用 --replace "
    "重新导入；若是另外的数据，用 --add。",
    "A question first: {first} Nothing was loaded. Answer it under Data > Runs, or load again with "
    "--replace to put it in the place of what was loaded before, or with --add if it comes on top.",
)
SAME_ROWS: Final = Text(
    "“{file}”（{days}）与第 {load} 次导入的“{other}”（{other_days}）有 {equal:,} 行相同，"
    "但不能确定是否替换它。",
    "“{file}” ({days}) and “{other}” of load {load} ({other_days}) have {equal:,} rows in common, "
    "and it is not clear whether one replaces the other.",
)
SAME_NAME: Final = Text(
    "“{file}”（{days}）与第 {load} 次导入的文件同名，日期有重叠（{other_days}）但没有全部包含，"
    "不能确定是否替换它。",
    "“{file}” ({days}) has the name of a file of load {load} and days in common with it "
    "({other_days}), but not all of them; it is not clear whether it replaces it.",
)
TWINS: Final = Text(
    "“{file}”与同时导入的“{other}”有 {equal:,} 行相同。请分开导入，或用 --add 全部入账。",
    "“{file}” and “{other}” of the same load have {equal:,} rows in common. Load them one after "
    "the other, or all of it with --add.",
)
REPLACES: Final = Text(
    "“{file}”（{days}）替换第 {load} 次导入的“{other}”（{other_days}）。",
    "“{file}” ({days}) replaces “{other}” of load {load} ({other_days}).",
)


@dataclass(frozen=True)
class Verdict:
    """What becomes of a load's files beside earlier ones.

    Attributes:
        replaced: (file_no, load, file there) of what they replace.
        questions: what must be answered first; the load is held while there is one.
        remarks: what the report says.
    """

    replaced: tuple[tuple[int, int, int], ...] = ()
    questions: tuple[Question, ...] = ()
    remarks: tuple[Text, ...] = ()


def judge(beside: Beside, staged: list[Staged], answers: Answers) -> Verdict:
    """Apply the rule of this module; an answer settles what would be a question.

    ``add`` is taken at its word where the rule would replace, too.
    """
    rules = {file.file_no: file.slice for file in staged}
    replaced: list[tuple[int, int, int]] = []
    questions: list[Question] = []
    remarks: list[Text] = []
    for each in beside.earlier:
        span = beside.spans[each.file_no]
        kind = _kind(span, each, rules.get(each.file_no))
        question = _question(span, each)
        answer = answers.to(question)
        if answer == "add" or (kind == "ask" and answer is not None):
            kind = answer
        if kind == "replace":
            replaced.append((each.file_no, each.load_no, each.of_file))
            remarks.append(_said(REPLACES, span, each))
        elif kind == "ask":
            questions.append(question)
    questions += [twins for twins in _twins(beside, rules) if answers.to(twins) is None]
    return Verdict(tuple(replaced), tuple(questions), tuple(remarks))


def _kind(span: Span, each: Earlier, rule: str | None) -> str:
    """Say what a file does to an earlier one: ``replace``, ``ask`` or ``add``."""
    if rule is not None:
        return "replace" if rule == "file" and each.same_name else "add"
    half = each.equal >= HALF * each.span.rows
    if span.covers(each.span) and (each.same_name or half):
        return "replace"
    if not span.facts:
        # A balance replaces the one of its place and day, whatever its file is called.
        return "add"
    if each.same_name or _many(each.equal, span.rows, each.span.rows):
        return "ask"
    return "add"


def _many(equal: int, rows: int, other: int) -> bool:
    return equal >= max(MANY_ROWS, MANY_SHARE * min(rows, other))


def _twins(beside: Beside, rules: dict[int, str | None]) -> list[Question]:
    def asks(twin: Twin) -> bool:
        rows, other = beside.spans[twin.file_no].rows, beside.spans[twin.other].rows
        return rules.get(twin.file_no) is None and _many(twin.equal, rows, other)

    found = []
    for twin in filter(asks, beside.twins):
        span, other = beside.spans[twin.file_no], beside.spans[twin.other]
        words = TWINS.fill(file=span.file, other=other.file, equal=twin.equal)
        found.append(_beside("twins", words, span, other, twin.equal))
    return found


def _question(span: Span, each: Earlier) -> Question:
    words = _said(SAME_NAME if each.same_name else SAME_ROWS, span, each)
    return _beside("overlap", words, span, each.span, each.equal, each.load_no, each.of_file)


def _beside(
    kind: Kind,
    words: Text,
    span: Span,
    other: Span,
    equal: int,
    load_no: int | None = None,
    file_no: int | None = None,
) -> Question:
    return Question(
        kind,
        words,
        file=span.file,
        rows=span.rows,
        first_day=span.first,
        last_day=span.last,
        other=other.file,
        other_load=load_no,
        other_file=file_no,
        other_rows=other.rows,
        other_first_day=other.first,
        other_last_day=other.last,
        equal=equal,
    )


def _said(words: Text, span: Span, each: Earlier) -> Text:
    return words.fill(
        file=span.file,
        days=_days(span),
        load=each.load_no,
        other=each.span.file,
        other_days=_days(each.span),
        equal=each.equal,
    )


def _days(span: Span) -> str:
    if span.first == span.last:
        return f"{span.first:%Y-%m-%d}"
    return f"{span.first:%Y-%m-%d} – {span.last:%Y-%m-%d}"


def held(questions: tuple[Question, ...]) -> Text:
    """Return the message of a load that is held with questions."""
    first = questions[0].words
    return Text(HELD.zh.format(first=first.zh), HELD.en.format(first=first.en))
