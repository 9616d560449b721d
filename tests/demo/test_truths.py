from collections import defaultdict
from datetime import date, timedelta
from statistics import mean

import pytest

from .conftest import days_between

YEAR = timedelta(days=365)


def issues(written, begin, end):
    """Quantity sold or consumed by item in [begin, end)."""
    total = defaultdict(float)
    for row in written.movements:
        if row["业务类型"] in {"销售出库", "生产领料"} and begin <= row["日期"] < end:
            total[row["物料编码"]] -= float(row["数量"])
    return total


@pytest.mark.parametrize("which", ["small", "long"])
def test_dead_items_have_stock_and_no_issue_for_a_year(which, request):
    written = request.getfixturevalue(which)
    last, held = written.last_issue(), written.on_hand()
    assert len(written.truths["dead_items"]) >= 2
    for item in written.truths["dead_items"]:
        assert held[item] > 0
        assert last.get(item, date.min) < written.last_day - YEAR


def test_slow_items_lie_longer_than_a_year(long):
    recent = issues(long, long.last_day - timedelta(days=179), date.max)
    held = long.on_hand()
    assert len(long.truths["slow_items"]) >= 2
    for item in long.truths["slow_items"]:
        assert recent[item] > 0
        assert float(held[item]) / (recent[item] / 180) > 365


def test_dying_items_sell_far_less_than_a_year_ago(long):
    end = long.last_day
    now = issues(long, end - timedelta(days=120), end)
    then = issues(long, end - 365 * 2 * timedelta(days=1), end - timedelta(days=610))
    dying = [entry["item"] for entry in long.truths["dying_items"]]
    assert sum(now[i] for i in dying) < 0.35 * sum(then[i] for i in dying)


@pytest.mark.parametrize("which", ["small", "long"])
def test_new_items_do_not_sell_before_their_launch(which, request):
    written = request.getfixturevalue(which)
    launch = {e["item"]: date.fromisoformat(e["from"]) for e in written.truths["new_items"]}
    sold = [r for r in written.movements if r["业务类型"] == "销售出库" and r["物料编码"] in launch]
    assert sold
    assert all(row["日期"] >= launch[row["物料编码"]] for row in sold)


def test_items_without_cost_are_the_only_receipts_without_cost(long):
    planted = set(long.truths["items_without_cost"])
    receipts = [r for r in long.movements if r["业务类型"] in {"采购入库", "期初", "完工入库"}]
    missing = [row for row in receipts if row["金额"] is None]
    assert missing
    assert {row["物料编码"] for row in missing} <= planted
    bought = [r for r in receipts if r["物料编码"] in planted and r["业务类型"] == "采购入库"]
    assert 0.4 < len(missing) / len(bought) < 0.8
    assert not planted & {row["物料编码"] for row in long.rows("标准成本")}


def test_late_suppliers_take_longer_than_they_promise(long):
    taken, quoted = defaultdict(list), {}
    for row in long.rows("采购订单"):
        if row["到货日期"]:
            ordered = date.fromisoformat(row["下单日期"])
            taken[row["供应商编码"]].append((date.fromisoformat(row["到货日期"]) - ordered).days)
            quoted[row["供应商编码"]] = (date.fromisoformat(row["承诺日期"]) - ordered).days
    planted = {entry["supplier"]: entry for entry in long.truths["late_suppliers"]}
    late = {key for key, entry in planted.items() if not entry["later_days_per_year"]}
    assert len(planted) == len(late) + 1
    for supplier, days in taken.items():
        if supplier in planted:
            assert mean(days) == pytest.approx(planted[supplier]["observed_mean_days"], abs=0.01)
            assert len(days) == planted[supplier]["deliveries"]
        if supplier in late:
            assert mean(days) > 1.25 * quoted[supplier]
        elif supplier not in planted:
            assert mean(days) < 1.25 * quoted[supplier] + 3


def test_negative_cases_close_below_zero(long):
    balance = defaultdict(lambda: defaultdict(int))
    for row in long.movements:
        balance[row["物料编码"], row["仓库编码"]][row["日期"]] += row["数量"]
    assert len(long.truths["negative_stock"]) >= 2
    for case in long.truths["negative_stock"]:
        days = balance[case["item"], case["location"]]
        closing = [
            sum(q for day, q in days.items() if day <= at)
            for at in days_between(case["begin"], case["end"], long.last_day)
        ]
        assert all(value < 0 for value in closing)
        assert float(min(closing)) == float(case["lowest"])


