import { Collapse, Descriptions, Drawer, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import type { BasisShape, Explanation, QueryShape } from "../api";
import { NARROW, useMedia, usePreferences } from "../app/preferences";
import { useExplanation } from "../asking/questions";
import { EChart } from "../charts/EChart";
import { Absent } from "../components/Absent";
import { Trouble } from "../components/Trouble";
import { Trust } from "../components/Trust";
import { say } from "../numbers/format";
import { SourceTable } from "./SourceTable";

interface ExplainDrawerProps {
  readonly measure: string;
  readonly query: QueryShape | null;
  readonly currency: string;
  /** What the figure is narrowed to, in words. */
  readonly narrowed: string;
  readonly onBasis: (basis: BasisShape) => void;
  readonly onClose: () => void;
}

/** The story of one figure: definition, other bases, parts, trend, and rows down to file and row. */
export function ExplainDrawer({ measure, query, currency, narrowed, onBasis, onClose }: ExplainDrawerProps) {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const { data, error, refetch, isPlaceholderData } = useExplanation(query, measure);
  return (
    <Drawer open onClose={onClose} size={narrow ? "100%" : 640} title={data ? `${data.card.name}${narrowed ? ` · ${narrowed}` : ""}` : t("explain.title")} data-testid="explain">
      {error ? <Trouble error={error} onRetry={() => void refetch()} /> : null}
      {data && query ? (
        <div className={isPlaceholderData ? "stack dimmed" : "stack"}>
          <Story explanation={data} currency={currency} onBasis={onBasis} />
          <Collapse
            destroyOnHidden
            items={[{ key: "rows", label: t("explain.rows"), children: <SourceTable query={query} measure={measure} currency={currency} /> }]}
          />
        </div>
      ) : error ? null : (
        <Skeleton active paragraph={{ rows: 12 }} />
      )}
    </Drawer>
  );
}

interface StoryProps {
  readonly explanation: Explanation;
  readonly currency: string;
  readonly onBasis: (basis: BasisShape) => void;
}

function Story({ explanation, currency, onBasis }: StoryProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { card, value } = explanation;
  const said = say(value.number, card.unit, currency, language);
  return (
    <>
      <div>
        <div className="big digits">
          {value.number === null ? <Absent reason={value.reason} /> : said.number} <span className="unit">{said.unit}</span>
        </div>
        <div className="muted">{explanation.basis_label}</div>
        {value.reason ? <p>{value.reason}</p> : null}
        {value.note ? <p className="muted">{value.note}</p> : null}
        <Trust coverage={explanation.coverage} />
      </div>
      {explanation.components.length ? <Components explanation={explanation} currency={currency} /> : null}
      {explanation.other_bases.length ? <OtherBases explanation={explanation} currency={currency} onBasis={onBasis} /> : null}
      {explanation.trend.table?.length ? <EChart chart={explanation.trend} height={200} /> : null}
      <section>
        <h2 className="chart-title">{t("explain.definition")}</h2>
        <Descriptions
          size="small"
          column={1}
          bordered
          items={(
            [
              ["formula", card.formula],
              ["grain", card.grain],
              ["additivity", card.additivity],
              ["null", card.null_rule],
              ["basis", card.basis],
              ["source", card.source],
              ["golden", card.golden_case],
            ] as const
          )
            .filter(([, text]) => text)
            .map(([key, text]) => ({ key, label: t(`explain.${key}`), children: text }))}
        />
      </section>
    </>
  );
}

function Components({ explanation, currency }: Omit<StoryProps, "onBasis">) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return (
    <section>
      <h2 className="chart-title">{t("explain.parts")}</h2>
      <table className="plain-table">
        <tbody>
          {explanation.components.map((part, index) => (
            <tr key={index}>
              <th scope="row">{part.name}</th>
              <td className="number">{say(part.value, part.unit ?? "", currency, language).text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function OtherBases({ explanation, currency, onBasis }: StoryProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return (
    <section>
      <h2 className="chart-title">{t("explain.otherBases")}</h2>
      <table className="plain-table">
        <tbody>
          {explanation.other_bases.map((other) => (
            <tr key={other.label}>
              <th scope="row">
                <button
                  type="button"
                  className="as-link"
                  onClick={() => {
                    onBasis(other.basis);
                  }}
                >
                  {other.label}
                </button>
              </th>
              <td className="number">
                {other.value.number === null ? <Absent reason={other.value.reason} /> : say(other.value.number, explanation.card.unit, currency, language).text}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
