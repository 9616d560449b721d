import { DatabaseOutlined } from "@ant-design/icons";
import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { QuickResult, QuickRow, RunShape } from "../../api";
import { useMay } from "../../app/rights";
import { useQuickLoad } from "../../asking/questions";
import { Trouble } from "../../components/Trouble";

interface GrowProps {
  readonly rows: readonly QuickRow[];
  readonly result: QuickResult;
}

const isLoaded = (run: RunShape) => run.report?.status === "loaded";

/** The sheet becomes the first data of the workspace, without typing it again. */
export function Grow({ rows, result }: GrowProps) {
  const { t } = useTranslation();
  const go = useNavigate();
  const load = useQuickLoad();
  const may = useMay();
  if (!rows.length || result.errors.length || !may("load_data")) return null;
  const dated = rows.every(({ month }) => month);
  return (
    <section className="card stack" aria-label={t("quick.keep.title")}>
      <h2 className="chart-title">{t("quick.keep.title")}</h2>
      <p className="muted">{dated ? t("quick.keep.what") : t("quick.keep.noMonth")}</p>
      {load.error ? <Trouble error={load.error} onRetry={undefined} /> : null}
      {load.data && !isLoaded(load.data) ? (
        <Alert type={load.data.state === "succeeded" ? "info" : "warning"} showIcon title={load.data.report?.message ?? load.data.message} />
      ) : null}
      <div>
        <Button
          icon={<DatabaseOutlined />}
          disabled={!dated}
          loading={load.isPending}
          onClick={() => {
            load.mutate(
              { rows: [...rows] },
              {
                onSuccess: (run) => {
                  if (isLoaded(run)) void go("/?reading=financial");
                },
              },
            );
          }}
        >
          {t("quick.keep.ask")}
        </Button>
      </div>
    </section>
  );
}
