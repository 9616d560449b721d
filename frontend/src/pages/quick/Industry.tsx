import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { useMembers } from "../../asking/questions";

interface IndustryProps {
  readonly id: string;
  readonly value: string | null;
  readonly onChange: (industry: string | null) => void;
}

/** Industries that the server has a usual band for; leaving it out only leaves out the band. */
export function Industry({ id, value, onChange }: IndustryProps) {
  const { t } = useTranslation();
  const { data } = useMembers("industry", "", true);
  return (
    <Select
      id={id}
      allowClear
      showSearch={{ optionFilterProp: "label" }}
      value={value}
      placeholder={t("quick.anyIndustry")}
      options={(data?.members ?? []).map(({ member, name }) => ({ value: member, label: name ?? member }))}
      onChange={(next) => {
        onChange(next ?? null);
      }}
    />
  );
}
