/** Reading a pasted sheet: month, category, opening, closing, COGS, revenue, in any order of headers. */

import type { QuickRow } from "../../api";

const HEADERS: Record<keyof QuickRow, RegExp> = {
  month: /^(月份|月|年月|期间|month|period)$/i,
  category: /^(品类|类别|分类|category)$/i,
  opening: /^(期初|期初库存|期初存货|期初金额|opening|opening inventory)$/i,
  closing: /^(期末|期末库存|期末存货|期末金额|closing|closing inventory)$/i,
  cogs: /^(销售成本|营业成本|成本|销货成本|cogs|cost of goods sold|cost of sales)$/i,
  revenue: /^(销售收入|营业收入|收入|销售额|revenue|sales)$/i,
};

const ORDER: readonly (keyof QuickRow)[] = ["month", "category", "opening", "closing", "cogs", "revenue"];
const NEEDED: readonly (keyof QuickRow)[] = ["opening", "closing", "cogs"];

export interface Sheet {
  readonly rows: QuickRow[];
  /** Headers that are needed and were not found. */
  readonly missing: (keyof QuickRow)[];
}

/** Digits as typed or copied from a spreadsheet, without grouping, currency signs or spaces. */
export function cleanAmount(text: string): string {
  const kept = text.trim().replace(/[,，\s ¥￥$元]/g, "");
  return /^\(.+\)$/.test(kept) ? `-${kept.slice(1, -1)}` : kept;
}

/** The unit that a heading states for its column: 期初（万元）, 期初 万元. */
function headedUnit(heading: string): string {
  return /([千万亿])元?\s*[）)]?\s*$/.exec(heading)?.[1] ?? "";
}

function withUnit(amount: string, unit: string): string {
  return amount && unit && !/[千万亿]$/.test(amount) ? amount + unit : amount;
}

function split(line: string): string[] {
  return (line.includes("\t") ? line.split("\t") : line.split(",")).map((cell) => cell.trim());
}

function places(cells: readonly string[]): Partial<Record<keyof QuickRow, number>> {
  const found: Partial<Record<keyof QuickRow, number>> = {};
  cells.forEach((cell, at) => {
    // A header may carry its unit: 期初（元）.
    const bare = cell.replace(/[（(].*[）)]\s*$/, "").replace(/\s*[千万亿]?元$/, "").trim();
    const name = ORDER.find((each) => HEADERS[each].test(bare));
    if (name && found[name] === undefined) found[name] = at;
  });
  return found;
}

/** Read pasted text. Without a header line the six columns are taken in their usual order. */
export function readSheet(text: string): Sheet {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "").map(split);
  const found = places(lines[0] ?? []);
  const headed = Object.keys(found).length >= 2;
  const at = headed ? found : Object.fromEntries(ORDER.map((name, index) => [name, index]));
  const cell = (cells: readonly string[], name: keyof QuickRow) => {
    const place = at[name as keyof typeof at] as number | undefined;
    return place === undefined ? "" : (cells[place] ?? "");
  };
  const amount = (cells: readonly string[], name: keyof QuickRow) => {
    const place = headed ? found[name] : undefined;
    return withUnit(cleanAmount(cell(cells, name)), place === undefined ? "" : headedUnit(lines[0]?.[place] ?? ""));
  };
  const rows = (headed ? lines.slice(1) : lines).map((cells) => ({
    month: cell(cells, "month") || null,
    category: cell(cells, "category") || null,
    opening: amount(cells, "opening"),
    closing: amount(cells, "closing"),
    cogs: amount(cells, "cogs"),
    revenue: amount(cells, "revenue") || null,
  }));
  return { rows, missing: NEEDED.filter((name) => at[name as keyof typeof at] === undefined) };
}

/** The sheet to fill in, as text a spreadsheet opens. */
export function template(headers: readonly string[]): string {
  return `\uFEFF${headers.join(",")}\r\n2026-01,,,,,\r\n`;
}
