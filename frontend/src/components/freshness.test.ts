import { expect, it } from "vitest";
import { freshness, reasons } from "./freshness";

const GOOD = { data_as_of: "2026-11-19", load_no: 3, cost_coverage: "0.98", negative_balances: 0 };

const TRUST = { rejected_share: "0", waiting: 0, gaps: 0, quality_score: "1", rules_broken: 0, late: [] };

it.each([
  ["fresh", {}],
  ["late", { data_as_of: "2026-11-16" }],
  ["late", { cost_coverage: "0.9799" }],
  ["late", { cost_coverage: null }],
  ["late", { negative_balances: 1 }],
  ["fresh", { trust: TRUST }],
  ["late", { trust: { ...TRUST, waiting: 1 } }],
  ["late", { trust: { ...TRUST, late: [{ mapping: "erp", feed: "", last_day: "2026-11-01" }] } }],
  ["broken", { cost_coverage: "0.4999" }],
  ["broken", { data_as_of: null }],
])("is %s for %o", (grade, change) => {
  expect(freshness({ ...GOOD, ...change }, "2026-11-20").overall).toBe(grade);
});

it.each([
  [[], {}, 1],
  [["behind 51"], {}, 51],
  [["cost 97.9%", "negative 3"], { cost_coverage: "0.9794", negative_balances: 3 }, 1],
  [["waiting 4", "gaps 2", "rules 1"], { trust: { ...TRUST, waiting: 4, gaps: 2, rules_broken: 1 } }, 1],
  [["noCost "], { cost_coverage: null }, 0],
  [["noData "], { data_as_of: null }, null],
])("says why: %o", (said, change, behind) => {
  const today = "2026-11-20";
  const day = new Date(Date.parse(today) - (behind ?? 0) * 86_400_000).toISOString().slice(0, 10);
  const coverage = { ...GOOD, data_as_of: day, ...change };
  expect(reasons(coverage, freshness(coverage, today), behind).map(({ key, shown }) => `${key} ${shown}`)).toEqual(said);
});
