import { Progress, Tag } from "antd";
import { useTranslation } from "react-i18next";
import type { RunShape } from "../../../api";
import { sayCount } from "../../../numbers/format";

const COLOURS: Record<RunShape["state"], string> = {
  queued: "default",
  running: "blue",
  succeeded: "success",
  held: "warning",
  failed: "error",
  cancelled: "default",
  interrupted: "warning",
};

export function RunState({ run }: { readonly run: RunShape }) {
  const { t } = useTranslation();
  return (
    <Tag color={COLOURS[run.state]}>
      {t(`runs.state.${run.state}`)}
      {run.trial ? ` · ${t("runs.trial")}` : ""}
    </Tag>
  );
}

/** Stage, share done, rows a second and the time left of a run at work. */
export function RunProgress({ run }: { readonly run: RunShape }) {
  const { t } = useTranslation();
  const now = run.progress;
  if (run.state !== "running" || !now) return null;
  const share = now.total ? Math.min(100, Math.round((100 * now.done) / now.total)) : null;
  const facts = [
    now.stage,
    now.total ? `${sayCount(now.done)} / ${sayCount(now.total)}` : now.done ? sayCount(now.done) : "",
    now.rate && now.rate >= 1 ? t("runs.rate", { shown: sayCount(Math.round(now.rate)) }) : "",
    now.seconds_left ? t("runs.left", { shown: sayCount(Math.ceil(now.seconds_left)) }) : "",
  ].filter(Boolean);
  return (
    <div className="run-progress">
      <Progress percent={share ?? 100} showInfo={share !== null} status={share === null ? "active" : "normal"} size="small" aria-label={now.stage} />
      <div className="muted small digits" role="status">
        {facts.join(" · ")}
      </div>
    </div>
  );
}
