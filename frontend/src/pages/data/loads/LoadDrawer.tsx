import { Alert, Drawer, Skeleton } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { LoadReport } from "../../../api";
import { NARROW, useMedia } from "../../../app/preferences";
import { useLoad } from "../../../asking/questions";
import { PlainTable } from "../../../components/PlainTable";
import { Trouble } from "../../../components/Trouble";
import { ABSENT, sayCount } from "../../../numbers/format";
import { LoadStatus } from "./LoadsPage";
import { useInstant } from "../useInstant";

/** One load's report: every row accounted for, by file and by reason. */
export function LoadDrawer({ loadNo, onClose }: { readonly loadNo: number; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const { data, error, refetch } = useLoad(loadNo);
  return (
    <Drawer open onClose={onClose} size={narrow ? "100%" : 760} title={t("load.number", { no: loadNo })}>
      {error ? <Trouble error={error} onRetry={() => void refetch()} /> : null}
      {data ? <Report load={data} /> : error ? null : <Skeleton active paragraph={{ rows: 10 }} />}
    </Drawer>
  );
}

interface ReportProps {
  readonly load: LoadReport;
  /** The outcome stands above already. */
  readonly told?: boolean;
}

export function Report({ load, told = false }: ReportProps) {
  const { t } = useTranslation();
  const instant = useInstant();
  const booked = load.load_no !== null || load.status === "nothing_new";
  // What is asked says it with its figures.
  const problems = load.questions?.length ? [] : (load.problems ?? []);
  return (
    <div className="stack">
      <div>
        {load.trial ? null : <LoadStatus status={load.status} />} {told ? null : load.message}
        <div className="muted small">
          {[load.committed_at ? instant(load.committed_at) : "", load.mapping, typeof load.seconds === "number" ? t("load.seconds", { seconds: load.seconds.toFixed(1) }) : ""].filter(Boolean).join(" · ")}
        </div>
      </div>
      <p className="digits sum">
        {t(booked ? "load.sum" : "load.sumHeld", { in: sayCount(load.rows_in), loaded: sayCount(load.rows_loaded), rejected: sayCount(load.rows_rejected), ignored: sayCount(load.rows_ignored) })}
      </p>
      {load.reversed || load.superseded?.length ? (
        <p className="digits">
          {[
            load.reversed ? t("load.reversed", { shown: sayCount(load.reversed) }) : "",
            load.superseded?.length ? t("load.superseded", { loads: load.superseded.join(", ") }) : "",
          ]
            .filter(Boolean)
            .join(" · ")}
        </p>
      ) : null}
      {problems.filter((each) => !load.message.includes(each)).map((each) => (
        <Alert key={each} type="error" showIcon title={each} />
      ))}
      {load.warnings.map((each) => (
        <Alert key={each} type="warning" showIcon title={each} />
      ))}
      <Reasons title={t("load.rejectedBy")} reasons={load.rejected_by_reason} words={load.reasons ?? {}} />
      <Reasons title={t("load.ignoredBy")} reasons={load.ignored_by_reason} words={load.reasons ?? {}} />
      <Listing
        title={t("load.files")}
        head={[t("load.column.files"), t("load.column.in"), t("load.column.loaded"), t("load.column.rejected"), t("load.column.ignored")]}
        rows={load.files.map((file) => [
          <span key="name" title={file.sha256}>
            {file.name}
            {file.already_loaded ? <span className="muted small"> · {t("load.already")}</span> : null}
          </span>,
          sayCount(file.rows_in),
          sayCount(file.rows_loaded),
          sayCount(file.rows_rejected),
          sayCount(file.rows_ignored),
        ])}
        numbersFrom={1}
      />
      {load.rejects.length ? (
        <Listing
          title={t("load.rejects", { shown: sayCount(load.rejects.length), total: sayCount(load.rows_rejected) })}
          head={[t("load.column.files"), t("load.row"), t("load.columnName"), t("load.value"), t("load.why")]}
          rows={load.rejects.map((each) => [
            [each.file, each.sheet].filter(Boolean).join(" · "),
            each.row_no === null ? ABSENT : sayCount(each.row_no),
            each.column ?? ABSENT,
            each.value ?? ABSENT,
            <span key="why">
              {each.message} <span className="muted small">{each.code}</span>
            </span>,
          ])}
        />
      ) : null}
    </div>
  );
}

interface ReasonsProps {
  readonly title: string;
  readonly reasons: Readonly<Record<string, number>>;
  /** Sentences of reason codes; a code without one stands for itself. */
  readonly words: Readonly<Record<string, string>>;
}

function Reasons({ title, reasons, words }: ReasonsProps) {
  const { t } = useTranslation();
  const rows = Object.entries(reasons).sort(([, a], [, b]) => b - a);
  if (!rows.length) return null;
  return <Listing title={title} head={[t("load.reason"), t("load.rows")]} rows={rows.map(([reason, count]) => [words[reason] ?? reason, sayCount(count)])} numbersFrom={1} />;
}

interface ListingProps {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly ReactNode[])[];
  /** First column that holds numbers. */
  readonly numbersFrom?: number;
}

function Listing({ title, ...table }: ListingProps) {
  return (
    <section>
      <h2 className="chart-title">{title}</h2>
      <PlainTable label={title} {...table} />
    </section>
  );
}
