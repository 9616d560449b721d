"""Declared tables: versions, what they say now and said then, and what is no longer stated."""

from __future__ import annotations

from datetime import UTC, date, datetime

import ibis
import pytest

from stockturn.ledger.document_tables import DOCUMENTS, MEMBERS
from stockturn.ledger.documents import current, versions
from stockturn.ledger.fingerprint import content_hash
from stockturn.ledger.schema import ENTRIES, RECORDS
from stockturn.ledger.tables import table
from tests.books import new_engine, post

LATER = datetime(2026, 2, 1, tzinfo=UTC)


def orders(engine, known=None):
    at = None if known is None else ibis.literal(known)
    rows = engine.query(current("purchase_order", known=at)).to_pylist()
    return {(r["document"], r["line"], r["occurrence"]): r["quantity_received"] for r in rows}


def test_a_later_statement_is_a_version_and_the_old_one_stays_readable(engine):
    post(engine, purchase_order="""
        document line item quantity quantity_received promised_on
        P1       1    a    10       0                 2026-02-01
        P1       2    b    5        0                 2026-02-01
    """)  # fmt: skip
    post(engine, at=LATER, purchase_order="""
        document line item quantity quantity_received promised_on
        P1       1    a    10       4                 2026-02-01
        P1       2    b    5        0                 2026-02-01
    """)  # fmt: skip
    assert orders(engine) == {("P1", "1", 0): 4, ("P1", "2", 0): 0}
    assert orders(engine, known=1) == {("P1", "1", 0): 0, ("P1", "2", 0): 0}
    # The line that said nothing new has no second version.
    assert len(engine.query(versions("purchase_order"))) == 3


def test_the_day_of_statement_orders_versions_whatever_came_first(engine):
    post(engine, purchase_order="""
        document line item quantity_received stated_on
        P1       1    a    4                 2026-01-20
    """)  # fmt: skip
    post(engine, at=LATER, purchase_order="""
        document line item quantity_received stated_on
        P1       1    a    0                 2026-01-10
    """)  # fmt: skip
    assert orders(engine) == {("P1", "1", 0): 4}


def test_what_a_complete_list_lacks_is_closed_and_opens_again(engine):
    both = """
        item location minimum
        a    x        1
        b    -        2
    """
    one = """
        item location minimum
        a    x        1
    """
    post(engine, complete=("item_parameters",), item_parameters=both)
    post(engine, complete=("item_parameters",), at=LATER, item_parameters=one)
    assert len(engine.query(current("item_parameters"))) == 1
    post(engine, complete=("item_parameters",), at=LATER, item_parameters=both)
    assert len(engine.query(current("item_parameters"))) == 2
    assert len(engine.query(current("item_parameters", known=ibis.literal(2)))) == 1


def test_equal_keys_of_one_file_are_told_apart_and_none_is_lost(engine):
    post(engine, purchase_order="""
        document item quantity
        P1       a    10
        P1       a    20
    """)  # fmt: skip
    rows = engine.query(current("purchase_order").order_by("occurrence")).to_pylist()
    assert [(r["occurrence"], r["quantity"]) for r in rows] == [(0, 10), (1, 20)]


def test_codes_without_master_data_become_unlisted_members(engine):
    post(engine, bom="""
        item component quantity
        kit  screw     4
    """)  # fmt: skip
    rows = engine.query(table("item").filter(lambda t: ~t.listed)).to_pylist()
    assert {row["item"] for row in rows} == {"kit", "screw"}
    line = engine.query(current("bom")).to_pylist()[0]
    assert {line["item_id"], line["component_id"]} == {row["item_id"] for row in rows}


def test_days_of_documents_do_not_stretch_the_ledgers_days(engine):
    post(
        engine,
        movement="""
        happened_on kind    item location quantity value
        2026-01-01  receipt a    x        1        2
        """,
        purchase_order="""
        document item promised_on
        P1       a    2031-01-01
        """,
    )
    load = engine.query(table("load")).to_pylist()[0]
    assert (load["first_day"], load["last_day"]) == (date(2026, 1, 1), date(2026, 1, 1))


@pytest.mark.parametrize("declared", DOCUMENTS.values(), ids=lambda declared: declared.name)
def test_every_declaration_is_whole(declared):
    assert set(declared.key) <= set(declared.columns)
    assert set(declared.required) <= set(declared.columns)
    assert declared.day is None or declared.columns[declared.day] == "day"
    for column in declared.columns:
        assert (column in MEMBERS) <= (declared.columns[column] == "code")
    assert set(declared.record_key) <= set(RECORDS[f"doc_{declared.name}"].names)
    assert set(declared.columns) <= set(ENTRIES[declared.name].names)


def test_the_content_hash_covers_what_documents_say_and_not_the_order_they_came_in(tmp_path):
    first = {"purchase_order": "document line item quantity\nP1 1 a 10\nP1 2 b 5"}
    second = {"purchase_order": "document line item quantity\nP2 1 c 7"}
    prices = {"price": "item valid_from unit_price\na 2026-01-01 9"}
    other = {"purchase_order": "document line item quantity\nP2 1 c 8"}

    def hash_of(name, *loads):
        made = new_engine(tmp_path / name)
        for entries in loads:
            post(made, **entries)
        found = content_hash(made)
        made.close()
        return found

    wanted = hash_of("one", first, second, prices)
    assert hash_of("two", prices, second, first) == wanted
    assert hash_of("three", first, second) != wanted
    assert hash_of("four", first, other, prices) != wanted
    # A version that was corrected back says what it said.
    assert hash_of("five", first, second, prices, other, second) == wanted
