import { ApiOutlined, PlusOutlined } from "@ant-design/icons";
import { Alert, Button, Popconfirm, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { FeedShape, SourceShape } from "../../../api";
import { Trouble } from "../../../components/Trouble";
import { useInstant } from "../useInstant";
import { BrowseDrawer } from "./BrowseDrawer";
import { FeedDrawer } from "./FeedDrawer";
import { SourceDrawer } from "./SourceDrawer";
import { useFeeds, useRemoveFeed, useRemoveSource, useRunFeed, useSchedules, useSourceKinds, useSources, useTryKept } from "./useSources";

type Open =
  | { readonly what: "connect"; readonly source: SourceShape | null }
  | { readonly what: "browse"; readonly source: string }
  | { readonly what: "feed"; readonly source: string; readonly table: string; readonly feed: FeedShape | null }
  | null;

/** 来源: the systems that data comes from, and what is read of each, how and when. */
export default function SourcesPage() {
  const { t } = useTranslation();
  const sources = useSources();
  const feeds = useFeeds();
  const [open, setOpen] = useState<Open>(null);
  const close = () => {
    setOpen(null);
  };
  const connect = () => {
    setOpen({ what: "connect", source: null });
  };
  const listed = sources.data?.sources ?? [];
  return (
    <div className="stack">
      {sources.error ? <Trouble error={sources.error} onRetry={() => void sources.refetch()} /> : null}
      {sources.isPending ? <Skeleton active /> : null}
      {sources.data && listed.length === 0 ? (
        <section className="card empty">
          <h2>{t("sources.empty.title")}</h2>
          <p>{t("sources.empty.what")}</p>
          <Button type="primary" size="large" icon={<ApiOutlined />} onClick={connect}>
            {t("sources.connect")}
          </Button>
        </section>
      ) : null}
      {listed.length ? (
        <div>
          <Button type="primary" icon={<PlusOutlined />} onClick={connect}>
            {t("sources.connect")}
          </Button>
        </div>
      ) : null}
      {listed.map((source) => (
        <SourceCard
          key={source.name}
          source={source}
          feeds={(feeds.data?.feeds ?? []).filter((feed) => feed.source === source.name)}
          onBrowse={() => {
            setOpen({ what: "browse", source: source.name });
          }}
          onChange={() => {
            setOpen({ what: "connect", source });
          }}
          onFeed={(feed) => {
            setOpen({ what: "feed", source: source.name, table: feed.plan.what, feed });
          }}
        />
      ))}
      {open?.what === "connect" ? (
        <SourceDrawer
          source={open.source}
          onClose={close}
          onKept={(name) => {
            setOpen({ what: "browse", source: name });
          }}
        />
      ) : null}
      {open?.what === "browse" ? (
        <BrowseDrawer
          source={open.source}
          onClose={close}
          onRead={(table) => {
            setOpen({ what: "feed", source: open.source, table, feed: null });
          }}
        />
      ) : null}
      {open?.what === "feed" ? <FeedDrawer source={open.source} what={open.table} feed={open.feed} onClose={close} onKept={close} /> : null}
    </div>
  );
}

interface SourceCardProps {
  readonly source: SourceShape;
  readonly feeds: readonly FeedShape[];
  readonly onBrowse: () => void;
  readonly onChange: () => void;
  readonly onFeed: (feed: FeedShape) => void;
}

function SourceCard({ source, feeds, onBrowse, onChange, onFeed }: SourceCardProps) {
  const { t } = useTranslation();
  const kinds = useSourceKinds();
  const attempt = useTryKept();
  const remove = useRemoveSource();
  const kind = kinds.data?.kinds.find((each) => each.key === source.kind);
  const address = [source.form["host"], source.form["folder"], source.form["path"], source.form["base_url"], source.form["endpoint"], source.form["database"]].filter(Boolean).join(" · ");
  return (
    <section className="card stack" aria-label={source.name}>
      <div className="between wrap">
        <div>
          <h2 className="chart-title">{source.name}</h2>
          <span className="muted small">{[kind?.name ?? source.kind, address].filter(Boolean).join(" · ")}</span>
        </div>
        <div className="choices">
          <Button onClick={onBrowse}>{t("sources.open")}</Button>
          <Button
            loading={attempt.isPending}
            onClick={() => {
              attempt.mutate(source.name);
            }}
          >
            {t("sources.test")}
          </Button>
          <Button onClick={onChange}>{t("sources.edit")}</Button>
          <Popconfirm
            title={t("sources.removeAsk", { name: source.name })}
            onConfirm={() => {
              remove.mutate(source.name);
            }}
          >
            <Button danger disabled={feeds.length > 0}>
              {t("sources.remove")}
            </Button>
          </Popconfirm>
        </div>
      </div>
      {(attempt.error ?? remove.error) ? <Trouble error={(attempt.error ?? remove.error) as Error} /> : null}
      {attempt.data ? <Alert type="success" showIcon title={t("sources.works", { server: attempt.data.server })} description={attempt.data.remarks.join(" ") || undefined} /> : null}
      {feeds.length ? (
        <ul className="cards-list">
          {feeds.map((feed) => (
            <li key={feed.name}>
              <Feed feed={feed} onChange={onFeed} />
            </li>
          ))}
        </ul>
      ) : (
        <p className="muted">{t("feeds.none")}</p>
      )}
    </section>
  );
}

function Feed({ feed, onChange }: { readonly feed: FeedShape; readonly onChange: (feed: FeedShape) => void }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const instant = useInstant();
  const schedules = useSchedules();
  const run = useRunFeed();
  const remove = useRemoveFeed();
  const planned = (schedules.data?.schedules ?? []).find((each) => each.kind === "feed" && each.params["feed"] === feed.name);
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
  const facts = [feed.plan.what, feed.plan.mapping, t(`feeds.modes.${feed.plan.mode}`), planned?.next_at ? t("feeds.next", { when: instant(planned.next_at) }) : t("feeds.byHand")];
  return (
    <div className="feed between wrap">
      <div>
        <strong>{feed.name}</strong> <span className="muted small">{facts.join(" · ")}</span>
        {(run.error ?? remove.error) ? <Trouble error={(run.error ?? remove.error) as Error} /> : null}
      </div>
      <div className="choices">
        <Button
          size="small"
          loading={run.isPending && run.variables.trial}
          onClick={() => {
            start(true);
          }}
        >
          {t("feeds.try")}
        </Button>
        <Button
          size="small"
          type="primary"
          loading={run.isPending && !run.variables.trial}
          onClick={() => {
            start(false);
          }}
        >
          {t("feeds.run")}
        </Button>
        <Button
          size="small"
          onClick={() => {
            onChange(feed);
          }}
        >
          {t("sources.edit")}
        </Button>
        <Popconfirm
          title={t("feeds.removeAsk", { name: feed.name })}
          onConfirm={() => {
            remove.mutate(feed.name);
          }}
        >
          <Button size="small" danger>
            {t("sources.remove")}
          </Button>
        </Popconfirm>
      </div>
    </div>
  );
}
