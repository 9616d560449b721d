/** Named periods. They count back from the last day that has data, not from today. */

import { addDays, isDay, monthStart, quarterStart, type Span, yearStart } from "./days";

export const PRESETS = ["this_month", "last_month", "this_quarter", "year_to_date", "last_12_months"] as const;
export type Preset = (typeof PRESETS)[number];

export const DEFAULT_PRESET: Preset = "last_12_months";

/** The day presets count from: the last day with data, or today when there is more or none. */
export function anchorDay(dataAsOf: string | null | undefined, today: string): string {
  return dataAsOf && dataAsOf < today ? dataAsOf : today;
}

export function presetSpan(preset: Preset, anchor: string): Span {
  const end = addDays(anchor, 1);
  switch (preset) {
    case "this_month":
      return { begin: monthStart(anchor), end };
    case "last_month":
      return { begin: monthStart(anchor, -1), end: monthStart(anchor) };
    case "this_quarter":
      return { begin: quarterStart(anchor), end };
    case "year_to_date":
      return { begin: yearStart(anchor), end };
    case "last_12_months":
      // A period that ends inside a month starts on the same day of the month a year earlier.
      return { begin: yearBefore(end), end };
  }
}

function yearBefore(day: string): string {
  const year = String(Number(day.slice(0, 4)) - 1);
  const same = year + day.slice(4);
  return isDay(same) ? same : `${year}-03-01`;
}

/** Read `period` of an address: a preset, a calendar year (2013), quarter (2013-Q2) or month (2013-06). */
export function readPeriod(text: string | null, anchor: string): Span | null {
  if (!text) return null;
  if ((PRESETS as readonly string[]).includes(text)) return presetSpan(text as Preset, anchor);
  const year = /^(\d{4})$/.exec(text)?.[1];
  if (year) return { begin: `${year}-01-01`, end: yearStart(`${year}-01-01`, 1) };
  const quarter = /^(\d{4})-Q([1-4])$/.exec(text);
  if (quarter) {
    const begin = monthStart(`${quarter[1] ?? ""}-01-01`, (Number(quarter[2]) - 1) * 3);
    return { begin, end: monthStart(begin, 3) };
  }
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) {
    return { begin: `${text}-01`, end: monthStart(`${text}-01`, 1) };
  }
  return null;
}

/** Calendar years that hold data, newest first. */
export function dataYears(first: string | null | undefined, last: string | null | undefined): string[] {
  if (!first || !last) return [];
  const years: string[] = [];
  for (let year = Number(last.slice(0, 4)); year >= Number(first.slice(0, 4)); year--) years.push(String(year));
  return years;
}
