import { SettingOutlined } from "@ant-design/icons";
import { Button, Popover, Segmented, Switch } from "antd";
import { useTranslation } from "react-i18next";
import type { BasisShape } from "../../api";
import { AVERAGES, BASES, type BasisChoice, type View } from "../../address/view";

interface BasisControlProps {
  readonly view: View;
  /** The basis in force, as the server answered. */
  readonly basis: BasisShape | undefined;
  readonly onChange: (part: Partial<View>) => void;
}

/** Which definition the figures stand on; what is not changed here follows the reading. */
export function BasisControl({ view, basis, onChange }: BasisControlProps) {
  const { t } = useTranslation();
  const set = (part: BasisChoice) => {
    onChange({ basis: { ...view.basis, ...part } });
  };
  const changed = Object.keys(view.basis).length > 0;
  const content = (
    <div className="basis-choices">
      <div className="muted small">{t("basis.average")}</div>
      <Segmented
        block
        aria-label={t("basis.average")}
        value={basis?.average ?? "daily"}
        options={AVERAGES.map((value) => ({ value, label: t(`basis.averages.${value}`) }))}
        onChange={(average) => {
          set({ average });
        }}
      />
      <div className="muted small">{t("basis.basis")}</div>
      <Segmented
        block
        aria-label={t("basis.basis")}
        value={basis?.basis ?? "cost"}
        options={BASES.map((value) => ({ value, label: t(`basis.bases.${value}`) }))}
        onChange={(value) => {
          set({ basis: value });
        }}
      />
      <div className="muted small">{t("basis.days")}</div>
      <Segmented<365 | 360>
        block
        aria-label={t("basis.days")}
        value={basis?.days ?? 365}
        options={[365, 360]}
        onChange={(days) => {
          set({ days });
        }}
      />
      <label className="switch-row">
        <span>{t("basis.annualise")}</span>
        <Switch
          checked={basis?.annualise ?? true}
          onChange={(annualise) => {
            set({ annualise });
          }}
        />
      </label>
      <label className="switch-row">
        <span>{t("basis.yearToDate")}</span>
        <Switch
          checked={basis?.year_to_date ?? false}
          onChange={(yearToDate) => {
            set({ yearToDate });
          }}
        />
      </label>
      <Button
        disabled={!changed}
        onClick={() => {
          onChange({ basis: {} });
        }}
      >
        {t("basis.reset")}
      </Button>
    </div>
  );
  return (
    <Popover trigger="click" placement="bottomRight" title={t("basis.title")} content={content}>
      <Button icon={<SettingOutlined />} className={changed ? "changed" : undefined} data-tour="basis" aria-haspopup="dialog">
        {t("basis.open")}
      </Button>
    </Popover>
  );
}
