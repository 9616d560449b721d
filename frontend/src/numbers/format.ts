/** How figures are said: one unit in a column, decimals by unit; the same rules as in Python. */

import { print, reaches, readDecimal, round, shift } from "./decimal";

export type Language = "zh" | "en";

export interface Said {
  /** Sign and digits, e.g. "−1,234.5". */
  readonly number: string;
  /** What stands after (or, in English money, before) it; "" when the unit is understood. */
  readonly unit: string;
  /** The whole, as one reads it aloud. */
  readonly text: string;
}

/** What a column is divided by (10^power) and the unit its header then carries. */
export interface Scale {
  readonly power: number;
  readonly unit: string;
  readonly places: number | null;
}

export const ABSENT = "—";

const STEPS: Record<Language, readonly (readonly [number, string])[]> = {
  zh: [
    [8, "亿"],
    [4, "万"],
  ],
  en: [
    [9, "B"],
    [6, "M"],
    [3, "K"],
  ],
};

const CURRENCIES: Record<string, Record<Language, string>> = {
  CNY: { zh: "元", en: "¥" },
  USD: { zh: "美元", en: "$" },
  EUR: { zh: "欧元", en: "€" },
  GBP: { zh: "英镑", en: "£" },
  JPY: { zh: "日元", en: "JP¥" },
  HKD: { zh: "港元", en: "HK$" },
};

const UNITS: Record<string, Record<Language, string>> = {
  times: { zh: "次", en: "turns" },
  days: { zh: "天", en: "days" },
  quantity: { zh: "件", en: "pcs" },
  count: { zh: "个", en: "" },
};

const PLACES: Record<string, number> = { times: 2, days: 1, percent: 1, ratio: 2, count: 0 };

function currencyName(currency: string, language: Language): string {
  return CURRENCIES[currency]?.[language] ?? currency;
}

/** Choose one scale for figures shown together, by the largest of them. */
export function chooseScale(
  values: readonly (string | null | undefined)[],
  unit: string,
  currency: string,
  language: Language,
): Scale {
  if (unit === "percent") return { power: -2, unit: "%", places: 1 };
  if (unit !== "money" && unit !== "quantity") {
    return { power: 0, unit: UNITS[unit]?.[language] ?? "", places: PLACES[unit] ?? null };
  }
  const read = values.map(readDecimal).filter((each) => each !== null);
  const [power, letter] = STEPS[language].find(([step]) => read.some((v) => reaches(v, step))) ?? [0, ""];
  const places = columnPlaces(unit, power, letter);
  const name = unit === "quantity" ? (UNITS.quantity?.[language] ?? "") : currencyName(currency, language);
  if (language === "en") {
    return { power, places, unit: (unit === "money" ? `${name} ${letter}` : `${letter} ${name}`).trim() };
  }
  const latin = /^[\x20-\x7e]+$/.test(name);
  return { power, places, unit: latin ? `${letter} ${name}`.trim() : letter + name };
}

function columnPlaces(unit: string, power: number, letter: string): number {
  if (letter === "亿" || letter === "B" || letter === "M") return 2;
  if (power > 0) return 1;
  return unit === "money" ? 2 : 0;
}

/** Say a figure on a column's scale: digits only, since the header carries the unit. */
export function onScale(value: string | null | undefined, scale: Scale, signed = false): string {
  const read = readDecimal(value);
  if (read === null) return ABSENT;
  const scaled = shift(read, scale.power);
  return print(round(scaled, scale.places ?? Math.min(scaled.scale, 2)), signed);
}

/** Say one figure that stands alone, such as a card's: three or four figures, unit beside it. */
export function say(
  value: string | null | undefined,
  unit: string,
  currency: string,
  language: Language,
  signed = false,
): Said {
  const read = readDecimal(value);
  if (read === null) return { number: ABSENT, unit: "", text: ABSENT };
  const scale = chooseScale([value], unit, currency, language);
  const scaled = shift(read, scale.power);
  const places = PLACES[unit] ?? (reaches(scaled, 3) || (scale.power === 0 && reaches(scaled, 2)) ? 0 : reaches(scaled, 1) ? 1 : 2);
  const number = print(round(scaled, PLACES[unit] ?? places), signed);
  if (unit === "percent") return { number, unit: "%", text: `${number}%` };
  if (language === "en" && unit === "money") {
    const [symbol = "", letter = ""] = scale.unit.split(" ");
    const sign = /^[−+]/.exec(number)?.[0] ?? "";
    const text = `${sign}${symbol} ${number.slice(sign.length)} ${letter}`.trim();
    return { number: `${sign}${symbol} ${number.slice(sign.length)}`, unit: letter, text };
  }
  return { number, unit: scale.unit, text: `${number} ${scale.unit}`.trim() };
}

/** Say a change of a figure; rates change in percentage points. */
export function sayChange(
  change: string | null | undefined,
  unit: string,
  currency: string,
  language: Language,
): string {
  if (unit !== "percent") return say(change, unit, currency, language, true).text;
  const said = say(change, unit, currency, language, true);
  return said.number === ABSENT ? ABSENT : `${said.number} ${language === "zh" ? "个百分点" : "pp"}`;
}

/** Say a fraction as percent with one decimal. */
export function sayRatio(ratio: string | null | undefined, signed = false): string {
  const read = readDecimal(ratio);
  return read === null ? ABSENT : `${print(round(shift(read, -2), 1), signed)}%`;
}

export function sayCount(count: number): string {
  return print({ digits: BigInt(Math.round(count)), scale: 0 });
}

/** Say a bare quantity: grouped, at most four decimals, none that are zero. */
export function sayQuantity(value: string | null | undefined): string {
  const read = readDecimal(value);
  if (read === null) return ABSENT;
  let kept = round(read, Math.min(read.scale, 4));
  while (kept.scale > 0 && kept.digits % 10n === 0n) kept = { digits: kept.digits / 10n, scale: kept.scale - 1 };
  return print(kept);
}

/** Say money to the cent, for rows that are reconciled rather than read at a glance. */
export function sayAmount(value: string | null | undefined): string {
  const read = readDecimal(value);
  return read === null ? ABSENT : print(round(read, 2));
}

export type Direction = "good" | "bad" | "neither";

/** Whether a change is welcome: the sign of the change read by the measure's good direction. */
export function judge(change: string | null | undefined, good: string): Direction {
  const read = readDecimal(change);
  if (read === null || read.digits === 0n || good === "neither") return "neither";
  return read.digits > 0n === (good === "up") ? "good" : "bad";
}

export function arrow(change: string | null | undefined): string {
  const read = readDecimal(change);
  if (read === null || read.digits === 0n) return "";
  return read.digits > 0n ? "▲" : "▼";
}

/** A cell of a table that Python wrote: numbers to two decimals at most, names as they are. */
export function sayCell(text: string | null | undefined, isNumber = true): string {
  const read = isNumber ? readDecimal(text) : null;
  if (read === null) return text ?? ABSENT;
  return print(round(read, Math.min(read.scale, 2)));
}
