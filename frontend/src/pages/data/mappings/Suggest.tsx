import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Segmented, Select, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { getTargets, postDraft, putMapping, type SuggestionList, type SuggestionShape, type TargetShape } from "../../../api";
import { usePreferences } from "../../../app/preferences";
import { useMay } from "../../../app/rights";
import { answered } from "../../../asking/problem";
import { Trouble } from "../../../components/Trouble";
import { sayRatio } from "../../../numbers/format";

/** From here on a column needs no second look; below the lower one nothing was recognised. */
const SURE = 0.9;
const FREE = "dataset";

interface SuggestProps {
  /** Ask what the columns seem to be. */
  readonly ask: () => Promise<SuggestionList>;
  readonly onConfirmed: (name: string) => void;
}

/** What the columns seem to be, each with its confidence; corrected here, confirmed once, remembered. */
export function Suggest({ ask, onConfirmed }: SuggestProps) {
  const { t } = useTranslation();
  const asked = useMutation({ mutationFn: ask });
  const [at, setAt] = useState(0);
  const found = asked.data?.suggestions ?? [];
  const shown = found[at];
  if (!useMay()("manage_sources")) return null;
  return (
    <div className="stack" data-testid="suggest">
      <div>
        <Button
          loading={asked.isPending}
          onClick={() => {
            setAt(0);
            asked.mutate();
          }}
        >
          {t("mappings.suggest")}
        </Button>
      </div>
      {asked.error ? <Trouble error={asked.error} /> : null}
      {found.length > 1 ? <Segmented aria-label={t("mappings.sheet")} value={at} options={found.map((each, index) => ({ value: index, label: each.sheet ?? each.file }))} onChange={setAt} /> : null}
      {shown ? <Columns key={`${shown.fingerprint}-${String(at)}`} suggestion={shown} named={nameOf(found[0]?.table ?? shown.table)} onConfirmed={onConfirmed} /> : null}
    </div>
  );
}

function nameOf(table: string): string {
  return `own-${table.replaceAll("_", "-")}`;
}

interface ColumnsProps {
  readonly suggestion: SuggestionShape;
  /** One name for all sheets of a workbook: each confirmed one joins the mapping. */
  readonly named: string;
  readonly onConfirmed: (name: string) => void;
}

