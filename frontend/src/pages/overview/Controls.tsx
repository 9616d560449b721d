import { FilterOutlined } from "@ant-design/icons";
import { Button, Drawer, Select } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Meta, Overview } from "../../api";
import { COMPARISONS, GRAINS, READINGS } from "../../address/view";
import { NARROW, useMedia } from "../../app/preferences";
import { BasisControl } from "./BasisControl";
import { Choice, PeriodControl } from "./PeriodControl";
import type { ViewState } from "./useView";

interface ControlsProps {
  readonly state: ViewState;
  readonly meta: Meta;
  readonly overview: Overview | undefined;
}

/** One period, one grain, one compare-to and one reading for the whole page; a drawer on the phone. */
export function Controls({ state, meta, overview }: ControlsProps) {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const { view, change } = state;
  const period = <PeriodControl view={view} meta={meta} onChange={change} />;
  const rest = (
    <>
      <Select
        aria-label={t("controls.grain")}
        value={view.grain}
        popupMatchSelectWidth={false}
        options={GRAINS.map((value) => ({ value, label: t(`grain.${value}`) }))}
        onChange={(grain) => {
          change({ grain });
        }}
      />
      <Select
        aria-label={t("controls.compare")}
        value={view.compare}
        popupMatchSelectWidth={false}
        options={COMPARISONS.map((value) => ({ value, label: t(`compare.${value}`) }))}
        onChange={(compare) => {
          change({ compare });
        }}
      />
      <Choice
        label={t("controls.reading")}
        tour="reading"
        value={view.reading ?? meta.leading_reading}
        options={READINGS.map((value) => ({ value, label: t(`reading.${value}`) }))}
        onChange={(reading) => {
          change({ reading: reading === meta.leading_reading ? null : reading, basis: {} });
        }}
      />
      <BasisControl view={view} basis={overview?.basis} onChange={change} />
    </>
  );
  return (
    <div className="controls" role="group" aria-label={t("controls.label")}>
      {period}
      {narrow ? <More>{rest}</More> : rest}
    </div>
  );
}

function More({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        icon={<FilterOutlined />}
        onClick={() => {
          setOpen(true);
        }}
      >
        {t("controls.more")}
      </Button>
      <Drawer
        open={open}
        placement="bottom"
        size={320}
        title={t("controls.more")}
        onClose={() => {
          setOpen(false);
        }}
      >
        <div className="stack">{children}</div>
      </Drawer>
    </>
  );
}
