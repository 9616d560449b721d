import { Segmented } from "antd";
import { useTranslation } from "react-i18next";
import type { BasisShape, Meta, Overview, QueryShape } from "../../api";
import { CLOCKS, type Member, readMember, writeMember } from "../../address/view";
import { EChart } from "../../charts/EChart";
import { nameMember } from "../../components/naming";
import { ExplainDrawer } from "../../explain/ExplainDrawer";
import { CashTraps } from "./CashTraps";
import { Comparison } from "./Comparison";
import { Headline } from "./Headline";
import { KpiCard } from "./KpiCard";
import type { ViewState } from "./useView";

interface FiguresProps {
  readonly meta: Meta;
  readonly overview: Overview;
  readonly state: ViewState;
}

/** The query behind a figure of this page, narrowed to one member where one was clicked. */
export function queryBehind(overview: Overview, measure: string, narrowed: Member | null): QueryShape | null {
  const shown = [...overview.figures, overview.one_more_turn].find((figure) => figure.measure === measure) ?? overview.figures[0];
  if (!shown) return null;
  const where = (shown.query.where ?? []).filter(({ dimension }) => dimension !== narrowed?.dimension);
  return {
    ...shown.query,
    measures: [measure],
    where: narrowed ? [...where, { dimension: narrowed.dimension, members: [narrowed.member] }] : where,
  };
}

export function Figures({ meta, overview, state }: FiguresProps) {
  const { t } = useTranslation();
  const { view, query, put, change } = state;
  const card = query.get("card");
  const narrowed = readMember(query.get("card_of") ?? "");
  const open = (measure: string, of: Member | null = null) => {
    put({ card: measure, card_of: of ? writeMember(of) : null });
  };
  const compare = view.compare === "none" ? "" : t(`compare.than.${view.compare}`);
  const onBasis = ({ average, basis, days, annualise, year_to_date }: BasisShape) => {
    change({ basis: { average, basis, days, annualise, yearToDate: year_to_date } as typeof view.basis });
  };
  return (
    <>
      <Headline overview={overview} />
      <section className="kpis" aria-label={t("kpi.label")} data-tour="kpis">
        {overview.figures.map((figure) => (
          <KpiCard
            key={figure.measure}
            figure={figure}
            currency={meta.currency}
            compare={compare}
            onOpen={() => {
              open(figure.measure);
            }}
          />
        ))}
        <KpiCard
          strong
          figure={overview.one_more_turn}
          currency={meta.currency}
          compare={compare}
          onOpen={() => {
            open(overview.one_more_turn.measure);
          }}
        />
      </section>
      <div className="two-one">
        <div className="card" data-tour="trend">
          <EChart chart={overview.trend} />
        </div>
        <div className="card" data-tour="ageing">
          <EChart
            chart={overview.ageing}
            above={
              <Segmented
                size="small"
                aria-label={t("ageing.clock")}
                value={view.clock}
                options={CLOCKS.map((value) => ({ value, label: t(`ageing.clocks.${value}`), title: t(`ageing.since.${value}`) }))}
                onChange={(clock) => {
                  change({ clock });
                }}
              />
            }
          />
        </div>
      </div>
      <div className="card">
        <Comparison
          overview={overview}
          meta={meta}
          state={state}
          onLeaf={(member) => {
            open("turnover", member);
          }}
        />
      </div>
      {overview.cash_traps_total === null ? null : (<CashTraps
        traps={overview.cash_traps}
        total={overview.cash_traps_total}
        currency={meta.currency}
        state={state}
        onOpen={(measure, item) => {
          open(measure, { dimension: "item", member: item });
        }}
      />)}
      {card ? (
        <ExplainDrawer
          measure={card}
          query={queryBehind(overview, card, narrowed)}
          currency={meta.currency}
          narrowed={narrowed ? (narrowed.member ? nameMember(overview.names, narrowed.dimension, narrowed.member) : t("chips.unassigned")) : ""}
          onBasis={onBasis}
          onClose={() => {
            put({ card: null, card_of: null });
          }}
        />
      ) : null}
    </>
  );
}
