import { Button, Radio, Select } from "antd";
import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import type { NamedKey, RowsShape } from "../../../api";
import { useMembers } from "../../../asking/questions";

interface RowsEditorProps {
  readonly value?: RowsShape;
  readonly onChange?: (rows: RowsShape) => void;
  readonly dimensions: readonly NamedKey[];
  /** Whoever sees some rows only cannot give all. */
  readonly mayGiveAll: boolean;
}

/** The rows a person may see: all, or those whose members are chosen, dimension by dimension. */
export function RowsEditor({ value = {}, onChange, dimensions, mayGiveAll }: RowsEditorProps) {
  const { t } = useTranslation();
  const rows = value.rows ?? {};
  const chosen = dimensions.filter(({ key }) => key in rows);
  const free = dimensions.filter(({ key }) => !(key in rows));
  const set = (key: string, members: string[] | null) => {
    const others = Object.entries(rows).filter(([each]) => each !== key);
    onChange?.({ everything: false, rows: Object.fromEntries(members ? [...others, [key, members]] : others) });
  };
  return (
    <div className="stack">
      <Radio.Group
        aria-label={t("people.rows")}
        value={value.everything ? "all" : "some"}
        options={[
          { value: "all", label: t("people.allRows"), disabled: !mayGiveAll },
          { value: "some", label: t("people.someRows") },
        ]}
        onChange={(event) => {
          onChange?.({ everything: event.target.value === "all", rows: {} });
        }}
      />
      {value.everything ? null : (
        <>
          {chosen.map((dimension) => (
            <div key={dimension.key} className="rows-line">
              <span>{dimension.name}</span>
              <MemberChoice
                dimension={dimension}
                members={rows[dimension.key] ?? []}
                onChange={(members) => {
                  set(dimension.key, members);
                }}
              />
              <Button
                type="text"
                className="hit"
                icon={<DeleteOutlined />}
                aria-label={t("people.removeDimension", { name: dimension.name })}
                onClick={() => {
                  set(dimension.key, null);
                }}
              />
            </div>
          ))}
          <div className="choices">
            {free.map(({ key, name }) => (
              <Button
                key={key}
                size="small"
                icon={<PlusOutlined />}
                onClick={() => {
                  set(key, []);
                }}
              >
                {name}
              </Button>
            ))}
          </div>
          <p className="muted small">{t(chosen.length ? "people.rowsAnd" : "people.rowsNone")}</p>
        </>
      )}
    </div>
  );
}

interface MemberChoiceProps {
  readonly dimension: NamedKey;
  readonly members: readonly string[];
  readonly onChange: (members: string[]) => void;
}

function MemberChoice({ dimension, members, onChange }: MemberChoiceProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const found = useMembers(dimension.key, useDeferredValue(search), true);
  const named = (found.data?.members ?? []).map(({ member, name }) => ({
    value: member,
    label: name && name !== member ? `${name} ${member}` : member,
  }));
  return (
    <Select<string[]>
      mode="multiple"
      className="wide"
      aria-label={dimension.name}
      placeholder={t("people.searchMembers", { name: dimension.name })}
      value={[...members]}
      options={[{ value: "", label: t("chips.unassigned") }, ...named.filter(({ value }) => value !== "")]}
      loading={found.isFetching}
      showSearch={{ filterOption: false, searchValue: search, onSearch: setSearch }}
      onChange={onChange}
    />
  );
}
