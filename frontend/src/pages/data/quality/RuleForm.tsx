import { Button, Drawer, Form, Input, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { RuleShape } from "../../../api";
import { NARROW, useMedia, usePreferences } from "../../../app/preferences";
import { Trouble } from "../../../components/Trouble";
import { useKeepRule, useRuleTables } from "./useQuality";

interface RuleFormProps {
  /** The rule to change; null adds one. */
  readonly rule: RuleShape | null;
  /** Keys that other rules have. */
  readonly taken: readonly string[];
  readonly onClose: () => void;
}

interface Answers {
  title: string;
  kind: RuleShape["kind"];
  table: string;
  columns: string[];
  low: string | null;
  high: string | null;
  percent: number;
  severity: NonNullable<RuleShape["severity"]>;
  owner: string;
}

const KINDS = ["completeness", "uniqueness", "range", "reference", "freshness", "volume", "balance_identity", "cost_coverage", "count_accuracy"] as const;
const SEVERITIES = ["error", "warning", "note"] as const;
const BY_COLUMN: readonly string[] = ["completeness", "uniqueness", "range", "reference"];
const BOUNDED: readonly string[] = ["range", "freshness", "volume"];
const OF_A_TABLE: readonly string[] = ["completeness", "uniqueness", "range", "reference", "freshness", "volume"];
const MASTERS = ["item", "location"];

/** A key that no rule has yet: the kind, then a number. */
function freeKey(kind: string, taken: readonly string[]): string {
  let number = 1;
  while (taken.includes(`own_${kind}_${String(number)}`)) number += 1;
  return `own_${kind}_${String(number)}`;
}

/** A rule without code: what is asked, of which table and columns, how much must pass, and who answers for it. */
export function RuleForm({ rule, taken, onClose }: RuleFormProps) {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const { language } = usePreferences();
  const tables = useRuleTables();
  const keep = useKeepRule();
  const [form] = Form.useForm<Answers>();
  const kind = Form.useWatch("kind", form) ?? rule?.kind ?? "completeness";
  const name = Form.useWatch("table", form) ?? rule?.table ?? "movement";
  const table = tables.data?.tables.find((each) => each.name === name);
  const columns = kind === "reference" ? MASTERS : kind === "range" ? (table?.numbers ?? []) : (table?.columns ?? []);
  const needed = (label: string) => [{ required: true, message: t("sources.missing", { name: label }) }];
  const send = (answers: Answers) => {
    const other = language === "zh" ? rule?.title.en : rule?.title.zh;
    const title = language === "zh" ? { zh: answers.title, en: other ?? answers.title } : { zh: other ?? answers.title, en: answers.title };
    const asked: RuleShape = {
      ...rule,
      key: rule?.key ?? freeKey(answers.kind, taken),
      title,
      kind: answers.kind,
      table: answers.table,
      columns: BY_COLUMN.includes(answers.kind) ? answers.columns : [],
      low: BOUNDED.includes(answers.kind) ? answers.low : null,
      high: BOUNDED.includes(answers.kind) ? answers.high : null,
      target: String(answers.percent / 100),
      severity: answers.severity,
      owner: answers.owner,
    };
    keep.mutate(asked, { onSuccess: onClose });
  };
  return (
    <Drawer open onClose={onClose} size={narrow ? "100%" : 520} title={t(rule ? "quality.change" : "quality.add")}>
      <Form<Answers>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{
          title: rule?.title[language],
          kind,
          table: name,
          columns: rule?.columns ?? [],
          low: rule?.low ?? null,
          high: rule?.high ?? null,
          percent: Number(rule?.target ?? "1") * 100,
          severity: rule?.severity ?? "warning",
          owner: rule?.owner ?? "",
        }}
        onFinish={send}
      >
        <Form.Item name="title" label={t("quality.form.title")} rules={needed(t("quality.form.title"))}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="kind" label={t("quality.form.kind")} extra={t(`quality.ask.${kind}`)}>
          <Select
            options={KINDS.map((value) => ({ value, label: t(`quality.kind.${value}`) }))}
            onChange={() => {
              form.setFieldValue("columns", []);
            }}
          />
        </Form.Item>
        <Form.Item name="table" label={t("quality.form.table")} hidden={!OF_A_TABLE.includes(kind)}>
          <Select
            showSearch
            loading={tables.isPending}
            options={(tables.data?.tables ?? []).map((each) => ({ value: each.name, label: each.name }))}
            onChange={() => {
              form.setFieldValue("columns", []);
            }}
          />
        </Form.Item>
        {BY_COLUMN.includes(kind) ? (
          <Form.Item name="columns" label={t("quality.form.columns")} rules={needed(t("quality.form.columns"))}>
            <Select mode="multiple" {...(kind === "range" || kind === "reference" ? { maxCount: 1 } : {})} options={columns.map((value) => ({ value, label: value }))} />
          </Form.Item>
        ) : null}
        {BOUNDED.includes(kind) ? (
          <div className="field-pair">
            <Form.Item name="low" label={t("quality.form.low")}>
              <InputNumber<string> stringMode className="wide" />
            </Form.Item>
            <Form.Item name="high" label={t("quality.form.high")}>
              <InputNumber<string> stringMode className="wide" />
            </Form.Item>
          </div>
        ) : null}
        <Form.Item name="percent" label={t("quality.form.target")} extra={t("quality.form.targetHint")} rules={needed(t("quality.form.target"))}>
          <InputNumber min={0} max={100} suffix="%" className="choice-unit" />
        </Form.Item>
        <Form.Item name="severity" label={t("quality.column.severity")} extra={t("quality.form.severityHint")}>
          <Select options={SEVERITIES.map((value) => ({ value, label: t(`quality.severity.${value}`) }))} />
        </Form.Item>
        <Form.Item name="owner" label={t("quality.column.owner")}>
          <Input maxLength={200} />
        </Form.Item>
        {keep.error ? <Trouble error={keep.error} /> : null}
        <Button type="primary" htmlType="submit" loading={keep.isPending}>
          {t("quality.form.keep")}
        </Button>
      </Form>
    </Drawer>
  );
}
