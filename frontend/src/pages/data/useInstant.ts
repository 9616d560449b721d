import { useTranslation } from "react-i18next";
import { ABSENT } from "../../numbers/format";

/** Say a UTC instant on the reader's clock. */
export function useInstant(): (instant: string | null) => string {
  const { i18n } = useTranslation();
  const format = new Intl.DateTimeFormat(i18n.language === "zh" ? "zh-CN" : "en", { dateStyle: "medium", timeStyle: "short" });
  return (instant) => (instant ? format.format(new Date(instant)) : ABSENT);
}
