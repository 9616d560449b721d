import { Button, Drawer, Popconfirm } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ResultShape, RuleShape } from "../../../api";
import { NARROW, useMedia, usePreferences } from "../../../app/preferences";
import { useMay } from "../../../app/rights";
import { PlainTable } from "../../../components/PlainTable";
import { Sparkline } from "../../../components/Sparkline";
import { Trouble } from "../../../components/Trouble";
import { ABSENT, sayCount, sayRatio } from "../../../numbers/format";
import { Verdict } from "./QualityPage";
import { RuleForm } from "./RuleForm";
import { useSwitchOff, useTrend } from "./useQuality";

interface RuleDrawerProps {
  readonly rule: RuleShape;
  readonly result: ResultShape | undefined;
  readonly onClose: () => void;
}

/** One rule: what it found last and before, the rows that failed, and the way to change it. */
export function RuleDrawer({ rule, result, onClose }: RuleDrawerProps) {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const { language } = usePreferences();
  const manages = useMay()("manage_quality");
  const trend = useTrend(rule.key);
  const off = useSwitchOff();
  const [changing, setChanging] = useState(false);
  const found = trend.data?.results ?? [];
  const what = [t(`quality.kind.${rule.kind}`), rule.table ?? "movement", ...(rule.columns ?? [])].join(" · ");
  return (
    <Drawer open onClose={onClose} size={narrow ? "100%" : 640} title={rule.title[language]}>
      <div className="stack" data-testid="rule">
        <div>
          <Verdict result={result} /> <span className="muted small">{[what, t("quality.version", { no: rule.version ?? 1 }), rule.owner].filter(Boolean).join(" · ")}</span>
        </div>
        {result ? <p className="digits sum">{t("quality.passed", { passed: sayCount(result.passed), checked: sayCount(result.checked), share: sayRatio(result.share) })}</p> : <p className="muted">{t("quality.never")}</p>}
        {manages ? (
          <div className="choices">
            <Button
              onClick={() => {
                setChanging(true);
              }}
            >
              {t("quality.change")}
            </Button>
            <Popconfirm
              title={t("quality.offAsk")}
              okText={t("quality.off")}
              onConfirm={() => {
                off.mutate(rule.key, { onSuccess: onClose });
              }}
            >
              <Button danger>{t("quality.off")}</Button>
            </Popconfirm>
          </div>
        ) : null}
        {off.error ? <Trouble error={off.error} /> : null}
        {result?.examples.length ? <Examples result={result} /> : null}
        {trend.error ? <Trouble error={trend.error} onRetry={() => void trend.refetch()} /> : null}
        {found.length ? (
          <section>
            <h2 className="chart-title">{t("quality.trend")}</h2>
            <Sparkline values={found.map(({ share }) => share)} width={320} height={48} name={t("quality.trend")} />
            <Past found={found} />
          </section>
        ) : null}
      </div>
      {changing ? (
        <RuleForm
          rule={rule}
          taken={[]}
          onClose={() => {
            setChanging(false);
          }}
        />
      ) : null}
    </Drawer>
  );
}

function Examples({ result }: { readonly result: ResultShape }) {
  const { t } = useTranslation();
  return (
    <section>
      <h2 className="chart-title">{t("quality.column.examples")}</h2>
      <PlainTable
        label={t("quality.column.examples")}
        head={[t("load.column.files"), t("load.row"), t("load.value")]}
        rows={result.examples.map((each) => [
          [each.file, each.sheet].filter(Boolean).join(" · ") || ABSENT,
          typeof each.row === "number" ? sayCount(each.row) : ABSENT,
          each.found || ABSENT,
        ])}
        numbersFrom={1}
        numbersTo={2}
      />
    </section>
  );
}

function Past({ found }: { readonly found: readonly ResultShape[] }) {
  const { t } = useTranslation();
  return (
    <PlainTable
      label={t("quality.trend")}
      head={[t("quarantine.column.load"), t("quality.column.verdict"), t("quality.column.share"), t("quality.column.target"), t("quality.column.failing")]}
      rows={[...found].reverse().map((each) => [
        <Link key="load" to={`/data/loads?load=${String(each.load_no)}`}>
          {t("load.number", { no: each.load_no })}
        </Link>,
        <Verdict key="verdict" result={each} />,
        sayRatio(each.share),
        sayRatio(each.target),
        sayCount(each.checked - each.passed),
      ])}
      numbersFrom={2}
    />
  );
}
