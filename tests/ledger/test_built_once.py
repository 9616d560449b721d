"""Loads whose expressions are remembered say what loads whose expressions are built say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from stockturn.engines import built
from stockturn.ledger import identities
from stockturn.ledger.fingerprint import fingerprint
from stockturn.ledger.schema import VALUE_ONLY
from tests.books import new_engine, post

LOADS = [
    {
        "item": """
            item category kind        unit
            a    food     merchandise piece
            b    food     raw         kg
        """,
        "unit_conversion": """
            item unit factor
            a    box  12
        """,
        "movement": """
            happened_on kind     item location quantity unit_cost unit  lot line
            2026-01-01  opening  a    W1       100      2         piece L1  1
            2026-01-02  receipt  a    W1       5        24        box   L1  2
            2026-01-03  receipt  b    W2       30       1.5       kg    -   3
        """,
    },
    {
        "movement": """
            happened_on kind         item location quantity unit_cost transfer line revenue
            2026-01-04  sale_issue   a    W1       -20      -         -        4    90
            2026-01-05  transfer_out a    W1       -10      -         T1       5    -
            2026-01-07  transfer_in  a    W2       10       -         T1       6    -
        """,
    },
    {
        "movement": """
            happened_on kind         item location quantity unit_cost transfer line revenue
            2026-01-04  sale_issue   a    W1       -25      -         -        4    110
            2026-01-02  receipt      c    W3       7        3         -        7    -
            2026-01-03  sale_issue   c    W3       -9       -         -        8    40
        """,
    },
    {
        "balance": """
            happened_on item location received issued balance unit_cost
            2026-01-01  d    W1       -        -      10      4
            2026-01-02  d    W1       5        2      12      4
        """,
        "sale": """
            happened_on item location quantity revenue
            2026-01-02  d    W1       2        20
        """,
    },
    {
        "balance": """
            happened_on item location received issued balance unit_cost
            2026-01-02  d    W1       5        3      12      4
            2026-01-03  d    W1       -        1      11      4
        """,
        "purchase_order": """
            document line item quantity promised_on
            P1       1    a    10       2026-02-01
        """,
    },
    {
        "item": f"""
            item unit
            e    {VALUE_ONLY}
        """,
        "value_balance": """
            happened_on item location opening issued balance revenue
            2026-01-31  e    W1       100     40     80      70
        """,
    },
    {
        "movement": """
            happened_on kind       item location quantity unit_cost currency line
            2026-01-08  receipt    b    W2       10       2         USD      9
        """,
        "currency_rate": """
            currency base valid_from rate
            USD      CNY  2026-01-01 7.1
        """,
    },
]
METHODS = ("stated", "moving_average")


class Doubted(dict):
    """A memory that is never believed: what is built again must be what was built before."""

    hits = 0

    def get(self, key, default):
        return default

    def __setitem__(self, key, made):
        if key in self:
            self.hits += 1
            assert built.structure(self[key]) == built.structure(made), key
        super().__setitem__(key, made)


def replay(folder, method):
    """Post all loads and return the hashes of every table."""
    folder.mkdir(parents=True)
    engine = new_engine(folder)
    for number, load in enumerate(LOADS):
        at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=number)
        post(engine, costing=method, at=at, **load)
    broken = [r.key for r in identities.check(engine) if not r.passed]
    assert not broken
    hashes = fingerprint(engine)
    engine.close()
    return hashes


def test_loads_say_the_same_whether_expressions_are_remembered_or_built(tmp_path, monkeypatch):
    doubted = Doubted()
    monkeypatch.setattr(built, "_built", doubted)
    plain = {method: replay(tmp_path / "built" / method, method) for method in METHODS}
    assert doubted.hits > len(LOADS), "nothing was built twice: the test compares nothing"
    monkeypatch.setattr(built, "_built", dict(doubted))
    for method in METHODS:
        assert replay(tmp_path / "found" / method, method) == plain[method]
    assert len({str(hashes) for hashes in plain.values()}) > 1
