"""The order in which loads arrive says nothing: the same days in any order make one ledger."""

import random
from datetime import date, timedelta

import pytest

from stockturn.ledger import identities
from stockturn.ledger.fingerprint import content_hash
from tests.books import new_engine, post

SEED = 20261125
HEAD = "happened_on kind item location quantity unit_cost transfer document revenue"


def days_of_books(days, seed):
    """Days of receipts, sales, returns, counts and transfers that cross days, as text rows."""
    chance = random.Random(seed)
    books = [[] for _ in range(days)]

    def say(day, *cells):
        if day < days:
            books[day].append(f"{date(2026, 1, 1) + timedelta(day)} " + " ".join(cells))

    for day in range(days):
        for n in range(chance.randint(2, 5)):
            item, place = chance.choice("abc"), chance.choice(["x", "y"])
            size = chance.randint(1, 9)
            document = f"D{day}-{n}"
            kind = chance.choice(["receipt", "sale", "sale", "transfer", "return", "count", "free"])
            if kind == "receipt":
                cost = f"{chance.randint(1, 99)}.{chance.randint(0, 99):02}"
                say(day, "receipt", item, place, str(size * 2), cost, "-", document, "-")
            elif kind == "free":
                say(day, "receipt", item, place, str(size), "-", "-", document, "-")
            elif kind == "sale":
                say(day, "sale_issue", item, place, f"-{size}", "-", "-", document, f"{size * 9}")
            elif kind == "return":
                say(day, "customer_return", item, place, "1", "-", "-", document, "9")
            elif kind == "count":
                say(day, "count", item, place, str(chance.choice([-1, 1])), "-", "-", document, "-")
            else:
                other = "y" if place == "x" else "x"
                late = chance.choice([0, 0, 1, 3])
                say(day, "transfer_out", item, place, f"-{size}", "-", document, document, "-")
                say(day + late, "transfer_in", item, other, f"{size}", "-", document, document, "-")
    return ["\n".join([HEAD, *rows]) for rows in books if rows]


def hash_of(folder, books, costing):
    folder.mkdir(parents=True)
    engine = new_engine(folder)
    try:
        for rows in books:
            post(engine, costing=costing, movement=rows)
        broken = [result.key for result in identities.check(engine) if not result.passed]
        assert broken == []
        return content_hash(engine)
    finally:
        engine.close()


@pytest.mark.parametrize("orders", [3, pytest.param(100, marks=pytest.mark.soak)])
@pytest.mark.parametrize("costing", ["moving_average", "monthly_average", "fifo"])
def test_loads_in_any_order_make_one_ledger(tmp_path, costing, orders):
    books = days_of_books(9, SEED)
    wanted = hash_of(tmp_path / "dated", books, costing)
    for number in range(orders):
        chance = random.Random(SEED + number)
        shuffled = chance.sample(books, len(books))
        assert hash_of(tmp_path / f"order-{number}", shuffled, costing) == wanted, number


def test_other_content_has_another_hash(tmp_path):
    books = days_of_books(3, SEED)
    changed = [books[0].replace("2026-01-01", "2026-01-02"), *books[1:]]
    hashes = {hash_of(tmp_path / str(n), each, "fifo") for n, each in enumerate((books, changed))}
    assert len(hashes) == 2
