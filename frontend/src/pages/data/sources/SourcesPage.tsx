import { ApiOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { useMay } from "../../../app/rights";
import { Trouble } from "../../../components/Trouble";
import { useAddress } from "../useAddress";
import { BrowseDrawer } from "./BrowseDrawer";
import { FeedDrawer } from "./FeedDrawer";
import { SourceCard } from "./SourceCard";
import { SourceDrawer } from "./SourceDrawer";
import { useFeeds, useSources } from "./useSources";

const CLOSED = { connect: null, edit: null, source: null, what: null, read: null, feed: null };

/** 来源: the systems that data comes from, and what is read of each, how and when. */
export default function SourcesPage() {
  const { t } = useTranslation();
  const sources = useSources();
  const feeds = useFeeds();
  const { at, go } = useAddress();
  const manages = useMay()("manage_sources");
  const listed = sources.data?.sources ?? [];
  const edited = listed.find((source) => source.name === at("edit"));
  const browsed = listed.find((source) => source.name === at("source"));
  const feed = feeds.data?.feeds.find((each) => each.name === at("feed"));
  const what = at("what") ?? "";
  const close = () => {
    go(CLOSED);
  };
  const connect = () => {
    go({ ...CLOSED, connect: "" });
  };
  const kept = (name: string) => {
    go({ ...CLOSED, source: name });
  };
  return (
    <div className="stack" data-testid="sources">
      {sources.error ? <Trouble error={sources.error} onRetry={() => void sources.refetch()} /> : null}
      {feeds.error ? <Trouble error={feeds.error} onRetry={() => void feeds.refetch()} /> : null}
      {sources.isPending ? <Skeleton active /> : null}
      {sources.data && listed.length === 0 ? (
        <section className="card empty">
          <h2>{t("sources.empty.title")}</h2>
          <p className="lead">{t("sources.empty.what")}</p>
          {manages ? (
            <Button type="primary" size="large" icon={<ApiOutlined />} onClick={connect}>
              {t("sources.connect")}
            </Button>
          ) : (
            <p className="muted">{t("sources.notYours")}</p>
          )}
        </section>
      ) : null}
      {listed.length && !manages ? <p className="muted">{t("sources.notYours")}</p> : null}
      {listed.length && manages ? (
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
          feeds={(feeds.data?.feeds ?? []).filter((each) => each.source === source.name)}
          onBrowse={() => {
            go({ ...CLOSED, source: source.name });
          }}
          onChange={() => {
            go({ ...CLOSED, edit: source.name });
          }}
          onFeed={(name) => {
            go({ ...CLOSED, feed: name });
          }}
        />
      ))}
      {at("connect") === null ? null : (
        <SourceDrawer
          source={null}
          kind={at("connect")}
          onKind={(kind) => {
            go({ connect: kind });
          }}
          onClose={close}
          onKept={kept}
        />
      )}
      {edited ? <SourceDrawer key={edited.name} source={edited} kind={edited.kind} onClose={close} onKept={kept} /> : null}
      {browsed ? (
        <BrowseDrawer
          source={browsed.name}
          what={what}
          onChoose={(chosen) => {
            go({ what: chosen });
          }}
          onClose={close}
          onRead={(table) => {
            go({ what: table, read: "" });
          }}
        />
      ) : null}
      {browsed && what && at("read") !== null ? (
        <FeedDrawer
          source={browsed.name}
          what={what}
          feed={null}
          taken={feeds.data?.feeds.map(({ name }) => name) ?? []}
          onClose={() => {
            go({ read: null });
          }}
          onKept={close}
        />
      ) : null}
      {feed ? <FeedDrawer key={feed.name} source={feed.source} what={feed.plan.what} feed={feed} taken={[]} onClose={close} onKept={close} /> : null}
    </div>
  );
}
