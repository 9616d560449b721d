import { useTranslation } from "react-i18next";
import { toDrawing } from "../../numbers/decimal";
import { say } from "../../numbers/format";
import { usePreferences } from "../../app/preferences";

interface BandProps {
  readonly band: readonly string[];
  readonly source: string | null;
  readonly industry: string | null;
  readonly turnover: string | null;
}

/** The industry's usual turns as a strip, and where this firm stands on it. */
export function Band({ band, source, industry, turnover }: BandProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [low, high] = [toDrawing(band[0]), toDrawing(band[1])];
  const own = toDrawing(turnover);
  if (low === null || high === null) return null;
  const end = Math.max(high, own ?? 0) * 1.2 || 1;
  const at = (value: number) => `${String((Math.max(0, value) / end) * 100)}%`;
  const words = t("quick.band", {
    low: say(band[0], "times", "", language).number,
    high: say(band[1], "times", "", language).text,
    industry: industry ?? "",
  });
  return (
    <div>
      <div>{words}</div>
      <div className="band" aria-hidden="true">
        <span className="band-usual" style={{ left: at(low), width: `calc(${at(high)} - ${at(low)})` }} />
        {own === null ? null : <span className="band-own" style={{ left: at(own) }} />}
      </div>
      {source ? <div className="muted small">{t("quick.bandSource", { source })}</div> : null}
    </div>
  );
}
