import { CalendarOutlined } from "@ant-design/icons";
import { Button, DatePicker, Popover, Segmented, Space } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Meta } from "../../api";
import { addDays, type Span } from "../../address/days";
import { dataYears, PRESETS } from "../../address/periods";
import type { View } from "../../address/view";

interface PeriodControlProps {
  readonly view: View;
  readonly meta: Meta;
  readonly onChange: (part: Partial<View>) => void;
}

/** Both days of a span as a reader writes them: the end is the last day, not the day after. */
export function spanWords(span: Span): string {
  return `${span.begin} – ${addDays(span.end, -1)}`;
}

/** The one period control: presets, a calendar year, or any two days. */
export function PeriodControl({ view, meta, onChange }: PeriodControlProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const preset = PRESETS.find((each) => each === view.period);
  const choose = (part: Partial<View>) => {
    onChange(part);
    setOpen(false);
  };
  const name = preset ? t(`period.${preset}`) : (view.period ?? t("period.custom"));
  const content = (
    <Space orientation="vertical" size={12} className="period-choices">
      <div className="choices">
        {PRESETS.map((each) => (
          <Button
            key={each}
            type={each === view.period ? "primary" : "default"}
            onClick={() => {
              choose({ period: each });
            }}
          >
            {t(`period.${each}`)}
          </Button>
        ))}
      </div>
      <div>
        <div className="muted small">{t("period.year")}</div>
        <div className="choices">
          {dataYears(meta.first_day, meta.data_as_of).map((year) => (
            <Button
              key={year}
              type={year === view.period ? "primary" : "default"}
              onClick={() => {
                choose({ period: year });
              }}
            >
              {year}
            </Button>
          ))}
        </div>
      </div>
      <div>
        <div className="muted small">{t("period.custom")}</div>
        <DatePicker.RangePicker
          allowClear={false}
          aria-label={t("period.custom")}
          value={[dayjs(view.span.begin), dayjs(view.span.end).subtract(1, "day")]}
          onChange={(days) => {
            const [first, last] = days ?? [];
            if (!first || !last) return;
            choose({ period: null, span: { begin: first.format("YYYY-MM-DD"), end: last.add(1, "day").format("YYYY-MM-DD") } });
          }}
        />
      </div>
    </Space>
  );
  return (
    <Popover open={open} onOpenChange={setOpen} trigger="click" placement="bottomLeft" content={content}>
      <Button icon={<CalendarOutlined />} data-tour="period" aria-haspopup="dialog" aria-expanded={open}>
        {name} <span className="muted small digits">{spanWords(view.span)}</span>
      </Button>
    </Popover>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { value: T; label: string }[];
  readonly onChange: (value: T) => void;
  readonly tour?: string;
}

/** A small switch with a name of its own. */
export function Choice<T extends string>({ label, value, options, onChange, tour }: ChoiceProps<T>) {
  return (
    <div className="choice" data-tour={tour}>
      <Segmented<T> aria-label={label} name={label} value={value} options={[...options]} onChange={onChange} />
    </div>
  );
}
