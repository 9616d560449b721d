/** The state of a view is its address: reading it and writing it, and nothing else. */

import { isDay, type Span } from "./days";
import { DEFAULT_PRESET, readPeriod } from "./periods";

export const GRAINS = ["day", "week", "month", "quarter", "year"] as const;
export type Grain = (typeof GRAINS)[number];
export const COMPARISONS = ["prior_year", "prior_period", "none"] as const;
export type Comparison = (typeof COMPARISONS)[number];
export const READINGS = ["management", "financial"] as const;
export type Reading = (typeof READINGS)[number];
export const AVERAGES = ["daily", "two-point", "n-point"] as const;
export const BASES = ["cost", "quantity", "sales"] as const;

/** What value by age counts from: receipt by the company, arrival at the site, the lot made. */
export const CLOCKS = ["company", "site", "lot"] as const;
export type Clock = (typeof CLOCKS)[number];

export interface Member {
  readonly dimension: string;
  readonly member: string;
  /** Keep all but this one; written as `dimension!=member`. */
  readonly exclude?: boolean;
}

/** Parts of the basis that the reader changed; what is absent follows the reading. */
export interface BasisChoice {
  readonly average?: (typeof AVERAGES)[number];
  readonly basis?: (typeof BASES)[number];
  readonly days?: 365 | 360;
  readonly annualise?: boolean;
  readonly yearToDate?: boolean;
}

export interface View {
  /** The preset or calendar period by name; null for a custom span. */
  readonly period: string | null;
  readonly span: Span;
  readonly grain: Grain;
  readonly compare: Comparison;
  readonly reading: Reading | null;
  readonly basis: BasisChoice;
  readonly by: string | null;
  readonly clock: Clock;
  readonly where: readonly Member[];
}

function oneOf<T extends string>(allowed: readonly T[], text: string | null): T | undefined {
  return allowed.find((each) => each === text);
}

export function readMember(text: string): Member | null {
  const found = /^([^=!]+)(!?)=(.*)$/s.exec(text);
  if (!found) return null;
  const [, dimension = "", not, member = ""] = found;
  return not ? { dimension, member, exclude: true } : { dimension, member };
}

export function writeMember(member: Member): string {
  return `${member.dimension}${member.exclude ? "!=" : "="}${member.member}`;
}

function readBasis(query: URLSearchParams): BasisChoice {
  const flag = (name: string) => {
    const text = query.get(name);
    return text === "true" ? true : text === "false" ? false : undefined;
  };
  const days = query.get("days");
  const choice = {
    average: oneOf(AVERAGES, query.get("average")),
    basis: oneOf(BASES, query.get("basis")),
    days: days === "365" ? 365 : days === "360" ? 360 : undefined,
    annualise: flag("annualise"),
    yearToDate: flag("year_to_date"),
  };
  return Object.fromEntries(Object.entries(choice).filter(([, value]) => value !== undefined));
}

/** Read a view; whatever does not fit is as if it were not there. */
export function readView(query: URLSearchParams, anchor: string): View {
  const from = query.get("from");
  const to = query.get("to");
  const custom = isDay(from) && isDay(to) && from < to ? { begin: from, end: to } : null;
  const named = custom ? null : readPeriod(query.get("period"), anchor);
  const preset = named ? query.get("period") : DEFAULT_PRESET;
  return {
    period: custom ? null : preset,
    span: custom ?? named ?? (readPeriod(DEFAULT_PRESET, anchor) as Span),
    grain: oneOf(GRAINS, query.get("grain")) ?? "month",
    compare: oneOf(COMPARISONS, query.get("compare")) ?? "prior_year",
    reading: oneOf(READINGS, query.get("reading")) ?? null,
    basis: readBasis(query),
    by: query.get("by"),
    clock: oneOf(CLOCKS, query.get("clock")) ?? "company",
    where: query.getAll("where").map(readMember).filter((each) => each !== null),
  };
}

const BASIS_KEYS = ["average", "basis", "days", "annualise", "year_to_date"] as const;

/** Return the address with some parts changed; other parts stay as they are. */
export function writeView(query: URLSearchParams, change: Partial<View>): URLSearchParams {
  const next = new URLSearchParams(query);
  const put = (name: string, value: string | null | undefined) => {
    if (value === null || value === undefined || value === "") next.delete(name);
    else next.set(name, value);
  };
  if (change.period) {
    put("period", change.period);
    for (const name of ["from", "to"]) next.delete(name);
  } else if (change.span) {
    put("from", change.span.begin);
    put("to", change.span.end);
    next.delete("period");
  }
  if (change.grain) put("grain", change.grain);
  if (change.compare) put("compare", change.compare);
  if (change.reading !== undefined) put("reading", change.reading);
  if (change.by !== undefined) put("by", change.by);
  if (change.clock) put("clock", change.clock === "company" ? null : change.clock);
  if (change.basis) {
    const { average, basis, days, annualise, yearToDate } = change.basis;
    const values = [average, basis, days, annualise, yearToDate];
    BASIS_KEYS.forEach((name, index) => {
      put(name, values[index]?.toString());
    });
  }
  if (change.where) {
    next.delete("where");
    for (const each of change.where) next.append("where", writeMember(each));
  }
  return next;
}

/** Step down: keep only one member, and group by the next level where there is one. */
export function drill(view: View, into: Member, next: string | null): Partial<View> {
  const kept = view.where.filter((each) => each.exclude || each.dimension !== into.dimension);
  return { where: [...kept, into], by: next ?? view.by };
}

/** The address to send: named periods become days, so that the receiver sees the same figures. */
export function fixedAddress(query: URLSearchParams, view: View): URLSearchParams {
  return writeView(query, { period: null, span: view.span });
}
