import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { getPeriods, postPeriod, type CloseShape } from "../../../api";
import { useMay } from "../../../app/rights";
import { answered } from "../../../asking/problem";
import { PlainTable } from "../../../components/PlainTable";
import { Trouble } from "../../../components/Trouble";
import { sayAmount, sayQuantity } from "../../../numbers/format";
import { useInstant } from "../useInstant";
import { ReasonInput } from "../../../components/ReasonInput";

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

/** 结账: which months are settled, in which version, by whom and why; close one, or reopen it. */
export function Periods() {
  const { t } = useTranslation();
  const may = useMay();
  const periods = useQuery({ queryKey: ["periods"], queryFn: ({ signal }) => answered(getPeriods({ signal })), enabled: may("close_periods") });
  const listed = periods.data?.periods ?? [];
  if (!may("close_periods")) return null;
  return (
    <section className="card stack after" aria-label={t("periods.title")} data-testid="periods">
      <h2 className="chart-title">{t("periods.title")}</h2>
      {periods.error ? <Trouble error={periods.error} onRetry={() => void periods.refetch()} /> : null}
      <p className="muted">{periods.data?.closed_through ? t("periods.through", { day: periods.data.closed_through }) : t("periods.none")}</p>
      <Decide />
      {listed.length ? <Past listed={listed} /> : null}
    </section>
  );
}

function Decide() {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [month, setMonth] = useState("");
  const [reason, setReason] = useState("");
  const decide = useMutation({
    mutationFn: (verb: "close" | "reopen") => answered(postPeriod({ path: { verb }, body: { month, reason: reason.trim() } })),
    onSuccess: () => {
      setReason("");
      void cache.invalidateQueries();
    },
  });
  const ready = MONTH.test(month) && reason.trim() !== "";
  return (
    <>
      <div className="choices">
        <Input
          className="choice-unit"
          aria-label={t("periods.month")}
          placeholder={t("periods.monthForm")}
          value={month}
          maxLength={7}
          onChange={(event) => {
            setMonth(event.target.value);
          }}
        />
        <ReasonInput label={t("periods.reason")} value={reason} onChange={setReason} />
        <Button
          type="primary"
          disabled={!ready}
          loading={decide.isPending && decide.variables === "close"}
          onClick={() => {
            decide.mutate("close");
          }}
        >
          {t("periods.close")}
        </Button>
        <Button
          disabled={!ready}
          loading={decide.isPending && decide.variables === "reopen"}
          onClick={() => {
            decide.mutate("reopen");
          }}
        >
          {t("periods.reopen")}
        </Button>
      </div>
      <p className="muted small">{t("periods.how")}</p>
      {decide.error ? <Trouble error={decide.error} /> : null}
    </>
  );
}

function Past({ listed }: { readonly listed: readonly CloseShape[] }) {
  const { t } = useTranslation();
  const instant = useInstant();
  const head = [t("periods.month"), t("periods.state"), t("periods.version"), t("periods.quantity"), t("periods.value"), t("periods.who"), t("periods.reason"), t("periods.hash")];
  return (
    <PlainTable
      label={t("periods.title")}
      head={head}
      rows={listed.map((each) => [
        each.month.slice(0, 7),
        <Tag key="state" color={each.state === "closed" ? "success" : "warning"}>
          {t(`periods.states.${each.state}`)}
        </Tag>,
        <Link key="version" to={`/data/loads?load=${String(each.load_no)}`}>
          {each.version}
        </Link>,
        sayQuantity(each.quantity),
        sayAmount(each.value),
        <span key="who">
          {each.actor} <span className="muted small">{instant(each.decided_at)}</span>
        </span>,
        each.reason,
        <code key="hash" className="small" title={each.content_hash}>
          {each.content_hash.slice(0, 12)}
        </code>,
      ])}
      numbersFrom={2}
      numbersTo={5}
    />
  );
}
