import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import type { Figure } from "../../api";
import { usePreferences } from "../../app/preferences";
import { Change } from "../../components/Change";
import { Sparkline } from "../../components/Sparkline";
import { say } from "../../numbers/format";

interface KpiCardProps {
  readonly figure: Figure;
  readonly currency: string;
  readonly compare: string;
  readonly strong?: boolean;
  readonly onOpen: () => void;
}

/** One figure: value, change, sparkline, basis and the other reading. The whole card opens its story. */
export function KpiCard({ figure, currency, compare, strong = false, onOpen }: KpiCardProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const said = say(figure.value, figure.unit, currency, language);
  return (
    <button type="button" className={strong ? "card kpi strong" : "card kpi"} onClick={onOpen} data-testid={`kpi-${figure.measure}`} aria-haspopup="dialog">
      <span className="kpi-name">{figure.name}</span>
      <span className="kpi-line">
        <span className="kpi-value digits" title={figure.reason ?? figure.note ?? undefined}>
          {said.number}
          {said.unit ? <span className="unit"> {said.unit}</span> : null}
        </span>
        <Sparkline values={figure.sparkline ?? []} name={t("kpi.sparkline", { name: figure.name })} />
      </span>
      {figure.value === null && figure.reason ? <span className="small muted">{figure.reason}</span> : null}
      {figure.change === null || figure.change === undefined ? (
        figure.value !== null && compare && figure.change_reason ? (
          <span className="small muted" title={figure.change_reason}>
            — {compare}
          </span>
        ) : null
      ) : (
        <span className="small digits">
          <Change change={figure.change} ratio={figure.change_ratio} unit={figure.unit} good={figure.good} currency={currency} language={language} />
          <span className="muted"> {compare}</span>
        </span>
      )}
      {figure.note ? <span className="small attention">{figure.note}</span> : null}
      <span className="small muted">{figure.basis_label}</span>
      {figure.other_reading ? (
        <span className="small muted digits">
          {figure.other_reading_label} {say(figure.other_reading, figure.unit, currency, language).text}
        </span>
      ) : null}
    </button>
  );
}

export function KpiWaiting() {
  return (
    <div className="card kpi" aria-hidden="true">
      <Skeleton active title={{ width: "40%" }} paragraph={{ rows: 2 }} />
    </div>
  );
}
