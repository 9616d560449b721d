"""The two-minute start for whoever has only a few numbers or one sheet."""

from __future__ import annotations

from playwright.sync_api import expect


def fill(page, **numbers):
    for label, number in numbers.items():
        page.get_by_label(label).fill(number)


def test_four_numbers_give_turnover_and_a_next_step(open_page, empty_address):
    page = open_page(f"{empty_address}/quick")
    fill(page, 期初存货="100", 期末存货="300", 营业成本="800", 营业收入="1000")
    page.get_by_role("button", name="算周转").click()
    expect(page.get_by_test_id("quick-turnover")).to_contain_text("4.00")
    expect(page.get_by_test_id("quick-days")).to_contain_text("91.3")
    expect(page.get_by_test_id("quick-answer")).to_contain_text("两点")
    # The numbers are in the address, so that the answer can be sent on.
    expect(open_page(page.url).get_by_test_id("quick-turnover")).to_contain_text("4.00")


def test_an_industry_shows_its_usual_range(open_page, empty_address):
    page = open_page(f"{empty_address}/quick")
    fill(page, 期初存货="100", 期末存货="300", 营业成本="800")
    page.get_by_role("combobox", name="行业").click()
    page.locator(".ant-select-item-option").first.click()
    page.get_by_role("button", name="算周转").click()
    expect(page.get_by_test_id("quick-answer")).to_contain_text("来源")


def test_a_missing_number_is_asked_for(open_page, empty_address):
    page = open_page(f"{empty_address}/quick")
    fill(page, 期初存货="一百")
    page.get_by_role("button", name="算周转").click()
    expect(page.get_by_role("main")).to_contain_text("这里要填数字")
    expect(page.get_by_role("main")).to_contain_text("请填写这个数")


def test_a_sheet_can_be_uploaded(open_page, empty_address, tmp_path):
    sheet = tmp_path / "速算.csv"
    sheet.write_text(
        "月份,类别,期初库存,期末库存,销售成本,销售收入\n"
        "2024-01,五金,100,120,60,90\n2024-02,五金,120,140,60,90\n",
        encoding="utf-8",
    )
    page = open_page(f"{empty_address}/quick?way=sheet")
    page.locator('input[type="file"]').set_input_files(sheet)
    expect(page.get_by_test_id("quick-turnover")).to_contain_text("6.00")


def test_a_sheet_grows_into_the_workspace(open_page, new_address, tmp_path):
    sheet = tmp_path / "速算.csv"
    sheet.write_text(
        "月份,类别,期初库存,期末库存,销售成本,销售收入\n"
        "2024-01,五金,100,120,60,90\n2024-02,五金,120,140,60,90\n"
        "2024-01,电机,900,700,300,400\n2024-02,电机,700,800,200,260\n",
        encoding="utf-8",
    )
    page = open_page(f"{new_address}/quick?way=sheet")
    page.locator('input[type="file"]').set_input_files(sheet)
    # 620 sold in two months on (1,000 + 940) / 2.
    expect(page.get_by_test_id("quick-turnover")).to_contain_text("3.84")
    page.get_by_role("button", name="存入工作区").click()
    overview = page.get_by_test_id("overview")
    # The financial reading counts the period: 620 / 970.
    expect(overview).to_contain_text("0.64")
    assert "reading=financial" in page.url
    expect(overview).to_contain_text("五金")
    expect(page.get_by_role("main")).to_contain_text("未知")
    # The same sheet again changes nothing.
    page.goto(f"{new_address}/quick?way=sheet")
    page.locator('input[type="file"]').set_input_files(sheet)
    page.get_by_role("button", name="存入工作区").click()
    expect(page.get_by_role("main")).to_contain_text("未重复导入")


def test_rows_without_a_month_say_what_is_missing(open_page, empty_address):
    page = open_page(f"{empty_address}/quick?way=sheet")
    page.get_by_label("从 Excel 复制").fill("品类\t期初\t期末\t成本\n五金\t100\t120\t60")
    page.get_by_role("button", name="算周转").click()
    expect(page.get_by_role("button", name="存入工作区")).to_be_disabled()
    expect(page.get_by_role("main")).to_contain_text("加上月份")
