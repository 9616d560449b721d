import { Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useMeta, useQuick, useQuickSheet } from "../../asking/questions";
import { Trouble } from "../../components/Trouble";
import { FourNumbers } from "./FourNumbers";
import { OneSheet } from "./OneSheet";
import { QuickAnswer } from "./QuickAnswer";

/** 两分钟算周转: four numbers or one sheet, no ledger. */
export default function QuickPage() {
  const { t } = useTranslation();
  const [query, setQuery] = useSearchParams();
  const meta = useMeta();
  const numbers = useQuick();
  const sheet = useQuickSheet();
  const way = query.get("way") === "sheet" ? "sheet" : "numbers";
  const busy = numbers.isPending || sheet.isPending;
  const latest = sheet.submittedAt > numbers.submittedAt ? sheet : numbers;
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
          {way === "numbers" ? (
            <FourNumbers busy={busy} onAsk={numbers.mutate} />
          ) : (
            <OneSheet busy={busy} onAsk={numbers.mutate} onFile={sheet.mutate} />
          )}
        </section>
        <section aria-live="polite" aria-busy={busy} className={busy ? "dimmed" : undefined}>
          {latest.error ? <Trouble error={latest.error} /> : null}
          {latest.data ? (
            <QuickAnswer result={latest.data} currency={meta.data?.currency ?? "CNY"} />
          ) : latest.error ? null : (
            <div className="card empty">
              <h2>{t("quick.promise.title")}</h2>
              <ul>
                {(["turnover", "band", "cash", "step"] as const).map((each) => (
                  <li key={each}>{t(`quick.promise.${each}`)}</li>
                ))}
              </ul>
            </div>
          )}
        </section>
      </div>
    </>
  );
}
