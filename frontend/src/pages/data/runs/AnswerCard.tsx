import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import { postAnswer, type QuestionShape, type RunShape } from "../../../api";
import { usePreferences } from "../../../app/preferences";
import { useMay } from "../../../app/rights";
import { answered } from "../../../asking/problem";
import { PlainTable } from "../../../components/PlainTable";
import { Trouble } from "../../../components/Trouble";
import { ABSENT, sayCount } from "../../../numbers/format";
import { DecideRates, RateChanges } from "./RatesAsked";

type Answer = Exclude<NonNullable<RunShape["answers"]>[number], "keep_rates" | "convert_again">;

/** A held run: what is asked, in figures, and the answers; it goes on with its own files. */
export function AnswerCard({ run }: { readonly run: RunShape }) {
  const { t } = useTranslation();
  const { language: lang } = usePreferences();
  const cache = useQueryClient();
  const may = useMay()("load_data");
  const give = useMutation({
    mutationFn: (answer: Answer) => answered(postAnswer({ path: { run_id: run.id }, body: { answer }, query: { lang } })),
    onSuccess: (next) => {
      cache.setQueryData(["run", lang, run.id], next);
      void cache.invalidateQueries({ queryKey: ["runs"] });
    },
  });
  const offered = run.answers ?? [];
  const answers = offered.filter((answer) => answer !== "keep_rates" && answer !== "convert_again");
  const questions = run.report?.questions ?? [];
  const rates = questions.flatMap(({ rate }) => rate ?? []);
  if (!offered.length) return null;
  const gone = offered.every((answer) => answer === "discard");
  const title = t(questions.length ? "answer.title" : "answer.next");
  const button = (answer: Answer) => (
    <Button
      key={answer}
      danger={answer === "discard"}
      {...(answer === "again" ? { type: "primary" as const } : {})}
      loading={give.isPending && give.variables === answer}
      disabled={give.isPending}
      {...(answer === "discard"
        ? {}
        : {
            onClick: () => {
              give.mutate(answer);
            },
          })}
    >
      {t(`answer.do.${answer}`)}
    </Button>
  );
  return (
    <section className="card stack" aria-label={title} data-testid="answer">
      <h2 className="chart-title">{title}</h2>
      {questions.map((question, index) => (question.rate ? null : <Asked key={index} question={question} />))}
      {rates.length ? (
        <>
          <p>{t("rates.asked")}</p>
          <RateChanges label={title} changes={rates} />
        </>
      ) : null}
      {gone ? <Alert type="info" showIcon title={t("answer.gone")} /> : <p className="muted small">{t(hint(run))}</p>}
      {offered.includes("keep_rates") ? <DecideRates run={run.id} mayConvert={offered.includes("convert_again")} /> : null}
      {give.error ? <Trouble error={give.error} /> : null}
      {may ? (
        <div className="choices">
          {answers.map((answer) =>
            answer === "discard" ? (
              <Popconfirm
                key={answer}
                title={t(run.kind === "push" ? "messages.discardAsk" : "answer.discardAsk")}
                okText={t("answer.do.discard")}
                onConfirm={() => {
                  give.mutate(answer);
                }}
              >
                {button(answer)}
              </Popconfirm>
            ) : (
              button(answer)
            ),
          )}
        </div>
      ) : (
        <p className="muted">{t("answer.notYours")}</p>
      )}
    </section>
  );
}

/** What becomes of an answer, by what the run goes on with. */
function hint(run: RunShape) {
  if (run.kind === "push") return "messages.tryAgain";
  if (run.kind === "feed") return "answer.readAgain";
  return run.report?.questions?.length ? "answer.once" : "answer.tryAgain";
}

function span(first: string | null, last: string | null): string {
  if (!first) return ABSENT;
  return first === last || !last ? first : `${first} – ${last}`;
}

/** One question: both sides of it with their days and rows, and what each answer would do. */
function Asked({ question }: { readonly question: QuestionShape }) {
  const { t } = useTranslation();
  const { rows, equal, other_rows: before, taken_back: back } = question;
  const drop = question.kind === "drop";
  const here = [drop ? t("answer.now", { file: question.file, table: question.table ?? "" }) : question.file, span(question.first_day, question.last_day), sayCount(rows)];
  const there = [
    drop ? t("answer.before") : question.other_load === null ? (question.other ?? "") : t("answer.earlier", { file: question.other ?? "", no: question.other_load }),
    span(question.other_first_day, question.other_last_day),
    before === null ? ABSENT : sayCount(before),
  ];
  const added = equal === null ? rows : rows - equal;
  return (
    <div className="stack-small">
      <p>{question.words}</p>
      <PlainTable label={question.words} head={[t("answer.column.file"), t("answer.column.days"), t("answer.column.rows")]} rows={[there, here]} numbersFrom={2} />
      <ul className="plain-list small">
        {equal === null ? null : <li>{t("answer.equal", { shown: sayCount(equal) })}</li>}
        {back === null ? null : <li>{t("answer.ifReplaced", { back: sayCount(back), added: sayCount(added) })}</li>}
        {drop ? null : <li>{t("answer.ifAdded", { shown: sayCount(rows), twice: sayCount(equal ?? 0) })}</li>}
        {drop && before !== null ? <li>{t("answer.less", { shown: sayCount(before - rows) })}</li> : null}
      </ul>
    </div>
  );
}
