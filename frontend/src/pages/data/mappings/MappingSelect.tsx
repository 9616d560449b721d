import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { getMappings } from "../../../api";
import { usePreferences } from "../../../app/preferences";
import { answered } from "../../../asking/problem";

export function useMappings() {
  const { language: lang } = usePreferences();
  return useQuery({
    queryKey: ["mappings", lang],
    queryFn: ({ signal }) => answered(getMappings({ query: { lang }, signal })),
    placeholderData: keepPreviousData,
  });
}

interface MappingSelectProps {
  readonly id?: string;
  readonly value?: string | null;
  readonly onChange?: (name: string) => void;
}

/** One of the mappings there are: this company's own first. */
export function MappingSelect({ value = null, onChange, ...given }: MappingSelectProps) {
  const { t } = useTranslation();
  const { data, isPending } = useMappings();
  const all = data?.mappings ?? [];
  const group = (own: boolean) => ({
    label: t(own ? "mappings.own" : "mappings.shipped"),
    options: all.filter((each) => each.own === own).map(({ name, title, usable }) => ({ value: name, label: `${title} · ${name}`, disabled: !usable })),
  });
  return (
    <Select
      {...given}
      showSearch={{ optionFilterProp: "label" }}
      className="wide"
      aria-label={t("mappings.choose")}
      placeholder={t("mappings.choose")}
      loading={isPending}
      value={value}
      options={[group(true), group(false)].filter(({ options }) => options.length)}
      onChange={(name) => {
        if (name !== null) onChange?.(name);
      }}
    />
  );
}
