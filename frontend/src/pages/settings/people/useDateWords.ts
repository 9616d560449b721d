import { useTranslation } from "react-i18next";
import type { PersonShape } from "../../../api";
import { useInstant } from "../../data/useInstant";

/** Say until when a person's invitation and their rows hold; nothing where neither has an end. */
export function useDateWords(): (person: PersonShape) => string[] {
  const { t } = useTranslation();
  const instant = useInstant();
  return ({ state, invited_until, rows_until, last_sign_in_at }) => {
    const said: string[] = [];
    if (state === "invited") {
      // Who came in on this machine needs no invitation.
      if (!invited_until) said.push(...(last_sign_in_at ? [] : [t("people.noInvitation")]));
      else said.push(t(Date.parse(invited_until) > Date.now() ? "people.invitedUntil" : "people.invitationOver", { when: instant(invited_until) }));
    }
    if (rows_until) said.push(t("people.rowsUntil", { when: instant(rows_until) }));
    return said;
  };
}
