"""Charts as plain JSON: ECharts options built here, drawn on screen, in PDF and in chat alike.

No chart holds a JavaScript function: figures are scaled and rounded in Python, the unit stands in
the subtitle, and labels that need words are written out. Colours are names of the page's theme
(``series1``, ``prior``, ``target``, ``age0`` to ``age5``); whoever draws replaces them. Animation
is left to the drawer, which knows whether the system asks for less motion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from stockturn.delivery.decimals import decimal_text
from stockturn.insight.wording import Scale, say, scale
from stockturn.language import Language, Text

AGE_COLOURS = ("age0", "age1", "age2", "age3", "age4", "age5")
UNKNOWN_AGE_COLOUR = "prior"

_NOW = Text("本期", "This period")
_SHARE = Text("占比", "Share")
_TARGET = Text("目标", "Target")
_TOTAL = Text("合计", "Total")
_AGE = Text("库龄（天）", "Age (days)")
_UNNAMED = Text("未分类", "Unassigned")
_GRID = {
    "left": 8,
    "right": 24,
    "top": 40,
    "bottom": 8,
    "outerBoundsMode": "same",
    "outerBoundsContain": "axisLabel",
}


@dataclass(frozen=True)
class Point:
    """One place on an axis: a bucket of time, or a member of a dimension.

    ``member`` is what a click narrows the page to; None where there is nothing to narrow to.
    """

    label: str | None
    value: Decimal | None
    prior: Decimal | None = None
    member: str | None = None


@dataclass(frozen=True)
class Measured:
    """What a chart shows: the measure, its unit, its basis, and the language of the words."""

    name: str
    unit: str
    basis: str
    currency: str
    language: Language

    def scale(self, values: Sequence[Decimal | None]) -> Scale:
        """Choose one scale for these figures."""
        return scale(values, self.unit, self.currency, self.language)

    def subtitle(self, unit: str, *more: str) -> str:
        """Measure, unit and basis; money always names its scale."""
        named = f"{self.name}（{unit}）" if self.language == "zh" else f"{self.name} ({unit})"
        parts = (named if unit else self.name, self.basis, *more)
        return " · ".join(part for part in parts if part)


@dataclass(frozen=True)
class Chart:
    """A drawn finding: title, subtitle, ECharts option, and the same data as a table."""

    key: str
    title: str
    subtitle: str
    option: dict[str, Any]
    table: list[dict[str, str | None]] = field(default_factory=list)


def trend_chart(
    points: Sequence[Point],
    measured: Measured,
    *,
    title: str,
    key: str = "trend",
    prior_name: str | None = None,
    target: Decimal | None = None,
) -> Chart:
    """Draw a measure over time, the compared period in grey, a target as a thin line.

    Args:
        points: Buckets in order of time.
        measured: What is shown.
        title: The finding in one sentence.
        key: Name of the chart on its page.
        prior_name: What the compared period is called; None draws no second line.
        target: A value to hold the line against.
    """
    chosen = measured.scale([*_values(points), target])
    now = _NOW.read(measured.language)
    series = [_line(now, [_drawn(p.value, chosen) for p in points], "series1", 2)]
    if prior_name is not None:
        series.append(_line(prior_name, [_drawn(p.prior, chosen) for p in points], "prior", 1))
    if target is not None:
        series[0]["markLine"] = _mark(_TARGET.read(measured.language), target, chosen, "yAxis")
    option = {
        "aria": {"enabled": True},
        "grid": _GRID,
        "legend": {"top": 0, "left": 0, "data": [line["name"] for line in series]},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [p.label or "" for p in points]},
        "yAxis": {"type": "value"},
        "series": series,
    }
    return Chart(
        key, title, measured.subtitle(chosen.unit), option, _table(points, measured, prior_name)
    )


def bar_chart(
    points: Sequence[Point],
    measured: Measured,
    *,
    title: str,
    dimension: str,
    key: str = "comparison",
    prior_name: str | None = None,
    total: Decimal | None = None,
    remark: str = "",
) -> Chart:
    """Draw members of a dimension as bars from zero, in the order given, first on top.

    Args:
        points: One per member; ``label`` None is shown as unassigned.
        measured: What is shown.
        title: The finding in one sentence.
        dimension: What a bar is, e.g. 品类.
        key: Name of the chart on its page.
        prior_name: What the compared period is called; None draws no grey bars.
        total: The same measure over all members, drawn as a thin line.
        remark: Ends the subtitle, e.g. how many members are not shown.
    """
    chosen = measured.scale([*_values(points), total])
    named = [_named(point, measured.language) for point in points]
    bars = [
        {
            "value": _drawn(p.value, chosen),
            "name": p.label,
            "member": p.member,
            "label": {"formatter": _digits(p.value, chosen)},
        }
        for p in named
    ]
    series = [_bars(_NOW.read(measured.language), bars, "series1")]
    if prior_name is not None:
        series.append(
            {
                "type": "bar",
                "name": prior_name,
                "data": [_drawn(p.prior, chosen) for p in named],
                "itemStyle": {"color": "prior"},
                "barMaxWidth": 8,
            }
        )
    if total is not None:
        mark = _mark(_TOTAL.read(measured.language), total, chosen, "xAxis")
        # The category axis is inverted: "start" is above the bars, "end" would lie on the axis.
        mark["label"]["position"] = "start"
        series[0]["markLine"] = mark
    option = {
        "aria": {"enabled": True},
        "grid": {**_GRID, "right": 56},
        "legend": {"top": 0, "left": 0, "data": [bar["name"] for bar in series]},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "xAxis": {"type": "value", **({"min": 0} if _all_positive(points) else {})},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [p.label for p in named],
            # A code with its name takes a second line rather than the room of the bars.
            "axisLabel": {"width": 150, "overflow": "break", "lineHeight": 14},
        },
        "series": series,
    }
    table = _table(named, measured, prior_name, first_column=dimension)
    return Chart(key, title, measured.subtitle(chosen.unit, remark), option, table)


def ageing_chart(
    points: Sequence[Point], measured: Measured, *, title: str, key: str = "ageing"
) -> Chart:
    """Draw value by age bucket, fresh to old on the warm scale, each bar with its share.

    Args:
        points: One per bucket, youngest first, as many as ``AGE_COLOURS``, then that of unknown
            age; labelled in days without the unit, which the subtitle states once.
        measured: What is shown; its unit is money.
        title: The finding in one sentence.
        key: Name of the chart on its page.
    """
    chosen = measured.scale(_values(points))
    total = sum((p.value for p in points if p.value is not None), Decimal(0))
    bars = [
        {
            "value": _drawn(point.value, chosen),
            "name": point.label,
            "itemStyle": {"color": colour},
            "label": {"formatter": _share(point.value, total)},
        }
        for point, colour in zip(points, (*AGE_COLOURS, UNKNOWN_AGE_COLOUR), strict=False)
    ]
    option = {
        "aria": {"enabled": True},
        "grid": {**_GRID, "top": 24},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "xAxis": {
            "type": "category",
            "data": [p.label or "" for p in points],
            # Every bucket keeps its name: the ages are the point of the chart.
            "axisLabel": {"interval": 0, "hideOverlap": False},
        },
        "yAxis": {"type": "value", "min": 0},
        "series": [
            {
                "type": "bar",
                "name": measured.name,
                "data": bars,
                "barMaxWidth": 48,
                "label": {"show": True, "position": "top"},
            }
        ],
    }
    share = _SHARE.read(measured.language)
    age = _AGE.read(measured.language)
    table = _table(points, measured, None, first_column=age)
    for row, point in zip(table, points, strict=True):
        row[share] = _share(point.value, total) or None
    return Chart(key, title, measured.subtitle(chosen.unit, age), option, table)


def sparkline(values: Sequence[Decimal | None]) -> dict[str, Any]:
    """Return the option of a bare line without axes, for a card or a cell."""
    drawn = [_drawn(value, Scale(Decimal(1), "")) for value in values]
    return {
        "grid": {"left": 0, "right": 0, "top": 2, "bottom": 2},
        "xAxis": {"type": "category", "show": False, "data": list(range(len(values)))},
        "yAxis": {"type": "value", "show": False, "scale": True},
        "series": [_line("", drawn, "series1", 1)],
    }


def _line(name: str, values: list[float | None], colour: str, width: int) -> dict[str, Any]:
    return {
        "type": "line",
        "name": name,
        "data": values,
        "showSymbol": len(values) == 1,
        "connectNulls": False,
        "lineStyle": {"color": colour, "width": width},
        "itemStyle": {"color": colour},
    }


def _bars(name: str, bars: list[dict[str, Any]], colour: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": name,
        "data": bars,
        "itemStyle": {"color": colour},
        "barMaxWidth": 16,
        "label": {"show": True, "position": "right"},
    }


def _mark(name: str, value: Decimal, chosen: Scale, axis: str) -> dict[str, Any]:
    return {
        "silent": True,
        "symbol": "none",
        "lineStyle": {"color": "target", "width": 1, "type": "dashed"},
        "label": {"formatter": f"{name} {_digits(value, chosen)}"},
        "data": [{axis: _drawn(value, chosen)}],
    }


def _drawn(value: Decimal | None, chosen: Scale) -> float | None:
    """A coordinate, not a figure: two decimals are finer than a pixel and read well in a label."""
    scaled = chosen.apply(value, 2)
    return None if scaled is None else float(scaled)


def _digits(value: Decimal | None, chosen: Scale) -> str:
    """What stands at the end of a bar: two decimals, alike on all bars."""
    scaled = chosen.apply(value, 2)
    return "" if scaled is None else f"{scaled:,.2f}"


def _values(points: Sequence[Point]) -> list[Decimal | None]:
    return [value for point in points for value in (point.value, point.prior)]


def _all_positive(points: Sequence[Point]) -> bool:
    return all(value is None or value >= 0 for value in _values(points))


def _named(point: Point, language: Language) -> Point:
    label = point.label if point.label is not None else _UNNAMED.read(language)
    return Point(label, point.value, point.prior, point.member)


def _share(value: Decimal | None, total: Decimal) -> str:
    return "" if value is None or total <= 0 else say(value / total, "percent").en


def _table(
    points: Sequence[Point],
    measured: Measured,
    prior_name: str | None,
    first_column: str | None = None,
) -> list[dict[str, str | None]]:
    first = first_column or Text("期间", "Period").read(measured.language)
    rows: list[dict[str, str | None]] = []
    for point in points:
        row = {first: point.label, measured.name: _text(point.value)}
        if prior_name is not None:
            row[prior_name] = _text(point.prior)
        rows.append(row)
    return rows


def _text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)
