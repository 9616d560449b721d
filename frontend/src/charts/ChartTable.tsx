import { Button } from "antd";
import type { ChartShape } from "../api";
import { print, readDecimal, round } from "../numbers/decimal";
import { ABSENT } from "../numbers/format";
import { membersOf } from "./members";

interface ChartTableProps {
  readonly chart: ChartShape;
  readonly onMember?: ((member: string) => void) | undefined;
}

function cell(text: string | null | undefined): string {
  if (text === null || text === undefined) return ABSENT;
  const read = readDecimal(text);
  return read === null ? text : print(round(read, Math.min(read.scale, 2)));
}

/** A chart's data as a plain table; its first column narrows the page like a click on a bar. */
export function ChartTable({ chart, onMember }: ChartTableProps) {
  const rows = chart.table ?? [];
  const columns = Object.keys(rows[0] ?? {});
  const members = membersOf(chart.option);
  return (
    <div className="scroll-x" role="region" aria-label={chart.title} tabIndex={0}>
      <table className="plain-table">
        <thead>
          <tr>
            {columns.map((name, index) => (
              <th key={name} scope="col" className={index ? "number" : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => {
            const member = members[at] ?? null;
            return (
              <tr key={at}>
                {columns.map((name, index) =>
                  index ? (
                    <td key={name} className="number">
                      {cell(row[name])}
                    </td>
                  ) : (
                    <th key={name} scope="row">
                      {onMember && member !== null ? (
                        <Button
                          type="link"
                          className="in-cell"
                          onClick={() => {
                            onMember(member);
                          }}
                        >
                          {row[name] ?? ABSENT}
                        </Button>
                      ) : (
                        (row[name] ?? ABSENT)
                      )}
                    </th>
                  ),
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
