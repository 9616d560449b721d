import { Alert, Button, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import type { FeedShape, SourceShape } from "../../../api";
import { useMay } from "../../../app/rights";
import { Trouble } from "../../../components/Trouble";
import { FeedLine } from "./FeedLine";
import { useRemoveSource, useSourceKinds, useTryKept } from "./useSources";

interface SourceCardProps {
  readonly source: SourceShape;
  readonly feeds: readonly FeedShape[];
  readonly onBrowse: () => void;
  readonly onChange: () => void;
  readonly onFeed: (name: string) => void;
}

/** Where a source is, in one line: the parts of its form that name a place. */
const PLACES = ["host", "port", "folder", "path", "base_url", "endpoint", "bucket", "database"] as const;

/** One source with what is read of it. */
export function SourceCard({ source, feeds, onBrowse, onChange, onFeed }: SourceCardProps) {
  const { t } = useTranslation();
  const kinds = useSourceKinds();
  const attempt = useTryKept();
  const remove = useRemoveSource();
  const manages = useMay()("manage_sources");
  const kind = kinds.data?.kinds.find((each) => each.key === source.kind);
  const facts = [kind?.name ?? source.kind, ...PLACES.map((place) => source.form[place])].filter((fact) => fact !== undefined && fact !== "");
  const error = attempt.error ?? remove.error;
  return (
    <section className="card stack" aria-label={source.name}>
      <div className="between wrap">
        <div>
          <h2 className="chart-title">{source.name}</h2>
          <span className="muted small break">{facts.join(" · ")}</span>
        </div>
        {manages ? (
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
              okText={t("sources.remove")}
              disabled={feeds.length > 0}
              onConfirm={() => {
                remove.mutate(source.name);
              }}
            >
              <Button danger disabled={feeds.length > 0} title={feeds.length ? t("sources.removeFirst") : undefined}>
                {t("sources.remove")}
              </Button>
            </Popconfirm>
          </div>
        ) : null}
      </div>
      {error ? <Trouble error={error} /> : null}
      {attempt.data ? <Alert type="success" showIcon closable title={t("sources.works", { server: attempt.data.server })} description={attempt.data.remarks.join(" ") || undefined} /> : null}
      {feeds.length ? (
        <ul className="feeds">
          {feeds.map((feed) => (
            <li key={feed.name}>
              <FeedLine
                feed={feed}
                onChange={() => {
                  onFeed(feed.name);
                }}
              />
            </li>
          ))}
        </ul>
      ) : (
        <p className="muted">{t("feeds.none")}</p>
      )}
    </section>
  );
}
