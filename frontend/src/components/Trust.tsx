import { Button, Popover } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { CoverageShape } from "../api";
import { daysBetween, today } from "../address/days";
import { sayCount, sayRatio } from "../numbers/format";
import { type Freshness, freshness, reasons } from "./freshness";

interface TrustProps {
  readonly coverage: CoverageShape;
  readonly lastLoadAt?: string | null | undefined;
}

/** Data-as-of with a coloured dot; opens what stands behind the figures. */
export function Trust({ coverage, lastLoadAt }: TrustProps) {
  const { t, i18n } = useTranslation();
  const now = today();
  const state: Freshness = freshness(coverage, now);
  const when = lastLoadAt ? new Intl.DateTimeFormat(i18n.language === "zh" ? "zh-CN" : "en", { dateStyle: "medium", timeStyle: "short" }).format(new Date(lastLoadAt)) : null;
  const behind = coverage.data_as_of ? daysBetween(coverage.data_as_of, now) : null;
  const why = reasons(coverage, state, behind).map(({ key, count, shown }) => t(`trust.why.${key}`, { count, shown }));
  const held = coverage.trust ?? null;
  const card = (
    <dl className="trust-card">
      <dt>{t("trust.asOf")}</dt>
      <dd>
        {coverage.data_as_of ?? t("trust.none")}
        {behind !== null && behind > 0 ? <span className={state.time === "fresh" ? "muted" : "attention"}> · {t("trust.behind", { count: behind, shown: sayCount(behind) })}</span> : null}
      </dd>
      <dt>{t("trust.load")}</dt>
      <dd>{coverage.load_no === null ? t("trust.none") : <Link to={`/data/loads?load=${String(coverage.load_no)}`}>{t("trust.loadNo", { no: coverage.load_no })}</Link>}{when ? <span className="muted"> · {when}</span> : null}</dd>
      <dt>{t("trust.cost")}</dt>
      <dd className={state.cost === "fresh" ? undefined : "attention"}>{sayRatio(coverage.cost_coverage)}</dd>
      <dt>{t("trust.negative")}</dt>
      <dd className={coverage.negative_balances ? "attention" : undefined}>{t("trust.places", { count: coverage.negative_balances, shown: sayCount(coverage.negative_balances) })}</dd>
      {held ? (
        <>
          <dt>{t("trust.rejected")}</dt>
          <dd className={held.waiting ? "attention" : undefined}>
            {sayRatio(held.rejected_share)} · <Link to="/data/quarantine">{t("trust.waiting", { count: held.waiting, shown: sayCount(held.waiting) })}</Link>
          </dd>
          <dt>{t("trust.gaps")}</dt>
          <dd className={held.gaps ? "attention" : undefined}>{t("trust.months", { count: held.gaps, shown: sayCount(held.gaps) })}</dd>
          <dt>{t("trust.quality")}</dt>
          <dd>
            <Link to="/data/quality">{held.quality_score === null ? t("trust.none") : sayRatio(held.quality_score)}</Link>
          </dd>
          {held.late.length ? (
            <>
              <dt>{t("trust.late")}</dt>
              <dd className="attention">{held.late.map(({ mapping, feed, last_day }) => `${feed || mapping} (${last_day})`).join(", ")}</dd>
            </>
          ) : null}
        </>
      ) : null}
      <dt>{t("trust.verdict")}</dt>
      <dd>
        {t(`trust.states.${state.overall}`)}
        {why.length ? (
          <ul className="trust-why attention">
            {why.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        ) : null}
      </dd>
    </dl>
  );
  return (
    <Popover trigger="click" placement="bottomLeft" title={t("trust.title")} content={card}>
      <Button type="text" className="trust" data-tour="trust" aria-haspopup="dialog">
        <span className={`dot ${state.overall}`} aria-hidden="true" />
        <span className="sr-only">{t(`trust.states.${state.overall}`)} </span>
        {t("trust.button", { day: coverage.data_as_of ?? t("trust.none") })}
      </Button>
    </Popover>
  );
}
