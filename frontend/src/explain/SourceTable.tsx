import { Button, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { QueryShape, SourceRow } from "../api";
import { useSourceRows } from "../asking/questions";
import { Trouble } from "../components/Trouble";
import { ABSENT, sayAmount, sayCount, sayQuantity } from "../numbers/format";

interface SourceTableProps {
  readonly query: QueryShape;
  readonly measure: string;
  readonly currency: string;
}

/** Where a row stands in its file; empty for what the ledger itself has made. */
function place(row: SourceRow): string {
  if (!row.file) return "";
  return [row.file, row.sheet, row.row_no === null ? null : `#${String(row.row_no)}`].filter(Boolean).join(" · ");
}

/** The movements behind a figure, each with the file and row it came from; more on demand. */
export function SourceTable({ query, measure, currency }: SourceTableProps) {
  const { t } = useTranslation();
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useSourceRows(query, measure);
  if (error) return <Trouble error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton active paragraph={{ rows: 6 }} />;
  const rows = data.pages.flatMap((page) => page.rows);
  const total = data.pages[0]?.total ?? 0;
  if (!rows.length) return <p className="muted">{t("source.none")}</p>;
  return (
    <>
      <p className="muted small">{t("source.count", { shown: sayCount(rows.length), total: sayCount(total) })}</p>
      <div className="scroll-x" role="region" aria-label={t("explain.rows")} tabIndex={0}>
        <table className="plain-table rows as-cards">
          <thead>
            <tr>
              <th scope="col">{t("source.day")}</th>
              <th scope="col">{t("source.kind")}</th>
              <th scope="col">{t("source.item")}</th>
              <th scope="col">{t("source.location")}</th>
              <th scope="col" className="number">
                {t("source.quantity")}
              </th>
              <th scope="col" className="number">
                {t("source.value", { currency })}
              </th>
              <th scope="col">{t("source.from")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <tr key={`${String(row.movement_id)}-${String(at)}`}>
                <td data-label={t("source.day")} className="digits">{row.happened_on}</td>
                <td data-label={t("source.kind")}>{row.kind_name}</td>
                <td data-label={t("source.item")}>{row.item_name ? `${row.item} ${row.item_name}` : row.item}</td>
                <td data-label={t("source.location")}>{row.location ? [row.location, row.location_name].filter(Boolean).join(" ") : ABSENT}</td>
                <td data-label={t("source.quantity")} className="number">{sayQuantity(row.quantity)}</td>
                <td data-label={t("source.value", { currency })} className="number">{sayAmount(row.value)}</td>
                <td data-label={t("source.from")}>
                  <span>
                    <Link to={`/data/loads?load=${String(row.load_no)}`}>{t("source.load", { no: row.load_no })}</Link> {place(row) || t(`source.origins.${row.origin}`, ABSENT)}
                    {row.document ? <span className="muted"> · {row.document}</span> : null}
                    {row.kit ? <span className="muted"> · {t("source.kit", { kit: row.kit })}</span> : null}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {hasNextPage ? (
        <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("source.more")}
        </Button>
      ) : null}
    </>
  );
}
