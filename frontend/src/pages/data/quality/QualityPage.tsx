import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Empty, Table, Tag } from "antd";
import { useTranslation } from "react-i18next";
import { getQuality, type ResultShape } from "../../../api";
import { NARROW, useMedia, usePreferences } from "../../../app/preferences";
import { answered } from "../../../asking/problem";
import { Trouble } from "../../../components/Trouble";
import { sayCount, sayRatio } from "../../../numbers/format";

/** 质量: the score, and what each rule found in the load it last looked at. */
export default function QualityPage() {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const { language: lang } = usePreferences();
  const { data, error, refetch, isPending } = useQuery({
    queryKey: ["quality", lang],
    queryFn: ({ signal }) => answered(getQuality({ query: { lang }, signal })),
    placeholderData: keepPreviousData,
  });
  const results = data?.results ?? [];
  const verdict = ({ holds }: ResultShape) => <Tag color={holds ? "success" : "warning"}>{t(holds ? "quality.holds" : "quality.broken")}</Tag>;
  const examples = ({ examples: found }: ResultShape) =>
    found.map(({ file, sheet, row, found: value }) => [file, sheet, row ? t("quality.row", { row }) : null, value].filter(Boolean).join(" · ")).join(" / ");
  return (
    <>
      <p className="muted lead">{t("quality.lead")}</p>
      {error ? <Trouble error={error} onRetry={() => void refetch()} /> : null}
      {data?.score ? (
        <p className="spaced">
          <strong>{t("quality.score", { shown: sayRatio(data.score) })}</strong>
        </p>
      ) : null}
      {!isPending && !error && results.length === 0 ? <Empty description={t("quality.none")} /> : null}
      {results.length && narrow ? (
        <ul className="cards-list">
          {results.map((each) => (
            <li key={each.rule} className="card stack">
              <span className="between">
                <strong>{each.title}</strong>
                {verdict(each)}
              </span>
              <span className="small digits">{t("quality.passed", { passed: sayCount(each.passed), checked: sayCount(each.checked), share: sayRatio(each.share) })}</span>
              {each.examples.length ? <span className="small muted">{examples(each)}</span> : null}
            </li>
          ))}
        </ul>
      ) : null}
      {results.length && !narrow ? (
        <Table<ResultShape>
          className="card flush"
          size="small"
          rowKey="rule"
          dataSource={results}
          pagination={false}
          columns={[
            { title: t("quality.column.rule"), dataIndex: "title" },
            { title: t("quality.column.verdict"), width: 110, render: (_, each) => verdict(each) },
            { title: t("quality.column.share"), width: 88, align: "right", render: (_, each) => <span className="digits">{sayRatio(each.share)}</span> },
            { title: t("quality.column.target"), width: 88, align: "right", render: (_, each) => <span className="digits">{sayRatio(each.target)}</span> },
            { title: t("quality.column.failing"), width: 100, align: "right", render: (_, each) => <span className="digits">{sayCount(each.checked - each.passed)}</span> },
            { title: t("quality.column.examples"), render: (_, each) => <span className="small muted">{examples(each)}</span> },
            { title: t("quality.column.owner"), dataIndex: "owner", width: 100 },
          ]}
        />
      ) : null}
    </>
  );
}
