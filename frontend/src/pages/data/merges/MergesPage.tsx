import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Popconfirm, Skeleton, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { getMerges, postMerge, type MergeShape } from "../../../api";
import { useMay } from "../../../app/rights";
import { answered } from "../../../asking/problem";
import { PlainTable } from "../../../components/PlainTable";
import { Trouble } from "../../../components/Trouble";
import { ABSENT } from "../../../numbers/format";
import { useInstant } from "../useInstant";
import { MergeForm } from "./MergeForm";

/** 物料合并: which codes count under which, who decided it and why; merge two, or take it back. */
export default function MergesPage() {
  const { t } = useTranslation();
  const may = useMay()("manage_items");
  const merges = useQuery({ queryKey: ["merges"], queryFn: ({ signal }) => answered(getMerges({ signal })) });
  const listed = merges.data?.merges ?? [];
  return (
    <div className="stack" data-testid="merges">
      {merges.isPending ? <Skeleton active /> : null}
      {merges.error ? <Trouble error={merges.error} onRetry={() => void merges.refetch()} /> : null}
      {merges.data && !listed.length ? (
        <section className="card stack-small">
          <h2 className="chart-title">{t("merges.empty.title")}</h2>
          <p>{t("merges.empty.what")}</p>
          {may ? null : <p className="muted">{t("merges.notYours")}</p>}
        </section>
      ) : null}
      {merges.data && may ? <MergeForm /> : null}
      {listed.length ? <Past listed={listed} mayUndo={may} /> : null}
    </div>
  );
}

function named(code: string, name: string | null) {
  return name && name !== code ? `${name} ${code}` : code;
}

function Past({ listed, mayUndo }: { readonly listed: readonly MergeShape[]; readonly mayUndo: boolean }) {
  const { t } = useTranslation();
  const instant = useInstant();
  const head = [t("merges.column.item"), t("merges.column.into"), t("merges.column.from"), t("merges.column.state"), t("merges.column.who"), t("merges.column.reason"), t("merges.column.load")];
  const state = (each: MergeShape) => (each.undone ? "undoing" : each.stands ? "stands" : "undone");
  return (
    <section className="card stack" aria-label={t("merges.list")}>
      <h2 className="chart-title">{t("merges.list")}</h2>
      <PlainTable
        label={t("merges.list")}
        head={mayUndo ? [...head, t("merges.column.undo")] : head}
        rows={listed.map((each) => [
          named(each.item, each.item_name),
          named(each.into_item, each.into_name),
          each.valid_from ?? ABSENT,
          <Tag key="state" color={each.stands ? "success" : "default"}>
            {t(`merges.states.${state(each)}`)}
          </Tag>,
          <span key="who" className="two-lines">
            {each.actor} <span className="muted small instant">{instant(each.decided_at)}</span>
          </span>,
          each.reason,
          <Link key="load" to={`/data/loads?load=${String(each.load_no)}`}>
            {each.load_no}
          </Link>,
          ...(mayUndo ? [each.stands ? <Undo key="undo" merge={each} /> : ABSENT] : []),
        ])}
      />
    </section>
  );
}

/** Taking a merge back, confirmed with a reason. */
function Undo({ merge }: { readonly merge: MergeShape }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [reason, setReason] = useState("");
  const undo = useMutation({
    mutationFn: () => answered(postMerge({ path: { verb: "split" }, body: { item: merge.item, reason: reason.trim() } })),
    onSuccess: () => cache.invalidateQueries(),
  });
  return (
    <>
      <Popconfirm
        title={t("merges.undoAsk", { item: merge.item })}
        description={
          <Input
            aria-label={t("merges.reason")}
            placeholder={t("merges.reason")}
            value={reason}
            maxLength={500}
            onChange={(event) => {
              setReason(event.target.value);
            }}
          />
        }
        okText={t("merges.undo")}
        okButtonProps={{ disabled: reason.trim() === "" }}
        onConfirm={() => {
          undo.mutate();
        }}
      >
        <Button size="small" loading={undo.isPending} aria-label={t("merges.undoOf", { item: merge.item })}>
          {t("merges.undo")}
        </Button>
      </Popconfirm>
      {undo.error ? <Trouble error={undo.error} /> : null}
    </>
  );
}
