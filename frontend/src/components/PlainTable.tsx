import { Button } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { sayCount } from "../numbers/format";

/** Rows shown at first; more come on demand, so that a long table costs nothing until it is read. */
const FIRST = 200;

interface PlainTableProps {
  /** What the table holds, said to screen readers. */
  readonly label: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly ReactNode[])[];
  /** Columns that hold numbers: from this one on, up to but without ``numbersTo``. */
  readonly numbersFrom?: number;
  readonly numbersTo?: number;
  /** Each row becomes a card on the phone; otherwise the table scrolls. */
  readonly cards?: boolean;
  /** The first cell names its row. */
  readonly named?: boolean;
}

/** A table to read: no sorting, no paging; every column of the page's drawers and charts alike. */
export function PlainTable({ label, head, rows, numbersFrom = Infinity, numbersTo = Infinity, cards = true, named = false }: PlainTableProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(FIRST);
  const classOf = (index: number) => (index >= numbersFrom && index < numbersTo ? "number" : undefined);
  return (
    <>
      <div className="scroll-x" role="region" aria-label={label} tabIndex={0}>
        <table className={cards ? "plain-table as-cards" : "plain-table"}>
          <thead>
            <tr>
              {head.map((name, index) => (
                <th key={name} scope="col" className={classOf(index)}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shown).map((row, at) => (
              <tr key={at}>
                {row.map((cell, index) =>
                  named && index === 0 ? (
                    <th key={index} scope="row" data-label={head[0]}>
                      {cell}
                    </th>
                  ) : (
                    <td key={index} data-label={head[index]} className={classOf(index)}>
                      {cell}
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > shown ? (
        <Button
          onClick={() => {
            setShown(shown + FIRST);
          }}
        >
          {t("table.more", { shown: sayCount(shown), total: sayCount(rows.length) })}
        </Button>
      ) : null}
    </>
  );
}
