import type { CoverageShape } from "../api";
import { daysBetween } from "../address/days";
import { type Decimal, readDecimal } from "../numbers/decimal";
import { sayCount, sayRatio } from "../numbers/format";

export type Grade = "fresh" | "late" | "broken";

export interface Freshness {
  readonly overall: Grade;
  readonly time: Grade;
  readonly cost: Grade;
}

const LATE_AFTER_DAYS = 3;

/** Green: recent and costed. Amber: late, some stock without cost, below zero, rows that wait, gaps, rules that do not hold, sources behind. Red: no data, or mostly without cost. */
export function freshness(coverage: CoverageShape, today: string): Freshness {
  const time: Grade = !coverage.data_as_of ? "broken" : daysBetween(coverage.data_as_of, today) > LATE_AFTER_DAYS ? "late" : "fresh";
  const cost = costGrade(coverage.cost_coverage);
  const trust = coverage.trust;
  const marked = coverage.negative_balances > 0 || (trust ? trust.waiting + trust.gaps + trust.rules_broken + trust.late.length > 0 : false);
  const grades = [time, cost, marked ? "late" : "fresh"] as const;
  const overall = grades.includes("broken") ? "broken" : grades.includes("late") ? "late" : "fresh";
  return { overall, time, cost };
}

export interface Reason {
  readonly key: "noData" | "behind" | "noCost" | "cost" | "negative" | "waiting" | "gaps" | "rules" | "late";
  readonly count: number;
  /** The figure of the sentence, as one reads it. */
  readonly shown: string;
}

/** Why the dot is not green: one sentence for each thing behind it. */
export function reasons(coverage: CoverageShape, state: Freshness, behind: number | null): Reason[] {
  if (behind === null) return [{ key: "noData", count: 0, shown: "" }];
  const found: Reason[] = [];
  if (state.time !== "fresh") found.push({ key: "behind", count: behind, shown: sayCount(behind) });
  if (coverage.cost_coverage === null) found.push({ key: "noCost", count: 0, shown: "" });
  else if (state.cost !== "fresh") found.push({ key: "cost", count: 0, shown: sayRatio(coverage.cost_coverage) });
  const below = coverage.negative_balances;
  if (below) found.push({ key: "negative", count: below, shown: sayCount(below) });
  const trust = coverage.trust;
  const counts = [["waiting", trust?.waiting], ["gaps", trust?.gaps], ["rules", trust?.rules_broken], ["late", trust?.late.length]] as const;
  for (const [key, count] of counts) if (count) found.push({ key, count, shown: sayCount(count) });
  return found;
}

/** Compare a fraction with whole percent, exactly. */
function reachesPercent(share: Decimal, percent: bigint): boolean {
  return share.digits * 100n >= percent * 10n ** BigInt(share.scale);
}

function costGrade(share: string | null): Grade {
  const read = readDecimal(share);
  if (read === null) return "late";
  return reachesPercent(read, 98n) ? "fresh" : reachesPercent(read, 50n) ? "late" : "broken";
}
