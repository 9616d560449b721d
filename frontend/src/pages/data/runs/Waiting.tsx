import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { RunShape } from "../../../api";
import { useMay } from "../../../app/rights";
import { sayCount } from "../../../numbers/format";
import { NoticesForMe } from "../sources/Notices";
import { useRuns } from "./useRun";

const SHOWN = 3;

/** The runs that wait for whoever is signed in: they own the feed, or loaded the files. */
export function useWaitingForMe(): { readonly held: readonly RunShape[]; readonly mine: readonly RunShape[] } {
  const may = useMay()("see_data");
  const held = useRuns("held", may).data?.runs ?? [];
  return { held, mine: held.filter(({ yours }) => yours) };
}

/** What is told to the person it is for: what waits, why, and the way to answer; what changed without stopping. */
export function WaitingForMe() {
  const { t } = useTranslation();
  const { mine } = useWaitingForMe();
  if (!mine.length) return <NoticesForMe />;
  return (
    <>
    <Alert
      className="lead"
      type="warning"
      showIcon
      data-testid="waiting"
      title={t("answer.yours", { count: mine.length, shown: sayCount(mine.length) })}
      description={
        <ul className="plain-list small">
          {mine.slice(0, SHOWN).map((run) => (
            <li key={run.id}>
              <Link to={`/data/runs?run=${String(run.id)}`}>{run.subject || run.name}</Link>
              <div>{run.message}</div>
            </li>
          ))}
        </ul>
      }
      action={<Link to="/data/runs?state=held">{t("answer.look")}</Link>}
    />
    <NoticesForMe />
    </>
  );
}
