import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { getMessages, type RunShape } from "../../../api";
import { answered } from "../../../asking/problem";
import { PlainTable } from "../../../components/PlainTable";
import { Trouble } from "../../../components/Trouble";
import { sayCount } from "../../../numbers/format";
import { useInstant } from "../useInstant";

/** The pushed messages that a run holds: their numbers, senders and what they say. */
export function Messages({ run }: { readonly run: RunShape }) {
  const { t } = useTranslation();
  const instant = useInstant();
  const found = useQuery({
    queryKey: ["messages", run.id, run.state, run.attempt],
    queryFn: ({ signal }) => answered(getMessages({ path: { run_id: run.id }, signal })),
    enabled: run.state === "held",
  });
  const held = found.data?.messages ?? [];
  if (found.error) return <Trouble error={found.error} onRetry={() => void found.refetch()} />;
  if (run.state !== "held" || !held.length) return null;
  const head = [t("messages.key"), t("messages.received"), t("messages.sender"), t("messages.rows"), t("messages.content")];
  return (
    <section className="stack-small" aria-label={t("messages.title")} data-testid="messages">
      <h2 className="chart-title">{t("messages.title")}</h2>
      <PlainTable
        label={t("messages.title")}
        head={head}
        rows={held.map((each) => [<span className="message-key">{each.key}</span>, <span className="instant">{instant(each.received_at)}</span>, each.sender ?? "", sayCount(each.rows), each.content === null ? <span className="muted">{t("messages.hidden")}</span> : <code className="small message">{each.content}</code>])}
        numbersFrom={3}
        numbersTo={4}
      />
    </section>
  );
}
