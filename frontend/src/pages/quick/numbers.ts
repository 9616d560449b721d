/** The four numbers as the address carries them. */

import type { QuickRequest } from "../../api";
import { readDecimal } from "../../numbers/decimal";

export const NUMBERS = ["opening", "closing", "cogs", "revenue"] as const;
export type NumberName = (typeof NUMBERS)[number];

export const YEAR = 365;

/** Return the question in the address; null until the three needed numbers are there. */
export function readNumbers(query: URLSearchParams): QuickRequest | null {
  const text = (name: NumberName) => {
    const typed = query.get(name);
    return readDecimal(typed) === null ? null : typed;
  };
  const [opening, closing, cogs, revenue] = NUMBERS.map(text);
  if (!opening || !closing || !cogs) return null;
  const days = Number(query.get("days"));
  return {
    rows: [{ opening, closing, cogs, revenue: revenue ?? null }],
    period_days: Number.isInteger(days) && days > 0 ? days : YEAR,
    industry: query.get("industry"),
  };
}

/** Return the address with the numbers written into it. */
export function writeNumbers(query: URLSearchParams, typed: Record<NumberName, string>, days: number, industry: string | null): URLSearchParams {
  const next = new URLSearchParams(query);
  for (const name of NUMBERS) {
    if (typed[name]) next.set(name, typed[name]);
    else next.delete(name);
  }
  next.set("days", String(days));
  if (industry) next.set("industry", industry);
  else next.delete("industry");
  return next;
}
