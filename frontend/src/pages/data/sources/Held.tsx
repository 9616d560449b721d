import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import type { FeedShape, SourceColumnShape } from "../../../api";
import { useMay } from "../../../app/rights";
import { PlainTable } from "../../../components/PlainTable";
import { Trouble } from "../../../components/Trouble";
import { ABSENT } from "../../../numbers/format";
import { useAgree, useColumns } from "./useSources";

/** The code of a run that waits because the source's columns are not those agreed to. */
export const STRUCTURE_CHANGED = "source_schema_changed";

interface HeldProps {
  readonly feed: FeedShape;
  readonly message: string;
  readonly onAgreed: () => void;
}

function changes(agreed: readonly SourceColumnShape[], now: readonly SourceColumnShape[]) {
  const names = [...new Set([...agreed, ...now].map(({ name }) => name))];
  const type = (columns: readonly SourceColumnShape[], name: string) => columns.find((each) => each.name === name)?.type ?? null;
  return names.map((name) => ({ name, before: type(agreed, name), now: type(now, name) })).filter((each) => each.before !== each.now);
}

/** A feed that waits: what changed at its source, column by column, and the way to agree. */
export function Held({ feed, message, onAgreed }: HeldProps) {
  const { t } = useTranslation();
  const agree = useAgree();
  const manages = useMay()("manage_sources");
  const columns = useColumns(feed.source, manages ? feed.plan.what : "");
  const rows = columns.data ? changes(feed.agreed, columns.data.columns) : [];
  const head = [t("feeds.held.column"), t("feeds.held.before"), t("feeds.held.now")];
  return (
    <Alert
      type="warning"
      showIcon
      title={message}
      description={
        <div className="stack-small">
          {columns.error ? <Trouble error={columns.error} onRetry={() => void columns.refetch()} /> : null}
          {rows.length ? (
            <PlainTable label={message} head={head} rows={rows.map((row) => [row.name, row.before ?? ABSENT, row.now ?? ABSENT])} />
          ) : null}
          {agree.error ? <Trouble error={agree.error} /> : null}
          {manages ? (
            <div>
              <Button
                type="primary"
                loading={agree.isPending}
                onClick={() => {
                  agree.mutate(feed.name, { onSuccess: onAgreed });
                }}
              >
                {t("feeds.held.agree")}
              </Button>
            </div>
          ) : null}
        </div>
      }
    />
  );
}
