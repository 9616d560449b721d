import { DownloadOutlined } from "@ant-design/icons";
import { Button, Checkbox, Drawer, Input, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { GroupShape, WaitingShape } from "../../../api";
import { NARROW, useMedia, usePreferences } from "../../../app/preferences";
import { Trouble } from "../../../components/Trouble";
import { ABSENT, sayCount } from "../../../numbers/format";
import { Replay } from "./Replay";
import { bookOf, ROWS_SHOWN, useDiscard, useWaitingRows, type Chosen } from "./useQuarantine";

interface RowsDrawerProps {
  readonly chosen: Chosen;
  /** What the list says of these rows; nothing once they are settled. */
  readonly group: GroupShape | undefined;
  readonly onClose: () => void;
}

/** The rows that wait for one reason, the reason beside the cell, and the ways to settle them. */
export function RowsDrawer({ chosen, group, onClose }: RowsDrawerProps) {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const { language } = usePreferences();
  const { data, error, refetch } = useWaitingRows(chosen);
  const rows = data?.rows ?? [];
  const first = rows[0];
  return (
    <Drawer open onClose={onClose} size={narrow ? "100%" : 960} title={first?.file ?? group?.file ?? t("load.number", { no: chosen.load_no })}>
      <div className="stack" data-testid="waiting-rows">
        {error ? <Trouble error={error} onRetry={() => void refetch()} /> : null}
        {data ? null : error ? null : <Skeleton active />}
        {data && !first ? <p>{t("quarantine.settled")}</p> : null}
        {first ? (
          <>
            <div className="between wrap">
              <p>
                <strong>{first.message}</strong> <span className="muted small">{first.code}</span>
              </p>
              <Button icon={<DownloadOutlined />} href={bookOf(language, chosen)} download>
                {t("quarantine.downloadThese")}
              </Button>
            </div>
            {rows.length === ROWS_SHOWN ? <p className="muted">{t("quarantine.first", { shown: sayCount(ROWS_SHOWN) })}</p> : null}
            <Waiting rows={rows} />
            <Replay load={chosen.load_no} />
          </>
        ) : null}
      </div>
    </Drawer>
  );
}

function Waiting({ rows }: { readonly rows: readonly WaitingShape[] }) {
  const { t } = useTranslation();
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const [reason, setReason] = useState("");
  const discard = useDiscard();
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row.values)))];
  const pick = (index: number, on: boolean) => {
    setPicked((before) => {
      const next = new Set(before);
      if (on) next.add(index);
      else next.delete(index);
      return next;
    });
  };
  return (
    <>
      <div className="scroll-x" role="region" aria-label={t("quarantine.list")} tabIndex={0}>
        <table className="plain-table rows as-cards">
          <thead>
            <tr>
              <th scope="col">
                <Checkbox
                  aria-label={t("quarantine.pickAll")}
                  checked={picked.size === rows.length}
                  indeterminate={picked.size > 0 && picked.size < rows.length}
                  onChange={(event) => {
                    setPicked(new Set(event.target.checked ? rows.keys() : []));
                  }}
                />
              </th>
              <th scope="col" className="number">
                {t("load.row")}
              </th>
              {columns.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>
                <td data-label={t("quarantine.pick")}>
                  <Checkbox
                    aria-label={t("quarantine.pickRow", { row: row.place.row_no })}
                    checked={picked.has(index)}
                    onChange={(event) => {
                      pick(index, event.target.checked);
                    }}
                  />
                </td>
                <td className="number" data-label={t("load.row")}>
                  {[row.place.sheet, sayCount(row.place.row_no)].filter(Boolean).join(" · ")}
                </td>
                {columns.map((name) => (
                  <td key={name} data-label={name} className={name === row.column ? "wrong-cell" : undefined}>
                    <span>
                      {row.values[name] || ABSENT}
                      {name === row.column ? <span className="why">{row.message}</span> : null}
                    </span>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <section className="stack-small" aria-label={t("quarantine.discard.title")}>
        <h2 className="chart-title">{t("quarantine.discard.title")}</h2>
        <p className="muted small">{t("quarantine.discard.how")}</p>
        <div className="choices">
          <Input
            className="reason"
            aria-label={t("quarantine.discard.reason")}
            placeholder={t("quarantine.discard.reason")}
            maxLength={500}
            value={reason}
            onChange={(event) => {
              setReason(event.target.value);
            }}
          />
          <Button
            danger
            disabled={!picked.size || !reason.trim()}
            loading={discard.isPending}
            onClick={() => {
              discard.mutate(
                { rows: [...picked].flatMap((index) => rows[index]?.place ?? []), reason: reason.trim() },
                {
                  onSuccess: () => {
                    setPicked(new Set());
                    setReason("");
                  },
                },
              );
            }}
          >
            {t("quarantine.discard.do", { count: picked.size, shown: sayCount(picked.size) })}
          </Button>
        </div>
        {discard.error ? <Trouble error={discard.error} /> : null}
      </section>
    </>
  );
}
