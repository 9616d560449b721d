import { InfoCircleOutlined } from "@ant-design/icons";
import { Skeleton, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import type { Figure } from "../../api";
import { usePreferences } from "../../app/preferences";
import { Change } from "../../components/Change";
import { Sparkline } from "../../components/Sparkline";
import { arrow, say } from "../../numbers/format";

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
  const changed = figure.change !== null && figure.change !== undefined;
  return (
    <div className="kpi-place">
      <button type="button" className={strong ? "card kpi strong" : "card kpi"} onClick={onOpen} data-testid={`kpi-${figure.measure}`} aria-haspopup="dialog">
        <span className={figure.note ? "kpi-name one-line beside-note" : "kpi-name one-line"} title={figure.name}>
          {figure.name}
        </span>
        <span className="kpi-line">
          <span className="kpi-value digits" title={figure.reason ?? undefined}>
            {said.number}
            {said.unit ? <span className="unit"> {said.unit}</span> : null}
          </span>
          <Sparkline values={figure.sparkline ?? []} name={t("kpi.sparkline", { name: figure.name })} />
        </span>
        {figure.value === null && figure.reason ? <span className="small muted">{figure.reason}</span> : null}
        {changed ? (
          <span className="small digits one-line" title={compare}>
            <Change change={figure.change} ratio={figure.change_ratio} unit={figure.unit} good={figure.good} currency={currency} language={language} />
            <span className={arrow(figure.change) ? "muted than" : "muted"}> {compare}</span>
          </span>
        ) : figure.value !== null && compare && figure.change_reason ? (
          <span className="small muted one-line" title={figure.change_reason}>
            — {compare}
          </span>
        ) : null}
        <span className="small muted one-line" title={figure.basis_label}>
          {figure.basis_label}
        </span>
        {figure.other_reading ? (
          <span className="small muted digits one-line">
            {figure.other_reading_label} {say(figure.other_reading, figure.unit, currency, language).text}
          </span>
        ) : null}
      </button>
      {figure.note ? (
        <Tooltip title={figure.note} trigger={["hover", "focus"]}>
          <button type="button" className="kpi-note" aria-label={figure.note}>
            <InfoCircleOutlined aria-hidden="true" />
          </button>
        </Tooltip>
      ) : null}
    </div>
  );
}

export function KpiWaiting() {
  return (
    <div className="card kpi" aria-hidden="true">
      <Skeleton active title={{ width: "40%" }} paragraph={{ rows: 2 }} />
    </div>
  );
}
