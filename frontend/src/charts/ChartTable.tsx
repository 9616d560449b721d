import { Button } from "antd";
import type { ChartShape } from "../api";
import { PlainTable } from "../components/PlainTable";
import { sayCell } from "../numbers/format";
import { membersOf } from "./members";

interface ChartTableProps {
  readonly chart: ChartShape;
  readonly onMember?: ((member: string) => void) | undefined;
}

/** A chart's data as a plain table; its first column narrows the page like a click on a bar. */
export function ChartTable({ chart, onMember }: ChartTableProps) {
  const rows = chart.table ?? [];
  const columns = Object.keys(rows[0] ?? {});
  const members = membersOf(chart.option);
  const named = (text: string, member: string | null) =>
    onMember && member !== null ? (
      <Button
        type="link"
        className="in-cell"
        onClick={() => {
          onMember(member);
        }}
      >
        {text}
      </Button>
    ) : (
      text
    );
  return (
    <PlainTable
      label={chart.title}
      head={columns}
      rows={rows.map((row, at) => columns.map((name, index) => (index ? sayCell(row[name]) : named(sayCell(row[name], false), members[at] ?? null))))}
      numbersFrom={1}
      cards={false}
      named
    />
  );
}
