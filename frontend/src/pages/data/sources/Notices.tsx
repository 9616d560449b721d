import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { FeedShape } from "../../../api";
import { useMay } from "../../../app/rights";
import { useSession } from "../../../asking/account";
import { Trouble } from "../../../components/Trouble";
import { sayCount } from "../../../numbers/format";
import { useFeeds, useReadNotices } from "./useSources";

/** What changed at the sources of whoever is signed in, and did not stop their feeds. */
export function NoticesForMe() {
  const { t } = useTranslation();
  const may = useMay()("see_data");
  const login = useSession().data?.me?.login;
  const mine = (useFeeds(may).data?.feeds ?? []).filter(({ owner, notices }) => notices.length && login && owner.login === login);
  const count = mine.reduce((sum, { notices }) => sum + notices.length, 0);
  if (!count) return null;
  return (
    <Alert
      className="lead"
      type="info"
      showIcon
      data-testid="notices"
      title={t("feeds.notices.yours", { count, shown: sayCount(count) })}
      description={
        <div className="stack-small small">
          {mine.map((feed) => (
            <FeedNotices key={feed.name} feed={feed} named />
          ))}
        </div>
      }
    />
  );
}

/** The notices of one feed, and the way to take them as read for who may. */
export function FeedNotices({ feed, named = false }: { readonly feed: FeedShape; readonly named?: boolean }) {
  const { t } = useTranslation();
  const read = useReadNotices();
  const login = useSession().data?.me?.login;
  const manages = useMay()("manage_sources");
  const owns = Boolean(login) && feed.owner.login === login;
  return (
    <div className="between wrap">
      <div className="notices">
        {named ? <Link to="/data/sources">{feed.name}</Link> : null}
        <ul className="plain-list small">
          {feed.notices.map(({ id, text, load_no }) => (
            <li key={id}>
              {text} {load_no === null ? null : <Link to={`/data/loads?load=${String(load_no)}`}>{t("feeds.notices.load", { no: load_no })}</Link>}
            </li>
          ))}
        </ul>
        {read.error ? <Trouble error={read.error} /> : null}
      </div>
      {owns || manages ? (
        <Button
          loading={read.isPending}
          aria-label={t("feeds.notices.readOf", { name: feed.name })}
          onClick={() => {
            read.mutate(feed);
          }}
        >
          {t("feeds.notices.read")}
        </Button>
      ) : null}
    </div>
  );
}
