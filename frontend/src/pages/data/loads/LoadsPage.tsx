import { Alert, Table, Tag } from "antd";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import type { LoadReport } from "../../../api";
import { NARROW, useMedia } from "../../../app/preferences";
import { useLoads } from "../../../asking/questions";
import { Trouble } from "../../../components/Trouble";
import { sayCount } from "../../../numbers/format";
import { EmptyWorkspace } from "../../overview/EmptyWorkspace";
import { useWaitingForMe } from "../runs/Waiting";
import { Periods } from "../periods/Periods";
import { KeptRates } from "./KeptRates";
import { StaleRates } from "./StaleRates";
import { LoadDrawer } from "./LoadDrawer";
import { useInstant } from "../useInstant";

const COLOURS = { loaded: "success", nothing_new: "default", held: "warning", failed: "error" } as const;

export function LoadStatus({ status }: { readonly status: LoadReport["status"] }) {
  const { t } = useTranslation();
  return <Tag color={COLOURS[status]}>{t(`load.status.${status}`)}</Tag>;
}

/** Loads that are no files but what a person has decided, by the name of their document. */
const DECISIONS = ["close_period", "reopen_period", "merge_items", "undo_merge_items", "discard_rejects", "keep_rates", "undo_keep_rates", "convert_again"] as const;

function names(load: LoadReport, t: TFunction<"page">): string {
  const [first, ...more] = load.files;
  const decided = DECISIONS.find((each) => load.mapping === "decision" && first?.name === `${each}.json`);
  if (decided) return t(`load.decision.${decided}`);
  return first ? (more.length ? t("load.andMore", { name: first.name, count: more.length }) : first.name) : "";
}

/** Loads of others that wait for an answer: they are not in the list below, as nothing was loaded. */
function Waiting() {
  const { t } = useTranslation();
  const { held: all, mine } = useWaitingForMe();
  const held = all.length - mine.length;
  if (!held) return null;
  return <Alert className="lead" type="warning" showIcon title={t("answer.waiting", { count: held, shown: sayCount(held) })} action={<Link to="/data/runs?state=held">{t("answer.look")}</Link>} />;
}

/** 入账: every load, newest first, with its report and the rows it refused. */
export default function LoadsPage() {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const instant = useInstant();
  const [query, setQuery] = useSearchParams();
  const { data, error, refetch, isPending } = useLoads();
  const open = (load: number | null) => {
    const next = new URLSearchParams(query);
    if (load === null) next.delete("load");
    else next.set("load", String(load));
    setQuery(next);
  };
  const loads = data?.loads ?? [];
  const asked = /^\d+$/.exec(query.get("load") ?? "")?.[0];
  const count = (value: number) => <span className="digits">{sayCount(value)}</span>;
  return (
    <>
      <p className="muted lead">{t("load.lead")}</p>
      <Waiting />
      {error ? <Trouble error={error} onRetry={() => void refetch()} /> : null}
      {!isPending && !error && loads.length === 0 ? <EmptyWorkspace /> : null}
      {loads.length && narrow ? (
        <ul className="cards-list">
          {loads.map((load, index) => (
            <li key={load.load_no ?? `none-${String(index)}`}>
              <button
                type="button"
                className="card trap-card"
                disabled={load.load_no === null}
                onClick={() => {
                  open(load.load_no);
                }}
              >
                <span className="between">
                  <strong>{load.load_no === null ? names(load, t) : t("load.number", { no: load.load_no })}</strong>
                  <LoadStatus status={load.status} />
                </span>
                <span className="muted small">
                  {instant(load.committed_at)} · {names(load, t)}
                </span>
                <span className="small digits">
                  {t("load.sum", { in: sayCount(load.rows_in), loaded: sayCount(load.rows_loaded), rejected: sayCount(load.rows_rejected), ignored: sayCount(load.rows_ignored) })}
                </span>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {(loads.length || isPending) && !narrow && !error ? (
        <Table<LoadReport>
          className="card flush"
          size="small"
          loading={isPending}
          rowKey={(load) => load.load_no ?? `${load.mapping}-${load.message}`}
          dataSource={loads}
          pagination={loads.length > 50 ? { pageSize: 50, showSizeChanger: false } : false}
          columns={[
            {
              title: t("load.column.no"),
              width: 88,
              render: (_, load) =>
                load.load_no === null ? null : (
                  <button
                    type="button"
                    className="as-link digits"
                    aria-haspopup="dialog"
                    onClick={() => {
                      open(load.load_no);
                    }}
                  >
                    {load.load_no}
                  </button>
                ),
            },
            { title: t("load.column.when"), width: 168, render: (_, load) => instant(load.committed_at) },
            { title: t("load.column.status"), width: 110, render: (_, load) => <LoadStatus status={load.status} /> },
            { title: t("load.column.files"), ellipsis: true, render: (_, load) => names(load, t) },
            { title: t("load.column.mapping"), width: 160, ellipsis: true, render: (_, load) => (load.mapping === "decision" ? t("load.decided") : load.mapping) },
            { title: t("load.column.in"), width: 88, align: "right", render: (_, load) => count(load.rows_in) },
            { title: t("load.column.loaded"), width: 88, align: "right", render: (_, load) => count(load.rows_loaded) },
            {
              title: t("load.column.rejected"),
              width: 88,
              align: "right",
              render: (_, load) => <span className={load.rows_rejected ? "attention digits" : "digits"}>{sayCount(load.rows_rejected)}</span>,
            },
            { title: t("load.column.ignored"), width: 88, align: "right", render: (_, load) => count(load.rows_ignored) },
          ]}
          onRow={(load) => ({
            className: load.load_no === null ? "" : "can-open",
            onClick: () => {
              if (load.load_no !== null) open(load.load_no);
            },
          })}
        />
      ) : null}
      {loads.length ? <Periods /> : null}
      {loads.length ? <StaleRates /> : null}
      {loads.length ? <KeptRates /> : null}
      {asked ? (
        <LoadDrawer
          loadNo={Number(asked)}
          onClose={() => {
            open(null);
          }}
        />
      ) : null}
    </>
  );
}
