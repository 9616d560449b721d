import { Button, DatePicker, Input, Pagination, Select, Skeleton, Table, Tag } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import type { AuditPage as Lines, AuditShape } from "../../../api";
import { NARROW, useMedia } from "../../../app/preferences";
import { type AuditQuestion, useAudit } from "../../../asking/people";
import { Trouble } from "../../../components/Trouble";
import { useInstant } from "../../data/useInstant";

const A_PAGE = 50;
const NAMES = ["who", "action", "object_id", "result", "since", "until", "page"] as const;
type Name = (typeof NAMES)[number];

function questionOf(query: URLSearchParams): AuditQuestion {
  const text = (name: Name) => query.get(name) ?? "";
  const page = Math.max(1, Number(text("page")) || 1);
  // Days in the address are the reader's own; the server is asked by instants.
  const until = text("until");
  return {
    who: text("who"),
    action: text("action"),
    object_id: text("object_id"),
    result: text("result"),
    ...(text("since") ? { since: dayjs(text("since")).toISOString() } : {}),
    ...(until ? { until: dayjs(until).add(1, "day").toISOString() } : {}),
    offset: (page - 1) * A_PAGE,
    limit: A_PAGE,
  };
}

/** 审计: who did what, newest first; nothing here can be changed. */
export default function AuditPage() {
  const { t } = useTranslation();
  const [query, setQuery] = useSearchParams();
  const { data, error, refetch, isPlaceholderData } = useAudit(questionOf(query));
  const set = (changes: Partial<Record<Name, string>>) => {
    const next = new URLSearchParams(query);
    for (const [name, value] of Object.entries({ page: "", ...changes })) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    setQuery(next);
  };
  if (error) return <Trouble error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton active paragraph={{ rows: 10 }} />;
  return (
    <div className={isPlaceholderData ? "stack dimmed" : "stack"}>
      <p className="muted">{t("audit.lead")}</p>
      <Filters query={query} actions={data.actions} set={set} />
      {data.lines.length ? <Deeds lines={data.lines} /> : <p className="muted">{t("audit.none")}</p>}
      {data.total > A_PAGE ? (
        <Pagination
          align="end"
          current={Number(query.get("page")) || 1}
          pageSize={A_PAGE}
          showSizeChanger={false}
          total={data.total}
          onChange={(page) => {
            set({ page: String(page) });
          }}
        />
      ) : null}
    </div>
  );
}

interface FiltersProps {
  readonly query: URLSearchParams;
  readonly actions: Lines["actions"];
  readonly set: (changes: Partial<Record<Name, string>>) => void;
}

function Filters({ query, actions, set }: FiltersProps) {
  const { t } = useTranslation();
  const since = query.get("since");
  const until = query.get("until");
  return (
    <div className="choices" role="group" aria-label={t("chips.label")}>
      <Input.Search
        className="filter-input"
        allowClear
        aria-label={t("audit.column.who")}
        placeholder={t("audit.column.who")}
        defaultValue={query.get("who") ?? ""}
        onSearch={(who) => {
          set({ who });
        }}
      />
      <Select
        className="filter-input"
        allowClear
        aria-label={t("audit.column.action")}
        placeholder={t("audit.column.action")}
        value={query.get("action")}
        options={actions.map(({ key, name }) => ({ value: key, label: name }))}
        onChange={(action: string | null | undefined) => {
          set({ action: action ?? "" });
        }}
      />
      <Input.Search
        className="filter-input"
        allowClear
        aria-label={t("audit.column.object")}
        placeholder={t("audit.column.object")}
        defaultValue={query.get("object_id") ?? ""}
        onSearch={(object_id) => {
          set({ object_id });
        }}
      />
      <Select
        className="filter-input"
        allowClear
        aria-label={t("audit.column.result")}
        placeholder={t("audit.column.result")}
        value={query.get("result")}
        options={(["done", "refused", "failed"] as const).map((value) => ({ value, label: t(`audit.result.${value}`) }))}
        onChange={(result: string | null | undefined) => {
          set({ result: result ?? "" });
        }}
      />
      <DatePicker.RangePicker
        aria-label={t("audit.column.at")}
        allowEmpty={[true, true]}
        value={[since ? dayjs(since) : null, until ? dayjs(until) : null]}
        onChange={(span) => {
          set({ since: span?.[0]?.format("YYYY-MM-DD") ?? "", until: span?.[1]?.format("YYYY-MM-DD") ?? "" });
        }}
      />
      {NAMES.some((name) => name !== "page" && query.has(name)) ? (
        <Button
          type="link"
          onClick={() => {
            set(Object.fromEntries(NAMES.map((name) => [name, ""])));
          }}
        >
          {t("chips.clear")}
        </Button>
      ) : null}
    </div>
  );
}

function Deeds({ lines }: { readonly lines: readonly AuditShape[] }) {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const instant = useInstant();
  const result = (line: AuditShape) => (line.result === "done" ? null : <Tag color="warning">{t(`audit.result.${line.result}`)}</Tag>);
  const details = (line: AuditShape) => line.said.map(({ name, value }) => `${name} ${value}`).join(" · ");
  const from = (line: AuditShape) => [t(`audit.channel.${line.channel}`), line.address].filter(Boolean).join(" ");
  if (narrow) {
    return (
      <ul className="cards-list">
        {lines.map((line) => (
          <li key={line.audit_no} className="card">
            <span className="between">
              <strong>{line.action_name}</strong>
              {result(line)}
            </span>
            <div>{[line.who, line.object_id].filter(Boolean).join(" → ")}</div>
            <div className="muted small breaks">{details(line)}</div>
            <div className="muted small">
              {instant(line.at)} · {from(line)}
            </div>
          </li>
        ))}
      </ul>
    );
  }
  return (
    <Table<AuditShape>
      className="card flush"
      size="small"
      rowKey="audit_no"
      dataSource={[...lines]}
      pagination={false}
      columns={[
        { title: t("audit.column.at"), width: 184, render: (_, line) => instant(line.at) },
        { title: t("audit.column.who"), dataIndex: "who", width: 136, ellipsis: true },
        {
          title: t("audit.column.action"),
          width: 184,
          render: (_, line) => (
            <>
              {line.action_name} {result(line)}
            </>
          ),
        },
        { title: t("audit.column.object"), dataIndex: "object_id", width: 176, ellipsis: true },
        { title: t("audit.column.details"), render: (_, line) => <span className="small breaks">{details(line)}</span> },
        { title: t("audit.column.from"), width: 152, render: (_, line) => from(line) },
      ]}
    />
  );
}
