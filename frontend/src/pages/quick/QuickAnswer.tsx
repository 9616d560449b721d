import { Alert, Tag } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { QuickResult, ValueShape } from "../../api";
import { usePreferences } from "../../app/preferences";
import { Absent } from "../../components/Absent";
import { PlainTable } from "../../components/PlainTable";
import { say, sayCell } from "../../numbers/format";
import { Band } from "./Band";

interface QuickAnswerProps {
  readonly result: QuickResult;
  readonly currency: string;
  /** What leads on from the answer into a workspace, where there are rows to take along. */
  readonly grow: ReactNode;
}

/** Turnover, days, the industry's band, the cash of one more turn and one next step. */
export function QuickAnswer({ result, currency, grow }: QuickAnswerProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const figures: [string, ValueShape, string][] = [
    ["turnover", result.turnover, "times"],
    ["days", result.days, "days"],
    ["cash", result.cash_of_one_more_turn, "money"],
    ["average", result.average_inventory, "money"],
    ["margin", result.gross_margin_rate, "percent"],
  ];
  return (
    <div className="stack" data-testid="quick-answer">
      {result.errors.length ? (
        <Alert
          type="warning"
          showIcon
          title={t("quick.errors", { count: result.errors.length })}
          description={
            <ul>
              {result.errors.map((each) => (
                <li key={each}>{each}</li>
              ))}
            </ul>
          }
        />
      ) : null}
      <section className="headline">
        <p className="finding">{result.verdict}</p>
        <p className="next">
          <span className="muted">{t("headline.next")}</span> {result.next_step}
        </p>
      </section>
      <section className="kpis" aria-label={t("kpi.label")}>
        {figures.map(([name, value, unit]) => {
          const said = say(value.number, unit, currency, language);
          return (
            <div key={name} className={name === "cash" ? "card kpi strong" : "card kpi"} data-testid={`quick-${name}`}>
              <span className="kpi-name">{t(`quick.figure.${name as "turnover"}`)}</span>
              <span className="kpi-value digits">
                {value.number === null ? <Absent reason={value.reason} /> : said.number} <span className="unit">{said.unit}</span>
              </span>
              {value.reason ? <span className="small muted">{value.reason}</span> : null}
              {value.note ? <span className="small attention">{value.note}</span> : null}
            </div>
          );
        })}
      </section>
      <div className="card stack">
        <div>
          <Tag>{t("quick.twoPoint")}</Tag> <span className="muted small">{result.basis_label}</span>
        </div>
        {result.band ? <Band band={result.band} source={result.band_source} industry={result.industry} turnover={result.turnover.number} /> : null}
      </div>
      <Breakdown title={t("quick.byCategory")} rows={result.by_category} />
      <Breakdown title={t("quick.byMonth")} rows={result.by_month} />
      {grow}
      <p className="muted small">
        {t("quick.grow")} <Link to="/">{t("quick.growLink")}</Link>
      </p>
    </div>
  );
}

function Breakdown({ title, rows }: { readonly title: string; readonly rows: readonly Record<string, string | null>[] }) {
  const columns = Object.keys(rows[0] ?? {});
  if (!columns.length) return null;
  return (
    <section className="card">
      <h2 className="chart-title">{title}</h2>
      <PlainTable label={title} head={columns} rows={rows.map((row) => columns.map((name, index) => sayCell(row[name], index > 0)))} numbersFrom={1} cards={false} named />
    </section>
  );
}
