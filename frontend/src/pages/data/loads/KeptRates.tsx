import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Popconfirm, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { getKept, postUndoKept, type KeptShape } from "../../../api";
import { useMay } from "../../../app/rights";
import { answered } from "../../../asking/problem";
import { ReasonInput } from "../../../components/ReasonInput";
import { Trouble } from "../../../components/Trouble";
import { RateChanges } from "../runs/RatesAsked";
import { useInstant } from "../useInstant";

/** 保持原汇率: what was decided about amounts that a restated rate would have converted otherwise, and taken back. */
export function KeptRates() {
  const { t } = useTranslation();
  const may = useMay()("close_periods");
  const instant = useInstant();
  const kept = useQuery({ queryKey: ["kept-rates"], queryFn: ({ signal }) => answered(getKept({ signal })), enabled: may });
  const listed = kept.data?.kept ?? [];
  if (!may || (!kept.error && !listed.length)) return null;
  return (
    <section className="card stack after" aria-label={t("rates.title")} data-testid="kept-rates">
      <h2 className="chart-title">{t("rates.title")}</h2>
      <p className="muted">{t("rates.what")}</p>
      {kept.error ? <Trouble error={kept.error} onRetry={() => void kept.refetch()} /> : null}
      {listed.map((each) => (
        <div key={each.load_no} className="stack-small">
          <p>
            <Link to={`/data/loads?load=${String(each.load_no)}`}>{t("load.number", { no: each.load_no })}</Link> <Tag color={each.stands ? "success" : "default"}>{t(`rates.states.${state(each)}`)}</Tag> {each.actor} · <span className="muted small">{instant(each.decided_at)}</span> · {each.reason} {each.stands ? <Undo load={each.load_no} /> : null}
          </p>
          <What kept={each} />
        </div>
      ))}
    </section>
  );
}

function state(kept: KeptShape) {
  return kept.undone ? "undoing" : kept.stands ? "stands" : "undone";
}

/** What a decision was about: the changes that were shown, all amounts, or the decision that it takes back. */
function What({ kept }: { readonly kept: KeptShape }) {
  const { t } = useTranslation();
  if (kept.undone) return <p className="muted small">{t("rates.undoes", { no: kept.of_load })}</p>;
  if (!kept.changes.length) return <p className="muted small">{t("rates.all")}</p>;
  return <RateChanges label={t("load.number", { no: kept.load_no })} changes={kept.changes} />;
}

/** Taking such a decision back, confirmed with a reason. */
function Undo({ load }: { readonly load: number }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [reason, setReason] = useState("");
  const undo = useMutation({
    mutationFn: () => answered(postUndoKept({ path: { load_no: load }, body: { reason: reason.trim() } })),
    onSuccess: () => cache.invalidateQueries(),
  });
  return (
    <>
      <Popconfirm
        title={t("rates.undoAsk", { no: load })}
        description={<ReasonInput label={t("rates.undoReason")} value={reason} onChange={setReason} />}
        okText={t("rates.undo")}
        okButtonProps={{ disabled: reason.trim() === "" }}
        onConfirm={() => {
          undo.mutate();
        }}
      >
        <Button size="small" loading={undo.isPending} aria-label={t("rates.undoOf", { no: load })}>
          {t("rates.undo")}
        </Button>
      </Popconfirm>
      {undo.error ? <Trouble error={undo.error} /> : null}
    </>
  );
}