function Columns({ suggestion, named, onConfirmed }: ColumnsProps) {
  const { t } = useTranslation();
  const { language: lang } = usePreferences();
  const cache = useQueryClient();
  const targets = useQuery({ queryKey: ["mapping-targets", lang], queryFn: ({ signal }) => answered(getTargets({ query: { lang }, signal })), staleTime: Infinity });
  const [table, setTable] = useState(suggestion.table);
  const [chosen, setChosen] = useState<ReadonlyMap<string, string | null>>(new Map(suggestion.columns.map(({ header, target }) => [header, target])));
  const [constants, setConstants] = useState<Readonly<Record<string, string>>>(suggestion.constants);
  const [name, setName] = useState(named);
  const columns = targets.data?.tables.find((each) => each.table === table)?.columns ?? [];
  const taken = [...chosen.values()];
  const given = (each: TargetShape) => taken.includes(each.name) || (each.implied_by !== null && taken.includes(each.implied_by));
  const open = table === FREE ? [] : columns.filter((each) => each.needed && !given(each));
  const shared = open.filter((each) => each.shared);
  const missing = open.filter((each) => !each.shared || !constants[each.name]?.trim());
  const keep = useMutation({
    mutationFn: async () => {
      const body = {
        name: suggestion.file,
        table,
        columns: suggestion.columns.map(({ header, samples }) => ({ header, target: chosen.get(header) ?? null, samples })),
        constants: Object.fromEntries(shared.map((each) => [each.name, constants[each.name] ?? ""])),
        sheet: suggestion.sheet,
        sheets: suggestion.sheets,
      };
      const { draft } = await answered(postDraft({ body }));
      return answered(putMapping({ path: { name }, body: { content: draft, headers: [suggestion.fingerprint] } }));
    },
    onSuccess: async (kept) => {
      await cache.invalidateQueries({ queryKey: ["mappings"] });
      onConfirmed(kept.name);
    },
  });
  const head = [t("mappings.column.header"), t("mappings.column.samples"), t("mappings.column.target"), t("mappings.column.confidence")];
  return (
    <div className="stack-small">
      <label className="field">
        <span>{t("mappings.table", { shown: sayRatio(String(suggestion.confidence)) })}</span>
        <Select
          showSearch
          aria-label={t("mappings.isTable")}
          className="reason"
          value={table}
          loading={targets.isPending}
          options={[...(targets.data?.tables ?? []).map((each) => ({ value: each.table, label: each.table.replaceAll("_", " ") })), { value: FREE, label: t("mappings.free") }]}
          onChange={(value) => {
            setTable(value);
            if (!suggestion.sheets.length) setName(nameOf(value));
            setConstants(value === suggestion.table ? suggestion.constants : {});
            if (value !== suggestion.table) setChosen(new Map(suggestion.columns.map(({ header }) => [header, null])));
          }}
        />
      </label>
      <p className="muted small">{suggestion.reasons.join(lang === "zh" ? "；" : "; ")}</p>
      <table className="plain-table as-cards">
        <thead>
          <tr>
            {head.map((each) => (
              <th key={each} scope="col">
                {each}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {suggestion.columns.map((guess) => {
            const target = chosen.get(guess.header) ?? null;
            const guessed = target !== null && target === guess.target && table === suggestion.table;
            return (
              <tr key={guess.header}>
                <td data-label={head[0]}>{guess.header}</td>
                <td data-label={head[1]} className="muted small">
                  {guess.samples.slice(0, 3).join(" / ")}
                </td>
                <td data-label={head[2]}>
                  {table === FREE ? (
                    guess.header
                  ) : (
                    <Select
                      allowClear
                      showSearch={{ optionFilterProp: "label" }}
                      className="wide"
                      aria-label={t("mappings.is", { header: guess.header })}
                      placeholder={t("mappings.left")}
                      value={target}
                      options={columns.map((each) => ({ value: each.name, label: `${each.label} · ${each.name}`, disabled: taken.includes(each.name) && each.name !== target }))}
                      onChange={(value: string | undefined) => {
                        setChosen((before) => new Map(before).set(guess.header, value ?? null));
                      }}
                    />
                  )}
                </td>
                <td data-label={head[3]}>
                  {guessed ? (
                    <Tag color={guess.confidence >= SURE ? "success" : "warning"} title={guess.reason}>
                      {sayRatio(String(guess.confidence))}
                    </Tag>
                  ) : target === null ? null : (
                    <Tag>{t("mappings.byHand")}</Tag>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {shared.map((each) => (
        <Constant
          key={each.name}
          column={each}
          value={constants[each.name]}
          onChange={(value) => {
            setConstants((before) => ({ ...before, [each.name]: value }));
          }}
        />
      ))}
      {missing.length ? <p className="attention">{t("mappings.missing", { names: missing.map(({ label }) => label).join(lang === "zh" ? "、" : ", ") })}</p> : null}
      {keep.error ? <Trouble error={keep.error} /> : null}
      <div className="choices">
        <Input
          className="reason"
          aria-label={t("mappings.name")}
          value={name}
          maxLength={40}
          onChange={(event) => {
            setName(event.target.value);
          }}
        />
        <Button
          type="primary"
          disabled={!targets.data || missing.length > 0 || !name}
          loading={keep.isPending}
          onClick={() => {
            keep.mutate();
          }}
        >
          {t("mappings.confirm")}
        </Button>
      </div>
      <p className="muted small">{suggestion.sheets.length ? t("mappings.bySheet", { names: suggestion.sheets.join(lang === "zh" ? "、" : ", ") }) : t("mappings.remembered")}</p>
    </div>
  );
}

/** What the file has no column for and every row shares: the kind of a list of receipts, the one warehouse. */
function Constant({ column, value, onChange }: { readonly column: TargetShape; readonly value: string | undefined; readonly onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const label = t("mappings.everyRow", { name: column.label });
  return (
    <label className="field">
      <span>{label}</span>
      {column.words.length ? (
        <Select aria-label={label} className="reason" value={value} options={column.words} onChange={onChange} />
      ) : (
        <Input
          className="reason"
          value={value}
          maxLength={200}
          onChange={(event) => {
            onChange(event.target.value);
          }}
        />
      )}
    </label>
  );
}
