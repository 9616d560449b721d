import { useTranslation } from "react-i18next";
import type { CashTrap } from "../../api";
import { usePreferences } from "../../app/preferences";
import { Sparkline } from "../../components/Sparkline";
import { say } from "../../numbers/format";

interface TrapCardsProps {
  readonly traps: readonly CashTrap[];
  readonly currency: string;
  readonly onOpen: (measure: string, item: string) => void;
}

/** The same table on a phone: one card an item. */
export function TrapCards({ traps, currency, onOpen }: TrapCardsProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return (
    <ul className="cards-list">
      {traps.map((trap) => (
        <li key={trap.item}>
          <button
            type="button"
            className="trap-card"
            aria-haspopup="dialog"
            onClick={() => {
              onOpen("closing_inventory", trap.item);
            }}
          >
            <span className="between">
              <strong>{trap.name ?? trap.item}</strong>
              <strong className="digits">{say(trap.value, "money", currency, language).text}</strong>
            </span>
            <span className="between">
              <span className="muted small">
                {[trap.name ? trap.item : null, trap.category].filter(Boolean).join(" · ")}
                {trap.days_of_inventory === null ? "" : ` · ${t("traps.lasts", { days: say(trap.days_of_inventory, "days", currency, language).text })}`}
              </span>
              <Sparkline values={trap.trend} width={64} height={20} name={t("traps.trendOf", { name: trap.name ?? trap.item })} />
            </span>
            <span className="small">{trap.reason}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
