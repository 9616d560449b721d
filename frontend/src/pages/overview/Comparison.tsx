import { Breadcrumb, Button, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { Meta, Overview } from "../../api";
import { drill, type Member } from "../../address/view";
import { EChart } from "../../charts/EChart";
import { nameMember } from "../../components/naming";
import type { ViewState } from "./useView";

interface ComparisonProps {
  readonly overview: Overview;
  readonly meta: Meta;
  readonly state: ViewState;
  readonly onLeaf: (member: Member) => void;
}

/** Turnover by a dimension; a click goes one level down, the breadcrumb goes back up. */
export function Comparison({ overview, meta, state, onLeaf }: ComparisonProps) {
  const { t } = useTranslation();
  const { view, change } = state;
  const by = overview.comparison_by;
  const dimension = meta.dimensions.find(({ key }) => key === by);
  const path = overview.breadcrumb.flatMap(({ dimension: each, members }) => members.map((member) => ({ dimension: each, member })));
  const upTo = (count: number) => {
    const kept = path.slice(0, count);
    const others = view.where.filter((each) => !path.some((step) => step.dimension === each.dimension));
    const level = count ? (meta.dimensions.find(({ key }) => key === kept[count - 1]?.dimension)?.drill_to ?? by) : (path[0]?.dimension ?? null);
    change({ where: [...others, ...kept], by: level });
  };
  const crumbs = [t("comparison.all"), ...path.map(({ dimension: each, member }) => (member ? nameMember(overview.names, each, member) : t("chips.unassigned")))];
  const above = (
    <div className="comparison-bar">
      <Breadcrumb
        aria-label={t("comparison.path")}
        items={crumbs.map((label, index) => ({
          title:
            index === crumbs.length - 1 ? (
              label
            ) : (
              <Button
                type="link"
                className="in-cell"
                onClick={() => {
                  upTo(index);
                }}
              >
                {label}
              </Button>
            ),
        }))}
      />
      <Select
        aria-label={t("comparison.by")}
        value={by}
        popupMatchSelectWidth={false}
        options={meta.dimensions.map(({ key, name }) => ({ value: key, label: t("comparison.byName", { name }) }))}
        onChange={(next) => {
          change({ by: next });
        }}
      />
    </div>
  );
  const bars = overview.comparison.table?.length ?? 8;
  return (
    <div data-tour="comparison">
      <EChart
        chart={overview.comparison}
        height={Math.min(560, Math.max(220, 60 + bars * 36))}
        above={above}
        onMember={(member) => {
          if (dimension?.drill_to) change(drill(view, { dimension: by, member }, dimension.drill_to));
          else onLeaf({ dimension: by, member });
        }}
      />
    </div>
  );
}
