import { DownloadOutlined, StopOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Drawer, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { postCancel, type RunShape } from "../../../api";
import { NARROW, useMedia, usePreferences } from "../../../app/preferences";
import { useMay } from "../../../app/rights";
import { answered } from "../../../asking/problem";
import { Trouble } from "../../../components/Trouble";
import { Report } from "../loads/LoadDrawer";
import { useInstant } from "../useInstant";
import { AnswerCard } from "./AnswerCard";
import { Messages } from "./Messages";
import { RunProgress, RunState } from "./RunState";
import { hasEnded, useRun } from "./useRun";

/** One run: live while it works, its report once it has ended. */
export function RunDrawer({ id, onClose }: { readonly id: number; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const { data, error, refetch } = useRun(id);
  return (
    <Drawer open onClose={onClose} size={narrow ? "100%" : 760} title={t("runs.number", { no: id })}>
      {error ? <Trouble error={error} onRetry={() => void refetch()} /> : null}
      {data ? <Run run={data} /> : error ? null : <Skeleton active paragraph={{ rows: 10 }} />}
    </Drawer>
  );
}

function Run({ run }: { readonly run: RunShape }) {
  const { t } = useTranslation();
  const { language: lang } = usePreferences();
  const instant = useInstant();
  const cache = useQueryClient();
  const stops = useMay()("manage_jobs");
  const cancel = useMutation({
    mutationFn: () => answered(postCancel({ path: { run_id: run.id }, query: { lang } })),
    onSuccess: (stopped) => {
      cache.setQueryData(["run", lang, run.id], stopped);
      void cache.invalidateQueries({ queryKey: ["runs"] });
    },
  });
  // The questions say it better, with their figures.
  const asks = (run.answers ?? []).length > 0 && (run.report?.questions ?? []).length > 0;
  const report = `./api/runs/${String(run.id)}/report?lang=${lang}`;
  return (
    <div className="stack" data-testid="run" aria-busy={!hasEnded(run)}>
      <div>
        <RunState run={run} /> {run.name}
        <div className="muted small">{[run.subject, instant(run.planned_at), run.requested_by, run.answered_by ? t("runs.answeredBy", { who: run.answered_by }) : null].filter(Boolean).join(" · ")}</div>
      </div>
      <RunProgress run={run} />
      {cancel.error ? <Trouble error={cancel.error} /> : null}
      {hasEnded(run) || !stops ? null : (
        <Button
          icon={<StopOutlined />}
          loading={cancel.isPending || run.cancel_requested}
          onClick={() => {
            cancel.mutate();
          }}
        >
          {t("runs.cancel")}
        </Button>
      )}
      {run.message && !asks ? <Alert type={run.state === "succeeded" ? "info" : "warning"} showIcon title={run.message} description={run.code ? t("trouble.code", { code: run.code }) : undefined} /> : null}
      {run.kind === "push" ? <Messages run={run} /> : null}
      <AnswerCard run={run} />
      {run.trial && run.report ? <p className="muted">{t("runs.trialHint")}</p> : null}
      {run.report ? (
        <>
          <div className="choices">
            <Button icon={<DownloadOutlined />} href={`${report}&format=xlsx`} download>
              {t("runs.reportBook")}
            </Button>
            <Button href={`${report}&format=html`} download>
              {t("runs.reportPage")}
            </Button>
          </div>
          <Report load={run.report} told={run.message !== null} />
        </>
      ) : null}
      {run.attempts.length > 1 ? (
        <section>
          <h2 className="chart-title">{t("runs.attempts")}</h2>
          <ol className="plain-list">
            {run.attempts.map((each) => (
              <li key={each.ended_at} className="small">
                {instant(each.ended_at)} · {t(`runs.state.${each.state}`)}
                {each.code ? <span className="muted"> · {each.code}</span> : null}
              </li>
            ))}
          </ol>
        </section>
      ) : null}
    </div>
  );
}
