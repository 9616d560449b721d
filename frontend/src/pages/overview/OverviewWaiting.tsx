import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { KpiWaiting } from "./KpiCard";

/** The page's shape before its figures. */
export function OverviewWaiting() {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("waiting")}>
      <div className="stack" aria-hidden="true">
      <Skeleton active title={{ width: "60%" }} paragraph={{ rows: 1 }} />
      <div className="kpis">
        {[0, 1, 2, 3, 4, 5].map((each) => (
          <KpiWaiting key={each} />
        ))}
      </div>
      <div className="two-one">
        <Skeleton.Node active className="wide" style={{ height: 300 }} />
        <Skeleton.Node active className="wide" style={{ height: 300 }} />
      </div>
      </div>
    </div>
  );
}
