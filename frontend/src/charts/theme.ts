import type { Palette } from "../app/palette";
import { FONT } from "../app/font";

/** ECharts' theme from our palette: axes, grid lines and labels fit light and dark alike. */
export function chartTheme(palette: Palette): Record<string, unknown> {
  const axis = {
    axisLine: { lineStyle: { color: palette.line } },
    axisTick: { show: false },
    axisLabel: { color: palette.muted, fontSize: 12 },
    splitLine: { lineStyle: { color: palette.line, opacity: 0.7 } },
    nameTextStyle: { color: palette.muted },
  };
  return {
    color: palette.series,
    backgroundColor: "transparent",
    textStyle: { color: palette.text, fontFamily: FONT },
    categoryAxis: { ...axis, splitLine: { show: false } },
    valueAxis: { ...axis, axisLine: { show: false } },
    timeAxis: axis,
    legend: { textStyle: { color: palette.muted }, itemWidth: 14, itemHeight: 8, icon: "roundRect" },
    tooltip: {
      backgroundColor: palette.card,
      borderColor: palette.line,
      textStyle: { color: palette.text, fontSize: 13 },
      axisPointer: { lineStyle: { color: palette.muted }, shadowStyle: { color: palette.muted, opacity: 0.08 } },
    },
    line: { symbolSize: 6, smooth: false },
    bar: { itemStyle: { borderRadius: 2 } },
    label: { color: palette.text },
  };
}
