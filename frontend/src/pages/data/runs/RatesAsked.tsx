import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { postConvert, postKeep, type RateChangeShape } from "../../../api";
import { useMay } from "../../../app/rights";
import { answered } from "../../../asking/problem";
import { PlainTable } from "../../../components/PlainTable";
import { Trouble } from "../../../components/Trouble";
import { ABSENT, sayAmount, sayCount, sayQuantity } from "../../../numbers/format";
import { ReasonInput } from "../../../components/ReasonInput";

/** Restated rates beside the amounts that were converted by the former ones. */
export function RateChanges({ label, changes }: { readonly label: string; readonly changes: readonly RateChangeShape[] }) {
  const { t } = useTranslation();
  const head = [t("rates.column.rate"), t("rates.column.from"), t("rates.column.days"), t("rates.column.former"), t("rates.column.now"), t("rates.column.rows"), t("rates.column.booked"), t("rates.column.restated")];
  return (
    <PlainTable
      label={label}
      head={head}
      rows={changes.map((each) => [
        t(each.name === null ? "rates.general" : `rates.of.${each.table}`, { name: each.name }),
        each.valid_from ?? ABSENT,
        each.first === each.last ? each.first : `${each.first} – ${each.last}`,
        sayQuantity(each.former),
        sayQuantity(each.rate),
        <span key="rows">
          {sayCount(each.rows)}
          {each.prices ? <span className="muted small"> {t("rates.prices", { shown: sayCount(each.prices) })}</span> : null}
        </span>,
        sayAmount(each.booked),
        sayAmount(each.at_new_rate),
      ])}
      numbersFrom={3}
    />
  );
}

/** The decision that what is converted keeps its rate or is converted again, with its reason; the run goes on by itself. */
export function DecideRates({ run, mayConvert }: { readonly run: number; readonly mayConvert: boolean }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const may = useMay()("close_periods");
  const [reason, setReason] = useState("");
  const body = { reason: reason.trim(), run_id: run };
  const onSettled = () => cache.invalidateQueries();
  const keep = useMutation({ mutationFn: () => answered(postKeep({ body })), onSettled });
  const convert = useMutation({ mutationFn: () => answered(postConvert({ body })), onSettled });
  const error = keep.error ?? convert.error;
  const busy = keep.isPending || convert.isPending;
  if (!may) return <p className="muted">{t("rates.notYours")}</p>;
  return (
    <>
      {error ? <Trouble error={error} /> : null}
      <div className="choices">
        <ReasonInput label={t("rates.reason")} value={reason} onChange={setReason} />
        <Button
          type="primary"
          disabled={reason.trim() === "" || busy}
          loading={keep.isPending}
          onClick={() => {
            keep.mutate();
          }}
        >
          {t("rates.keep")}
        </Button>
        {mayConvert ? (
          <Button
            disabled={reason.trim() === "" || busy}
            loading={convert.isPending}
            onClick={() => {
              convert.mutate();
            }}
          >
            {t("rates.convert")}
          </Button>
        ) : null}
      </div>
    </>
  );
}