def test_stockouts_close_without_available_stock(long):
    spans = long.truths["stockouts"]
    assert spans["columns"] == ["item", "location", "begin", "end", "lost_quantity"]
    assert len(spans["rows"]) > 100
    changes = defaultdict(list)
    for row in long.movements:
        if row["库存状态"] == "可用":
            changes[row["物料编码"], row["仓库编码"]].append((row["日期"], row["数量"]))
    for item, location, begin, end, lost in spans["rows"][::5]:
        first = date.fromisoformat(begin)
        closing = sum(q for day, q in changes[item, location] if day <= first)
        assert closing <= 0
        for day in days_between(begin, end, long.last_day)[1:]:
            closing += sum(q for when, q in changes[item, location] if when == day)
            assert closing <= 0
        assert float(lost) > 0


def test_expired_lots_are_blocked_on_their_day_and_scrapped(long):
    blocked = {
        (r["物料编码"], r["仓库编码"], r["批号"], str(r["日期"]), float(r["数量"]))
        for r in long.movements
        if r["库存状态"] == "冻结" and r["业务类型"] == "状态转换"
    }
    planted = {
        (e["item"], e["location"], e["lot"], e["blocked_on"], float(e["quantity"]))
        for e in long.truths["expired_lots"]
    }
    scrapped = {r["批号"] for r in long.movements if r["库存状态"] == "冻结" and r["数量"] < 0}
    old = {e["lot"] for e in long.truths["expired_lots"] if e["expired_on"] < "2026-09-01"}
    assert planted == blocked
    assert old
    assert all(e["expired_on"] <= e["blocked_on"] for e in long.truths["expired_lots"])
    assert old <= scrapped


def test_promotions_sell_more(long):
    category = {row["物料编码"]: row["一级分类"] for row in long.rows("物料")}
    sold = defaultdict(float)
    for row in long.movements:
        if row["业务类型"] == "销售出库":
            sold[category[row["物料编码"]], row["日期"]] -= float(row["数量"])
    promotions = long.truths["promotions"]
    assert len(promotions) == len(long.rows("促销"))
    during, before = 0.0, 0.0
    for entry in promotions:
        begin, end = (date.fromisoformat(entry[key]) for key in ("begin", "end"))
        length = (end - begin).days + 1
        for k in range(length):
            during += sold[entry["category"], begin + timedelta(days=k)]
            before += sold[entry["category"], begin + timedelta(days=k - 28)]
    assert during > 1.25 * before


def test_the_wrong_minimum_is_ordered(long):
    truth = long.truths["wrong_minimum"]
    minimum = {e["item"]: float(e["minimum"]) for e in truth["items"]}
    stated = {row["物料编码"]: float(row["最小起订量"]) for row in long.rows("物料")}
    assert minimum == {item: stated[item] for item in minimum}
    orders = [r for r in long.rows("采购订单") if r["供应商编码"] == truth["supplier"]]
    after = [r for r in orders if r["下单日期"] >= truth["since"]]
    assert after
    assert all(float(r["数量"]) >= minimum[r["物料编码"]] for r in after)
    before = [float(r["数量"]) / minimum[r["物料编码"]] for r in orders if r not in after]
    assert mean(before) < 0.5


def test_the_overstocked_place_holds_what_others_lack(long):
    truth = long.truths["overstocked_location"]
    assert truth["transfer_chances"]
    available = defaultdict(float)
    for row in long.movements:
        if row["库存状态"] == "可用":
            available[row["物料编码"], row["仓库编码"]] += float(row["数量"])
    for chance in truth["transfer_chances"]:
        assert available[chance["item"], truth["location"]] >= float(chance["surplus"]) > 0
        assert all(available[chance["item"], place] <= 0 for place in chance["short_at"])


def test_lost_sales_are_a_fair_share_of_revenue(long):
    revenue = sum(float(row["销售收入"]) for row in long.movements if row["销售收入"] is not None)
    assert 0.01 < float(long.truths["lost_sales"]["revenue"]) / revenue < 0.35
