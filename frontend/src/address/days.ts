/** Local days as text (2026-11-20): days have no time zone, so no Date object may carry them. */

export interface Span {
  readonly begin: string;
  /** Exclusive. */
  readonly end: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function isDay(text: string | null | undefined): text is string {
  if (!text || !DAY.test(text)) return false;
  return addDays(text, 0) === text;
}

function parts(day: string): [number, number, number] {
  return [Number(day.slice(0, 4)), Number(day.slice(5, 7)), Number(day.slice(8, 10))];
}

function fromUtc(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

export function addDays(day: string, count: number): string {
  const [year, month, date] = parts(day);
  return fromUtc(Date.UTC(year, month - 1, date + count));
}

/** First of the month `count` months after the month of `day`. */
export function monthStart(day: string, count = 0): string {
  const [year, month] = parts(day);
  return fromUtc(Date.UTC(year, month - 1 + count, 1));
}

export function yearStart(day: string, count = 0): string {
  return `${String(parts(day)[0] + count).padStart(4, "0")}-01-01`;
}

export function quarterStart(day: string): string {
  const month = parts(day)[1];
  return monthStart(day, -((month - 1) % 3));
}

export function daysBetween(begin: string, end: string): number {
  const [a, b, c] = parts(begin);
  const [x, y, z] = parts(end);
  return Math.round((Date.UTC(x, y - 1, z) - Date.UTC(a, b - 1, c)) / 86_400_000);
}

/** Today on the reader's clock. */
export function today(now = new Date()): string {
  const pad = (value: number) => String(value).padStart(2, "0");
  return `${String(now.getFullYear())}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}`;
}
