import { Segmented, Table } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import type { RunShape } from "../../../api";
import { NARROW, useMedia } from "../../../app/preferences";
import { useMay } from "../../../app/rights";
import { Trouble } from "../../../components/Trouble";
import { useInstant } from "../useInstant";
import { RunDrawer } from "./RunDrawer";
import { RunProgress, RunState } from "./RunState";
import { UploadCard } from "./UploadCard";
import { useRuns } from "./useRun";

const STATES = ["all", "running", "queued", "held", "failed", "succeeded"] as const;

function seconds(run: RunShape): string {
  if (!run.started_at || !run.finished_at) return "";
  return ((Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000).toFixed(1);
}

/** 运行: what is being worked off, what waits, and what became of it. */
export default function RunsPage() {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const instant = useInstant();
  const [query, setQuery] = useSearchParams();
  const state = STATES.find((each) => each === query.get("state")) ?? "all";
  const asked = /^\d+$/.exec(query.get("run") ?? "")?.[0];
  const { data, error, refetch, isPending } = useRuns(state === "all" ? null : state);
  const set = (name: string, value: string | null) => {
    const next = new URLSearchParams(query);
    if (value === null) next.delete(name);
    else next.set(name, value);
    setQuery(next);
  };
  const open = (run: RunShape) => {
    set("run", String(run.id));
  };
  const loads = useMay()("load_data");
  const runs = data?.runs ?? [];
  return (
    <div className="stack">
      {loads ? <UploadCard onRun={open} /> : null}
      <Segmented
        aria-label={t("runs.filter")}
        value={state}
        options={STATES.map((value) => ({ value, label: value === "all" ? t("runs.all") : t(`runs.state.${value}`) }))}
        onChange={(value) => {
          set("state", value === "all" ? null : value);
        }}
      />
      {error ? <Trouble error={error} onRetry={() => void refetch()} /> : null}
      {!isPending && !error && !runs.length ? <p className="muted">{t("runs.none")}</p> : null}
      {narrow ? (
        <ul className="cards-list">
          {runs.map((run) => (
            <li key={run.id}>
              <button
                type="button"
                className="card trap-card"
                onClick={() => {
                  open(run);
                }}
              >
                <span className="between">
                  <strong>{run.subject || run.name}</strong>
                  <RunState run={run} />
                </span>
                <span className="muted small">{instant(run.planned_at)}</span>
                <RunProgress run={run} />
              </button>
            </li>
          ))}
        </ul>
      ) : runs.length || isPending ? (
        <Table<RunShape>
          className="card flush"
          size="small"
          rowKey="id"
          loading={isPending}
          dataSource={runs}
          virtual={runs.length > 200}
          pagination={false}
          columns={[
            {
              title: t("runs.column.no"),
              width: 72,
              render: (_, run) => (
                <button
                  type="button"
                  className="as-link digits"
                  aria-haspopup="dialog"
                  onClick={() => {
                    open(run);
                  }}
                >
                  {run.id}
                </button>
              ),
            },
            { title: t("runs.column.planned"), width: 168, render: (_, run) => instant(run.planned_at) },
            { title: t("runs.column.what"), width: 120, dataIndex: "name" },
            {
              title: t("runs.column.subject"),
              ellipsis: true,
              render: (_, run) => (
                <>
                  {run.subject}
                  <RunProgress run={run} />
                </>
              ),
            },
            { title: t("runs.column.state"), width: 150, render: (_, run) => <RunState run={run} /> },
            { title: t("runs.column.seconds"), width: 88, align: "right", render: (_, run) => <span className="digits">{seconds(run)}</span> },
            { title: t("runs.column.by"), width: 120, ellipsis: true, render: (_, run) => run.requested_by ?? t("runs.scheduled") },
          ]}
          onRow={(run) => ({
            className: "can-open",
            onClick: () => {
              open(run);
            },
          })}
        />
      ) : null}
      {asked ? (
        <RunDrawer
          id={Number(asked)}
          onClose={() => {
            set("run", null);
          }}
        />
      ) : null}
    </div>
  );
}
