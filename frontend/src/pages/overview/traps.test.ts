import { describe, expect, it } from "vitest";
import type { CashTrap } from "../../api";
import { readKinds, sortTraps, toSheet } from "./traps";

function trap(item: string, value: string, days: string | null, still: number | null = 1): CashTrap {
  return {
    item,
    name: null,
    category: "配件",
    location_count: 1,
    value,
    days_of_inventory: days,
    days_since_last_issue: still,
    age_days: null,
    reason: "=没有\t动销",
    trend: [],
  };
}

const TRAPS = [trap("a", "9007199254740993.01", null), trap("b", "9007199254740993.02", "10.5", null), trap("c", "12", "9")];
const order = (sort: string) => sortTraps(TRAPS, sort).map(({ item }) => item).join("");

describe("sorting", () => {
  it("tells apart amounts that a float cannot", () => {
    expect(order("-value")).toBe("bac");
    expect(order("value")).toBe("cab");
  });
  it("puts the unknown last, up and down", () => {
    expect(order("days")).toBe("cba");
    expect(order("-days")).toBe("bca");
    expect(order("still").endsWith("b")).toBe(true);
  });
});

it("copies numbers as numbers and never a formula", () => {
  const sheet = toSheet(
    [
      { key: "item", title: "物料" },
      { key: "value", title: "金额（万元）" },
      { key: "trend", title: "走势" },
      { key: "reason", title: "原因" },
    ],
    [TRAPS[0] as CashTrap],
  );
  expect(sheet).toBe("物料\t金额\t原因\na\t9007199254740993.01\t'=没有 动销");
});

it("reads the header filter, or nothing", () => {
  expect(readKinds('["配件","a,b"]')).toEqual(["配件", "a,b"]);
  for (const wrong of [null, "x", "{}", "[1]"]) expect(readKinds(wrong)).toEqual([]);
});
