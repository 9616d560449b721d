import { PlusOutlined } from "@ant-design/icons";
import { Button, Skeleton, Table, Tag } from "antd";
import { useTranslation } from "react-i18next";
import type { ResultShape, RuleShape } from "../../../api";
import { NARROW, useMedia, usePreferences } from "../../../app/preferences";
import { useMay } from "../../../app/rights";
import { Trouble } from "../../../components/Trouble";
import { sayCount, sayRatio } from "../../../numbers/format";
import { useAddress } from "../useAddress";
import { RuleDrawer } from "./RuleDrawer";
import { RuleForm } from "./RuleForm";
import { useQuality, useRules } from "./useQuality";

/** One rule in force, with what it found in the load that it last looked at. */
interface Line {
  readonly rule: RuleShape;
  readonly result: ResultShape | undefined;
}

const WEIGHT = { error: 0, warning: 1, note: 2 } as const;
const COLOURS = { error: "error", warning: "warning", note: "default" } as const;

function rank({ rule, result }: Line): number {
  return (result?.holds === false ? 0 : 10) + WEIGHT[rule.severity ?? "warning"];
}

export function Verdict({ result }: { readonly result: ResultShape | undefined }) {
  const { t } = useTranslation();
  if (!result || result.holds === null) return <span className="muted">{t("quality.unchecked")}</span>;
  return <Tag color={result.holds ? "success" : "warning"}>{t(result.holds ? "quality.holds" : "quality.broken")}</Tag>;
}

/** 质量: the score, and what each rule found in the load it last looked at; the worst first. */
export default function QualityPage() {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const { language } = usePreferences();
  const { at, go } = useAddress();
  const manages = useMay()("manage_quality");
  const { data, error, refetch } = useQuality();
  const rules = useRules();
  const lines = (rules.data?.rules ?? []).map((rule) => ({ rule, result: data?.results.find((each) => each.rule === rule.key) })).sort((a, b) => rank(a) - rank(b));
  const chosen = lines.find(({ rule }) => rule.key === at("rule"));
  const broken = lines.filter(({ result }) => result?.holds === false).length;
  const severity = (rule: RuleShape) => <Tag color={COLOURS[rule.severity ?? "warning"]}>{t(`quality.severity.${rule.severity ?? "warning"}`)}</Tag>;
  const open = ({ rule }: Line) => {
    go({ rule: rule.key });
  };
  const failing = (result: ResultShape | undefined) => (result ? sayCount(result.checked - result.passed) : "");
  return (
    <div className="stack" data-testid="quality">
      <div className="between wrap">
        <div>
          {data?.score ? (
            <p className="finding">
              {t("quality.score", { shown: sayRatio(data.score) })}
              {broken ? t("quality.brokenRules", { count: broken, shown: sayCount(broken) }) : ""}
            </p>
          ) : null}
          <p className="muted">{data && !data.score ? t("quality.none") : t("quality.lead")}</p>
        </div>
        {manages ? (
          <Button
            type="primary"
            icon={<PlusOutlined />}
            onClick={() => {
              go({ add: "" });
            }}
          >
            {t("quality.add")}
          </Button>
        ) : null}
      </div>
      {error ? <Trouble error={error} onRetry={() => void refetch()} /> : null}
      {rules.error ? <Trouble error={rules.error} onRetry={() => void rules.refetch()} /> : null}
      {rules.isPending ? <Skeleton active /> : null}
      {lines.length && narrow ? (
        <ul className="cards-list">
          {lines.map((line) => (
            <li key={line.rule.key}>
              <button
                type="button"
                className="card trap-card"
                onClick={() => {
                  open(line);
                }}
              >
                <span className="between">
                  <strong>{line.rule.title[language]}</strong>
                  <Verdict result={line.result} />
                </span>
                {line.result ? (
                  <span className="small digits">
                    {t("quality.passed", { passed: sayCount(line.result.passed), checked: sayCount(line.result.checked), share: sayRatio(line.result.share) })}
                  </span>
                ) : null}
                <span>{severity(line.rule)}</span>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {lines.length && !narrow ? (
        <Table<Line>
          className="card flush"
          size="small"
          rowKey={({ rule }) => rule.key}
          dataSource={lines}
          pagination={false}
          onRow={(line) => ({
            className: "can-open",
            onClick: () => {
              open(line);
            },
          })}
          columns={[
            {
              title: t("quality.column.rule"),
              render: (_, line) => (
                <button
                  type="button"
                  className="as-link"
                  aria-haspopup="dialog"
                  onClick={(event) => {
                    event.stopPropagation();
                    open(line);
                  }}
                >
                  {line.rule.title[language]}
                </button>
              ),
            },
            { title: t("quality.column.severity"), width: 96, render: (_, { rule }) => severity(rule) },
            { title: t("quality.column.verdict"), width: 120, render: (_, { result }) => <Verdict result={result} /> },
            { title: t("quality.column.share"), width: 96, align: "right", render: (_, { result }) => <span className="digits">{result ? sayRatio(result.share) : ""}</span> },
            { title: t("quality.column.target"), width: 96, align: "right", render: (_, { rule }) => <span className="digits">{sayRatio(rule.target ?? "1")}</span> },
            { title: t("quality.column.failing"), width: 104, align: "right", render: (_, { result }) => <span className="digits">{failing(result)}</span> },
            { title: t("quality.column.owner"), width: 120, ellipsis: true, render: (_, { rule }) => rule.owner },
          ]}
        />
      ) : null}
      {chosen ? (
        <RuleDrawer
          key={chosen.rule.key}
          rule={chosen.rule}
          result={chosen.result}
          onClose={() => {
            go({ rule: null });
          }}
        />
      ) : null}
      {at("add") !== null && manages ? (
        <RuleForm
          rule={null}
          taken={lines.map(({ rule }) => rule.key)}
          onClose={() => {
            go({ add: null });
          }}
        />
      ) : null}
    </div>
  );
}
