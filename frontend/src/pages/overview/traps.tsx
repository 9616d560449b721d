import { Button, type TableColumnType } from "antd";
import type { TFunction } from "i18next";
import type { CashTrap } from "../../api";
import { Absent } from "../../components/Absent";
import { Sparkline } from "../../components/Sparkline";
import { plain, readDecimal } from "../../numbers/decimal";
import { ABSENT, onScale, type Scale, sayCount } from "../../numbers/format";

export const TRAP_KEYS = ["item", "category", "value", "days", "still", "age", "places", "trend", "reason"] as const;
export type TrapKey = (typeof TRAP_KEYS)[number];

export type TrapColumn = TableColumnType<CashTrap> & { key: TrapKey; plainTitle: string };

const DAYS: Scale = { power: 0, unit: "", places: 1 };

interface Making {
  readonly t: TFunction<"page">;
  readonly scale: Scale;
  readonly sort: string;
  readonly traps: readonly CashTrap[];
  /** Categories kept by the filter in the header; empty keeps all. */
  readonly kinds: readonly string[];
  readonly onOpen: (measure: string, item: string) => void;
}

function figure(text: string, row: CashTrap, measure: string, onOpen: Making["onOpen"], absent: string) {
  if (text === ABSENT) return <Absent reason={absent} />;
  return (
    <Button
      type="link"
      className="in-cell digits"
      onClick={() => {
        onOpen(measure, row.item);
      }}
    >
      {text}
    </Button>
  );
}

/** The columns of the table in their order; `plainTitle` is also the header of a copied sheet. */
export function trapColumns({ t, scale, sort, traps, kinds, onOpen }: Making): TrapColumn[] {
  const sorted = (key: TrapKey) => ({
    sorter: true,
    sortOrder: sort === key ? ("ascend" as const) : sort === `-${key}` ? ("descend" as const) : null,
  });
  const count = (value: number | null, absent: string) => (value === null ? <Absent reason={absent} /> : sayCount(value));
  const categories = [...new Set(traps.map(({ category }) => category).filter((each) => each !== null))];
  const columns: Record<TrapKey, TableColumnType<CashTrap>> = {
    item: {
      fixed: "left",
      width: 176,
      render: (_, row) => (
        <span className="two-lines">
          <span>{row.name ?? row.item}</span>
          {row.name ? <span className="muted small">{row.item}</span> : null}
        </span>
      ),
    },
    category: {
      width: 104,
      dataIndex: "category",
      render: (category: string | null) => category ?? ABSENT,
      filters: categories.map((each) => ({ text: each, value: each })),
      filteredValue: [...kinds],
      onFilter: (wanted, row) => row.category === wanted,
    },
    value: { width: 112, align: "right", ...sorted("value"), render: (_, row) => figure(onScale(row.value, scale), row, "closing_inventory", onOpen, "") },
    days: {
      width: 108,
      align: "right",
      ...sorted("days"),
      render: (_, row) => figure(onScale(row.days_of_inventory, DAYS), row, "days_of_inventory", onOpen, t("traps.noDays")),
    },
    still: { width: 100, align: "right", ...sorted("still"), render: (_, row) => count(row.days_since_last_issue, t("traps.noIssue")) },
    age: { width: 88, align: "right", ...sorted("age"), render: (_, row) => count(row.age_days, t("traps.noAge")) },
    places: { width: 92, align: "right", ...sorted("places"), render: (_, row) => sayCount(row.location_count) },
    trend: { width: 112, render: (_, row) => <Sparkline values={row.trend} name={t("traps.trendOf", { name: row.name ?? row.item })} height={22} /> },
    reason: {
      render: (_, row) => (
        <span className="clamped small" title={row.reason}>
          {row.reason}
        </span>
      ),
    },
  };
  return TRAP_KEYS.map((key) => {
    const plainTitle = key === "value" ? t("traps.valueIn", { unit: scale.unit }) : t(`traps.column.${key}`);
    return { ...columns[key], key, title: plainTitle, plainTitle, className: columns[key].align === "right" ? "digits" : "" };
  });
}

/** Read the header filter from the address; whatever is no list of words filters nothing. */
export function readKinds(text: string | null): string[] {
  try {
    const read: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(read) ? read.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

/** Compare two decimals exactly. */
function compareText(a: string, b: string): number {
  const [x, y] = [readDecimal(a), readDecimal(b)];
  if (x === null || y === null) return 0;
  const scale = Math.max(x.scale, y.scale);
  const [p, q] = [x.digits * 10n ** BigInt(scale - x.scale), y.digits * 10n ** BigInt(scale - y.scale)];
  return p < q ? -1 : p > q ? 1 : 0;
}

/** Exact value a column is sorted by. */
function sortValue(row: CashTrap, key: string): string | null {
  const counts: Record<string, number | null> = { still: row.days_since_last_issue, age: row.age_days, places: row.location_count };
  if (key in counts) return counts[key]?.toString() ?? null;
  return key === "days" ? row.days_of_inventory : row.value;
}

/** Sort by a column's key; a leading "-" sorts down. What is unknown comes last either way. */
export function sortTraps(traps: readonly CashTrap[], sort: string): CashTrap[] {
  const down = sort.startsWith("-");
  const key = down ? sort.slice(1) : sort;
  return [...traps].sort((a, b) => {
    const [x, y] = [sortValue(a, key), sortValue(b, key)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return down ? compareText(y, x) : compareText(x, y);
  });
}

/** Tab-separated text with full figures, so that a spreadsheet reads numbers and not words. */
export function toSheet(columns: readonly { key: TrapKey; title: string }[], rows: readonly CashTrap[]): string {
  const number = (text: string | null) => {
    const read = readDecimal(text);
    return read === null ? "" : plain(read);
  };
  // A cell that begins like a formula would be run by the spreadsheet it is pasted into.
  const word = (text: string | null) => (text ?? "").replace(/[\t\r\n]+/g, " ").replace(/^([=+\-@])/, "'$1");
  const cell = (row: CashTrap, key: TrapKey): string => {
    switch (key) {
      case "item":
        return word(row.name ? `${row.item} ${row.name}` : row.item);
      case "category":
        return word(row.category);
      case "reason":
        return word(row.reason);
      case "trend":
        return "";
      default:
        return number(sortValue(row, key));
    }
  };
  const kept = columns.filter(({ key }) => key !== "trend");
  const head = kept.map(({ key, title }) => (key === "value" ? title.replace(/[（(].*[）)]/, "") : title));
  return [head, ...rows.map((row) => kept.map(({ key }) => cell(row, key)))].map((line) => line.join("\t")).join("\n");
}
