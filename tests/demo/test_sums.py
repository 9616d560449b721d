from collections import defaultdict
from datetime import date
from decimal import Decimal

from .conftest import days_between


def test_stock_never_goes_below_zero_outside_the_planted_cases(long):
    planted = {
        (case["item"], case["location"], day)
        for case in long.truths["negative_stock"]
        for day in days_between(case["begin"], case["end"], long.last_day)
    }
    balance: dict[tuple, int] = defaultdict(int)
    seen = set()
    for row in long.movements:
        cell = (row["物料编码"], row["仓库编码"], row["库存状态"], row["批号"])
        balance[cell] += row["数量"]
        if balance[cell] < 0:
            seen.add((row["物料编码"], row["仓库编码"], row["日期"]))
    assert seen
    assert seen <= planted


def test_movements_are_in_order_of_days(small):
    days = [row["日期"] for row in small.movements]
    assert days == sorted(days)
    assert days[0] == date(2024, 9, 30)
    assert {row["业务类型"] for row in small.movements if row["日期"] == days[0]} == {"期初"}


def test_transfers_pair_one_out_leg_with_one_in_leg(long):
    legs = defaultdict(list)
    for row in long.movements:
        if row["业务类型"] in {"调拨出库", "调拨入库"}:
            legs[row["调拨单号"]].append(row)
    road = set()
    for pair in legs.values():
        out, *arrived = pair
        assert out["业务类型"] == "调拨出库"
        if not arrived:
            assert (long.last_day - out["日期"]).days <= 6
            continue
        (back,) = arrived
        assert back["业务类型"] == "调拨入库"
        assert out["数量"] + back["数量"] == 0
        assert (out["物料编码"], out["批号"]) == (back["物料编码"], back["批号"])
        assert out["仓库编码"] != back["仓库编码"]
        road.add((back["日期"] - out["日期"]).days)
    assert road == set(range(1, 7))


def test_status_changes_balance(long):
    legs = defaultdict(list)
    for row in long.movements:
        if row["业务类型"] == "状态转换":
            legs[row["调拨单号"]].append(row)
    assert legs
    for before, after in legs.values():
        assert before["数量"] + after["数量"] == 0
        assert before["库存状态"] != after["库存状态"]
        assert before["日期"] == after["日期"]


def test_amount_is_quantity_times_price_and_issues_carry_none(small):
    receipts = {"期初", "采购入库", "完工入库"}
    for row in small.movements:
        if row["业务类型"] not in receipts:
            assert row["金额"] is None
        elif row["金额"] is not None:
            assert abs(row["金额"] - row["数量"] * row["单价"]) <= Decimal("0.005")
        assert (row["销售收入"] is not None) == (row["业务类型"] in {"销售出库", "销售退货"})


def test_work_orders_take_what_the_bill_of_material_says(small):
    used = {(row["父件"], row["子件"]): row["用量"] for row in small.rows("物料清单")}
    orders = defaultdict(lambda: defaultdict(list))
    for row in small.movements:
        if row["单据号"].startswith("SC"):
            orders[row["单据号"]][row["业务类型"]].append(row)
    finished = [o for o in orders.values() if "完工入库" in o]
    assert finished
    for order in finished:
        (made,) = order["完工入库"]
        for line in order["生产领料"]:
            need = float(used[made["物料编码"], line["物料编码"]]) * float(made["数量"])
            assert abs(float(line["数量"]) + need) < 1e-6


def test_every_receipt_has_its_purchase_order(small):
    ordered = {
        (row["订单号"], row["物料编码"], row["到货日期"], float(row["数量"]))
        for row in small.rows("采购订单")
    }
    receipts = [row for row in small.movements if row["业务类型"] == "采购入库"]
    assert receipts
    for row in receipts:
        key = (row["单据号"], row["物料编码"], str(row["日期"]), float(row["数量"]))
        assert key in ordered


def test_lots_leave_first_expired_first_and_never_after_expiry(long):
    expiry = {(row["物料编码"], row["批号"]): row["失效日期"] for row in long.rows("批次")}
    sold = [row for row in long.movements if row["业务类型"] == "销售出库" and row["批号"]]
    assert len(sold) > 1_000
    for row in sold:
        assert str(row["日期"]) < expiry[row["物料编码"], row["批号"]]


def test_codes_of_movements_are_listed(small):
    for column, name in {
        "物料编码": "物料", "仓库编码": "仓库", "供应商编码": "供应商", "客户编码": "客户"
    }.items():  # fmt: skip
        listed = {row[column] for row in small.rows(name)}
        assert {row[column] for row in small.movements} - {None} <= listed


def test_the_plant_rests_around_spring_festival(long):
    closed = {
        day
        for begin, end in (("2024-02-04", "2024-02-20"), ("2025-01-23", "2025-02-08"))
        for day in days_between(begin, end, long.last_day)
    }
    kinds = {"采购入库", "完工入库", "生产领料"}
    assert not [r for r in long.movements if r["日期"] in closed and r["业务类型"] in kinds]
    sales = [r for r in long.movements if r["业务类型"] == "销售出库"]
    run_up = sum(date(2025, 1, 8) <= r["日期"] <= date(2025, 1, 18) for r in sales)
    holiday = sum(date(2025, 1, 29) <= r["日期"] <= date(2025, 2, 8) for r in sales)
    assert holiday < run_up / 2
