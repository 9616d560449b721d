import { expect, it } from "vitest";
import { freshness } from "./freshness";

const GOOD = { data_as_of: "2026-11-19", load_no: 3, cost_coverage: "0.98", negative_balances: 0 };

it.each([
  ["fresh", {}],
  ["late", { data_as_of: "2026-11-16" }],
  ["late", { cost_coverage: "0.9799" }],
  ["late", { cost_coverage: null }],
  ["late", { negative_balances: 1 }],
  ["broken", { cost_coverage: "0.4999" }],
  ["broken", { data_as_of: null }],
])("is %s for %o", (grade, change) => {
  expect(freshness({ ...GOOD, ...change }, "2026-11-20").overall).toBe(grade);
});
