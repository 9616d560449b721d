import { WarningOutlined } from "@ant-design/icons";
import { Alert, Button, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import type { FeedShape } from "../../../api";
import { useMay } from "../../../app/rights";
import { useSession } from "../../../asking/account";
import { Trouble } from "../../../components/Trouble";
import { RunState } from "../runs/RunState";
import { useInstant } from "../useInstant";
import { Held, STRUCTURE_CHANGED } from "./Held";
import { FeedNotices } from "./Notices";
import { modeOf, useLastRun, useRemoveFeed, useRunFeed, useScheduleOf } from "./useSources";

/** One feed: what it reads, when, how its last run went, and the way to run it. */
export function FeedLine({ feed, onChange }: { readonly feed: FeedShape; readonly onChange: () => void }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const instant = useInstant();
  const planned = useScheduleOf(feed.name);
  const last = useLastRun(feed.name);
  const may = useMay();
  const me = useSession().data?.me;
  // Its owner has the notices above the page already.
  const owns = me !== undefined && me !== null && me.login === feed.owner.login;
  const run = useRunFeed();
  const remove = useRemoveFeed();
  const facts = [feed.plan.what, feed.plan.mapping, t(`feeds.modes.${modeOf(feed.plan)}`), planned?.next_at ? t("feeds.next", { when: instant(planned.next_at) }) : t("feeds.byHand"), feed.owner.why_not ? "" : feed.owner.name];
  const start = (trial: boolean) => {
    run.mutate(
      { name: feed.name, trial },
      {
        onSuccess: (begun) => {
          void go(`/data/runs?run=${String(begun.id)}`);
        },
      },
    );
  };
  const error = run.error ?? remove.error;
  return (
    <div className="feed stack-small" data-testid={`feed-${feed.name}`}>
      <div className="between wrap">
        <div>
          <strong>{feed.name}</strong>
          {last ? (
            <>
              {" "}
              <Link to={`/data/runs?run=${String(last.id)}`} aria-label={t("feeds.last", { no: last.id })}>
                <RunState run={last} />
              </Link>
            </>
          ) : null}
          <div className="muted small">{facts.filter(Boolean).join(" · ")}</div>
          {feed.owner.why_not ? (
            <div className="small attention">
              <WarningOutlined aria-hidden /> {feed.owner.why_not}
            </div>
          ) : null}
        </div>
        <div className="choices">
          {may("load_data") ? (
            <>
              <Button
                loading={run.isPending && run.variables.trial}
                onClick={() => {
                  start(true);
                }}
              >
                {t("feeds.try")}
              </Button>
              <Button
                type="primary"
                loading={run.isPending && !run.variables.trial}
                onClick={() => {
                  start(false);
                }}
              >
                {t("feeds.run")}
              </Button>
            </>
          ) : null}
          {may("manage_sources") ? (
            <>
              <Button onClick={onChange}>{t("sources.edit")}</Button>
              <Popconfirm
                title={t("feeds.removeAsk", { name: feed.name })}
                okText={t("sources.remove")}
                onConfirm={() => {
                  remove.mutate(feed.name);
                }}
              >
                <Button danger>{t("sources.remove")}</Button>
              </Popconfirm>
            </>
          ) : null}
        </div>
      </div>
      {error ? <Trouble error={error} /> : null}
      {feed.notices.length && !owns ? <Alert type="info" showIcon title={t("feeds.notices.changed")} description={<FeedNotices feed={feed} />} /> : null}
      {last?.code === STRUCTURE_CHANGED ? (
        <Held
          feed={feed}
          message={last.message ?? ""}
          onAgreed={() => {
            start(false);
          }}
        />
      ) : null}
    </div>
  );
}
