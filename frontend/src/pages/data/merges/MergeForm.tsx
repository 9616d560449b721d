import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Input, Select, Skeleton } from "antd";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { getMergePreview, postMerge, type MergedItem, type MergePreview } from "../../../api";
import { usePreferences } from "../../../app/preferences";
import { answered } from "../../../asking/problem";
import { useMembers } from "../../../asking/questions";
import { PlainTable } from "../../../components/PlainTable";
import { Trouble } from "../../../components/Trouble";
import { ABSENT, sayAmount, sayCount, sayQuantity } from "../../../numbers/format";
import { ReasonInput } from "../../../components/ReasonInput";

interface ItemSelectProps {
  readonly label: string;
  readonly value: string | null;
  readonly onChange: (code: string | null) => void;
}

/** One item, found by its code or name. */
function ItemSelect({ label, value, onChange }: ItemSelectProps) {
  const [search, setSearch] = useState("");
  const found = useMembers("item", useDeferredValue(search.trim()), true);
  return (
    <Select<string>
      className="wide"
      allowClear
      aria-label={label}
      placeholder={label}
      value={value}
      loading={found.isFetching}
      options={(found.data?.members ?? []).map(({ member, name }) => ({ value: member, label: name && name !== member ? `${name} ${member}` : member }))}
      showSearch={{ filterOption: false, searchValue: search, onSearch: setSearch }}
      onChange={(code: string | undefined) => {
        onChange(code ?? null);
      }}
    />
  );
}

/** Merging an item into another: both are looked at first, with what moves and what stays. */
export function MergeForm() {
  const { t } = useTranslation();
  const { language: lang } = usePreferences();
  const cache = useQueryClient();
  const [item, setItem] = useState<string | null>(null);
  const [into, setInto] = useState<string | null>(null);
  const [from, setFrom] = useState("");
  const [reason, setReason] = useState("");
  const shown = useQuery({
    queryKey: ["merge", lang, item, into],
    queryFn: ({ signal }) => answered(getMergePreview({ query: { item: item ?? "", into: into ?? "" }, signal })),
    enabled: item !== null && into !== null,
    retry: false,
  });
  const merge = useMutation({
    mutationFn: () => answered(postMerge({ path: { verb: "merge" }, body: { item: item ?? "", into, valid_from: from || null, reason: reason.trim() } })),
    onSuccess: async () => {
      setItem(null);
      setInto(null);
      setReason("");
      await cache.invalidateQueries();
    },
  });
  return (
    <section className="card stack" aria-label={t("merges.title")}>
      <h2 className="chart-title">{t("merges.title")}</h2>
      <p className="muted">{t("merges.how")}</p>
      <div className="pair">
        <ItemSelect label={t("merges.item")} value={item} onChange={setItem} />
        <ItemSelect label={t("merges.into")} value={into} onChange={setInto} />
      </div>
      {shown.error ? <Trouble error={shown.error} /> : null}
      {shown.isLoading ? <Skeleton active paragraph={{ rows: 3 }} /> : null}
      {shown.data ? (
        <>
          <Together preview={shown.data} />
          <div className="choices">
            <Input
              type="date"
              className="choice-unit"
              aria-label={t("merges.from")}
              title={t("merges.from")}
              value={from}
              onChange={(event) => {
                setFrom(event.target.value);
              }}
            />
            <ReasonInput label={t("merges.reason")} value={reason} onChange={setReason} />
            <Button
              type="primary"
              disabled={reason.trim() === ""}
              loading={merge.isPending}
              onClick={() => {
                merge.mutate();
              }}
            >
              {t("merges.merge")}
            </Button>
          </div>
          <p className="muted small">{t("merges.fromHint")}</p>
        </>
      ) : null}
      {merge.error ? <Trouble error={merge.error} /> : null}
    </section>
  );
}

/** What both codes hold, and what the surviving one then shows. */
function Together({ preview }: { readonly preview: MergePreview }) {
  const { t } = useTranslation();
  const { item, into, together } = preview;
  const days = (each: MergedItem) => (each.first_day ? `${each.first_day} – ${each.last_day ?? ""}` : ABSENT);
  const row = (each: MergedItem, label: string) => [label, each.category ?? ABSENT, each.unit ?? ABSENT, days(each), sayQuantity(each.quantity), sayAmount(each.value), sayCount(each.movements)];
  const head = [t("merges.column.code"), t("merges.column.category"), t("merges.column.unit"), t("merges.column.days"), t("merges.column.quantity"), t("merges.column.value"), t("merges.column.movements")];
  return (
    <>
      {item.unit !== into.unit ? <Alert type="warning" showIcon title={t("merges.units", { one: item.unit ?? ABSENT, other: into.unit ?? ABSENT })} /> : null}
      <PlainTable label={t("merges.preview")} head={head} rows={[row(item, item.item), row(into, into.item), row(together, t("merges.then", { into: into.item }))]} numbersFrom={4} />
    </>
  );
}
