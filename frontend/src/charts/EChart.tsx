import { BarChartOutlined, TableOutlined } from "@ant-design/icons";
import { Button, Skeleton, Tooltip } from "antd";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChartShape } from "../api";
import { ChartTable } from "./ChartTable";

// ECharts is the heaviest library of the page: words and figures come first, drawings follow.
const Drawing = lazy(() => import("./Drawing"));

interface EChartProps {
  readonly chart: ChartShape;
  readonly height?: number;
  readonly onMember?: (member: string) => void;
  readonly above?: ReactNode;
}

/** A chart with its finding as title, its basis as subtitle, and the same data as a table. */
export function EChart({ chart, height = 260, onMember, above }: EChartProps) {
  const { t } = useTranslation();
  const [asTable, setAsTable] = useState(false);
  const other = asTable ? t("chart.asDrawing") : t("chart.asTable");
  return (
    <div className="chart">
      <header className="chart-head">
        <div>
          <h2 className="chart-title">{chart.title}</h2>
          <p className="muted small">{chart.subtitle}</p>
        </div>
        {chart.table?.length ? (
          <Tooltip title={other}>
            <Button
              type="text"
              aria-label={other}
              aria-pressed={asTable}
              icon={asTable ? <BarChartOutlined /> : <TableOutlined />}
              onClick={() => {
                setAsTable(!asTable);
              }}
            />
          </Tooltip>
        ) : null}
      </header>
      {above}
      {asTable ? (
        <ChartTable chart={chart} onMember={onMember} />
      ) : (
        <Suspense fallback={<Skeleton.Node active className="wide" style={{ height }} />}>
          <Drawing option={chart.option} name={`${chart.title}. ${chart.subtitle}`} height={height} onMember={onMember} />
        </Suspense>
      )}
    </div>
  );
}
