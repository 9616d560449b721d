"""The table of benchmarks: dated, sourced, and never set beside an unlike basis."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from stockturn.metrics.benchmarks import BenchmarkFileWrong, load_bands, refusal, standing

BANDS = load_bands()


def test_every_band_names_its_source_in_both_languages_and_hearsay_says_so() -> None:
    assert BANDS
    for band in BANDS.values():
        assert band.source.zh
        assert band.source.en
        assert ("无出处" in band.label.zh) is (not band.verified)
        assert ("unsourced" in band.label.en) is (not band.verified)
        assert band.verified == (band.year is not None)


@pytest.mark.parametrize(
    ("key", "says"),
    [("us_business", "unlike bases"), ("cn_industry_finished_goods", "finished goods only")],
)
def test_unlike_bases_are_refused(key: str, says: str) -> None:
    refused = refusal(BANDS[key])
    assert refused is not None
    assert says in refused.en
    assert BANDS[key].name.zh in refused.zh


def test_like_bases_are_compared() -> None:
    assert refusal(BANDS["fmcg"]) is None
    assert refusal(BANDS["us_business"], basis="sales") is None


@pytest.mark.parametrize(
    ("turns", "place"), [("5.99", "below"), ("6", "within"), ("8", "within"), ("8.01", "above")]
)
def test_standing(turns: str, place: str) -> None:
    assert standing(Decimal(turns), BANDS["fmcg"]) == place


@pytest.mark.parametrize(
    "text",
    [
        "benchmarks: 3",
        "[",
        "benchmarks: [{key: x, turns: [1]}]",
        "benchmarks: [{key: x, turns: [2, 1], basis: cost, scope: all, status: verified}]",
        "benchmarks: [{key: x, turns: [1, 2], basis: guess, scope: all, status: verified}]",
    ],
)
def test_a_broken_table_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BenchmarkFileWrong, match=r"own\.yaml"):
        load_bands(file)
