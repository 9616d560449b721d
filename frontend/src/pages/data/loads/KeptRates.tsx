import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { getKept } from "../../../api";
import { useMay } from "../../../app/rights";
import { answered } from "../../../asking/problem";
import { Trouble } from "../../../components/Trouble";
import { RateChanges } from "../runs/RatesAsked";
import { useInstant } from "../useInstant";

/** 保持原汇率: what was decided about amounts that a restated rate would have converted otherwise. */
export function KeptRates() {
  const { t } = useTranslation();
  const may = useMay()("close_periods");
  const instant = useInstant();
  const kept = useQuery({ queryKey: ["kept-rates"], queryFn: ({ signal }) => answered(getKept({ signal })), enabled: may });
  const listed = kept.data?.kept ?? [];
  if (!may || (!kept.error && !listed.length)) return null;
  return (
    <section className="card stack after" aria-label={t("rates.title")} data-testid="kept-rates">
      <h2 className="chart-title">{t("rates.title")}</h2>
      <p className="muted">{t("rates.what")}</p>
      {kept.error ? <Trouble error={kept.error} onRetry={() => void kept.refetch()} /> : null}
      {listed.map((each) => (
        <div key={each.load_no} className="stack-small">
          <p>
            <Link to={`/data/loads?load=${String(each.load_no)}`}>{t("load.number", { no: each.load_no })}</Link> · {each.actor} · <span className="muted small">{instant(each.decided_at)}</span> · {each.reason}
          </p>
          {each.changes.length ? <RateChanges label={t("load.number", { no: each.load_no })} changes={each.changes} /> : <p className="muted small">{t("rates.all")}</p>}
        </div>
      ))}
    </section>
  );
}
