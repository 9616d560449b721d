import { describe, expect, it } from "vitest";
import { readNumbers, writeNumbers } from "./numbers";
import { cleanAmount, readSheet, template } from "./sheet";

describe("a pasted sheet", () => {
  it("is read by its headers, in any order, with units and extra columns", () => {
    const text = "品类\t月份\t备注\t期末（元）\t期初（元）\t销售成本\n配件\t2026-01\tx\t\"1,200\"\t1,000.50\t￥3,000\n";
    expect(readSheet(text.replaceAll('"', ""))).toEqual({
      missing: [],
      rows: [{ month: "2026-01", category: "配件", opening: "1000.50", closing: "1200", cogs: "3000", revenue: null }],
    });
  });
  it("is read by position when it has no header", () => {
    expect(readSheet("2026-01,Parts,100,200,900,1500").rows).toEqual([
      { month: "2026-01", category: "Parts", opening: "100", closing: "200", cogs: "900", revenue: "1500" },
    ]);
  });
  it("names what is missing", () => {
    expect(readSheet("Month\tOpening\tRevenue\n2026-01\t1\t2").missing).toEqual(["closing", "cogs"]);
  });
  it("keeps what is not a number for the server to name", () => {
    expect(readSheet("2026-01,,abc,2,3,4").rows[0]?.opening).toBe("abc");
  });
  it("reads back its own template", () => {
    const headers = ["月份", "品类", "期初", "期末", "销售成本", "销售收入"];
    expect(readSheet(template(headers).slice(1))).toMatchObject({ missing: [], rows: [{ month: "2026-01", opening: "" }] });
  });
});

it("gives amounts the unit of their heading", () => {
  const { rows, missing } = readSheet("月份\t期初（万元）\t期末万元\t销售成本（元）\n2026-01\t12.5\t13万\t250000");
  expect(missing).toEqual([]);
  expect(rows[0]).toMatchObject({ opening: "12.5万", closing: "13万", cogs: "250000" });
});

it("cleans amounts as people write them", () => {
  expect(cleanAmount(" ¥1,234.50 ")).toBe("1234.50");
  expect(cleanAmount("(1,000)")).toBe("-1000");
  expect(cleanAmount("12，000 元")).toBe("12000");
});

describe("four numbers in the address", () => {
  it("come back as the question that wrote them", () => {
    const typed = { opening: "5000000", closing: "6000000.50", cogs: "24000000", revenue: "" };
    const address = writeNumbers(new URLSearchParams("way=numbers"), typed, 90, "food");
    expect(readNumbers(address)).toEqual({
      rows: [{ opening: "5000000", closing: "6000000.50", cogs: "24000000", revenue: null }],
      period_days: 90,
      industry: "food",
    });
    expect(address.get("way")).toBe("numbers");
  });
  it("ask nothing until the needed ones are numbers", () => {
    expect(readNumbers(new URLSearchParams("opening=1&closing=x&cogs=3"))).toBeNull();
    expect(readNumbers(new URLSearchParams(""))).toBeNull();
  });
});
