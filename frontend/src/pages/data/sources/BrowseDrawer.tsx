import { Button, Drawer, Input, Skeleton, Table } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ReadableShape } from "../../../api";
import { NARROW, useMedia } from "../../../app/preferences";
import { PlainTable } from "../../../components/PlainTable";
import { Trouble } from "../../../components/Trouble";
import { sayCount } from "../../../numbers/format";
import { usePreview, useTables } from "./useSources";

interface BrowseDrawerProps {
  readonly source: string;
  /** The table that is looked at; empty for none. */
  readonly what: string;
  readonly onChoose: (what: string) => void;
  readonly onClose: () => void;
  readonly onRead: (what: string) => void;
}

/** What a source holds: its tables, the first rows of one, and the way to read it regularly. */
export function BrowseDrawer({ source, what, onChoose, onClose, onRead }: BrowseDrawerProps) {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const tables = useTables(source);
  const [search, setSearch] = useState("");
  const found = (tables.data?.tables ?? []).filter((each) => each.what.toLowerCase().includes(search.toLowerCase()));
  return (
    <Drawer open onClose={onClose} size={narrow ? "100%" : 920} title={t("sources.browse", { name: source })}>
      <div className="stack">
        {tables.error ? <Trouble error={tables.error} onRetry={() => void tables.refetch()} /> : null}
        {tables.isPending ? <Skeleton active /> : null}
        {tables.data ? (
          <>
            <Input.Search
              allowClear
              aria-label={t("sources.searchTables")}
              placeholder={t("sources.searchTables")}
              onChange={(event) => {
                setSearch(event.target.value);
              }}
            />
            <Table<ReadableShape>
              size="small"
              rowKey="what"
              dataSource={found}
              virtual={found.length > 200}
              scroll={{ y: 240 }}
              pagination={false}
              locale={{ emptyText: t("sources.noTables") }}
              rowClassName={(each) => (each.what === what ? "can-open chosen" : "can-open")}
              onRow={(each) => ({
                onClick: () => {
                  onChoose(each.what);
                },
              })}
              columns={[
                {
                  title: t("sources.column.what"),
                  render: (_, each) => (
                    <button
                      type="button"
                      className="as-link"
                      aria-pressed={each.what === what}
                      onClick={(event) => {
                        event.stopPropagation();
                        onChoose(each.what);
                      }}
                    >
                      {each.what}
                    </button>
                  ),
                },
                { title: t("sources.column.kind"), width: 110, render: (_, each) => t(`sources.readable.${each.kind}`) },
                { title: t("sources.column.rows"), width: 130, align: "right", render: (_, each) => <span className="digits">{each.rows === null ? "—" : sayCount(each.rows)}</span> },
              ]}
            />
          </>
        ) : null}
        {what ? <Preview source={source} what={what} onRead={onRead} /> : tables.data ? <p className="muted">{t("sources.choose")}</p> : null}
      </div>
    </Drawer>
  );
}

function Preview({ source, what, onRead }: { readonly source: string; readonly what: string; readonly onRead: (what: string) => void }) {
  const { t } = useTranslation();
  const { data, error, refetch, isFetching } = usePreview(source, what);
  return (
    <section className={isFetching ? "dimmed stack" : "stack"} data-testid="preview">
      <div className="between">
        <h2 className="chart-title">{what}</h2>
        <Button
          type="primary"
          onClick={() => {
            onRead(what);
          }}
        >
          {t("sources.read")}
        </Button>
      </div>
      {error ? <Trouble error={error} onRetry={() => void refetch()} /> : null}
      {data ? (
        <PlainTable label={what} head={data.columns} rows={data.rows} cards={false} />
      ) : error ? null : (
        <Skeleton active />
      )}
    </section>
  );
}
