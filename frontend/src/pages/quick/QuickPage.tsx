import { Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useMeta, useQuickNumbers, useQuickRows, useQuickSheet } from "../../asking/questions";
import { Trouble } from "../../components/Trouble";
import { Grow } from "./Grow";
import { FourNumbers } from "./FourNumbers";
import { readNumbers } from "./numbers";
import { OneSheet } from "./OneSheet";
import { QuickAnswer } from "./QuickAnswer";

/** What came of the pasted rows or of the file, whichever was sent last. */
function useSheetAnswer() {
  const rows = useQuickRows();
  const file = useQuickSheet();
  const last = file.submittedAt > rows.submittedAt ? file : rows;
  const sent = last === file ? file.data?.rows : rows.variables?.rows;
  return { rows, file, sent: sent ?? [], data: last.data, error: last.error, busy: rows.isPending || file.isPending };
}

/** 两分钟算周转: four numbers or one sheet, no ledger. */
export default function QuickPage() {
  const { t } = useTranslation();
  const [query, setQuery] = useSearchParams();
  const meta = useMeta();
  const way = query.get("way") === "sheet" ? "sheet" : "numbers";
  const numbers = useQuickNumbers(way === "numbers" ? readNumbers(query) : null);
  const sheet = useSheetAnswer();
  const { data, error, busy } = way === "sheet" ? sheet : { ...numbers, busy: numbers.isFetching };
  return (
    <>
      <header className="page-head">
        <h1 className="page-title">{t("pages.quick")}</h1>
      </header>
      <p className="muted lead">{t("quick.lead")}</p>
      <div className="quick">
        <section className="card stack" aria-label={t("quick.input")}>
          <Segmented
            block
            aria-label={t("quick.way")}
            value={way}
            options={[
              { value: "numbers", label: t("quick.numbers") },
              { value: "sheet", label: t("quick.sheet") },
            ]}
            onChange={(next) => {
              const after = new URLSearchParams(query);
              after.set("way", next);
              setQuery(after);
            }}
          />
          {way === "numbers" ? <FourNumbers busy={busy} /> : <OneSheet busy={busy} onAsk={sheet.rows.mutate} onFile={sheet.file.mutate} />}
        </section>
        <section aria-live="polite" aria-busy={busy} className={busy ? "dimmed" : undefined}>
          {error ? <Trouble error={error} onRetry={way === "numbers" ? () => void numbers.refetch() : undefined} /> : null}
          {data && !error ? (
            <QuickAnswer result={data} currency={meta.data?.currency ?? "CNY"} grow={way === "sheet" ? <Grow rows={sheet.sent} result={data} /> : null} />
          ) : null}
          {data || error ? null : <Promise />}
        </section>
      </div>
    </>
  );
}

function Promise() {
  const { t } = useTranslation();
  return (
    <div className="card empty">
      <h2>{t("quick.promise.title")}</h2>
      <ul>
        {(["turnover", "band", "cash", "step"] as const).map((each) => (
          <li key={each}>{t(`quick.promise.${each}`)}</li>
        ))}
      </ul>
    </div>
  );
}
