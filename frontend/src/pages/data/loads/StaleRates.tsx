import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { getStale, postConvert } from "../../../api";
import { usePreferences } from "../../../app/preferences";
import { useMay } from "../../../app/rights";
import { answered } from "../../../asking/problem";
import { ReasonInput } from "../../../components/ReasonInput";
import { Trouble } from "../../../components/Trouble";
import { RateChanges } from "../runs/RatesAsked";

/** 重新折算: amounts that stand at another rate than is stated now, and the decision to convert them again. */
export function StaleRates() {
  const { t } = useTranslation();
  const { language: lang } = usePreferences();
  const may = useMay()("close_periods");
  const cache = useQueryClient();
  const [reason, setReason] = useState("");
  const stale = useQuery({ queryKey: ["stale-rates"], queryFn: ({ signal }) => answered(getStale({ signal })), enabled: may });
  const convert = useMutation({
    mutationFn: () => answered(postConvert({ body: { reason: reason.trim() }, query: { lang } })),
    onSuccess: async () => {
      setReason("");
      await cache.invalidateQueries();
    },
  });
  const changes = stale.data?.changes ?? [];
  const held = convert.data?.loads.filter(({ status }) => status !== "loaded") ?? [];
  if (!may || (!stale.error && !changes.length)) return null;
  return (
    <section className="card stack after" aria-label={t("rates.stale.title")} data-testid="stale-rates">
      <h2 className="chart-title">{t("rates.stale.title")}</h2>
      <p className="muted">{t("rates.stale.what")}</p>
      {stale.error ? <Trouble error={stale.error} onRetry={() => void stale.refetch()} /> : null}
      {changes.length ? (
        <>
          <RateChanges label={t("rates.stale.title")} changes={changes} />
          {held.map(({ message }) => (
            <p key={message}>{message}</p>
          ))}
          {convert.error ? <Trouble error={convert.error} /> : null}
          <div className="choices">
            <ReasonInput label={t("rates.stale.reason")} value={reason} onChange={setReason} />
            <Button
              type="primary"
              disabled={reason.trim() === ""}
              loading={convert.isPending}
              onClick={() => {
                convert.mutate();
              }}
            >
              {t("rates.convert")}
            </Button>
          </div>
        </>
      ) : null}
    </section>
  );
}
