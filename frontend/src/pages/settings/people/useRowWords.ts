import { useTranslation } from "react-i18next";
import type { NamedKey, PersonShape } from "../../../api";

/** Say in a line which rows a person may see. */
export function useRowWords(dimensions: readonly NamedKey[]): (person: PersonShape) => string {
  const { t } = useTranslation();
  return ({ rows }) => {
    if (rows.everything) return t("people.allRows");
    const parts = Object.entries(rows.rows ?? {}).map(([key, members]) => {
      const name = dimensions.find((each) => each.key === key)?.name ?? key;
      return `${name} ${members.map((member) => member || t("chips.unassigned")).join(" / ")}`;
    });
    return parts.length ? parts.join(" · ") : t("people.noRows");
  };
}
