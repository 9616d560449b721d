import { DownloadOutlined, ShareAltOutlined } from "@ant-design/icons";
import { App, Button, Dropdown } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Meta, Overview, QueryShape } from "../../api";
import { fixedAddress } from "../../address/view";
import { usePreferences } from "../../app/preferences";
import { useMay } from "../../app/rights";
import { download } from "../../asking/download";
import { Trouble } from "../../components/Trouble";
import { Trust } from "../../components/Trust";
import type { ViewState } from "./useView";

interface OverviewHeaderProps {
  readonly meta: Meta;
  readonly state: ViewState;
  readonly overview: Overview | undefined;
}

/** What the screen shows, as one question: all its figures by the dimension compared. */
export function exportQuery(overview: Overview): QueryShape | null {
  const first = overview.figures[0];
  if (!first) return null;
  return { ...first.query, measures: overview.figures.map(({ measure }) => measure), by: [overview.comparison_by] };
}

/** Title, data-as-of, export and share. */
export function OverviewHeader({ meta, state, overview }: OverviewHeaderProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const may = useMay();
  const { language } = usePreferences();
  const [failure, setFailure] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const save = async (format: "xlsx" | "csv") => {
    const query = overview && exportQuery(overview);
    if (!query) return;
    setBusy(true);
    setFailure(null);
    try {
      await download(query, format, language, `stockturn-${state.view.span.begin}-${state.view.span.end}`);
    } catch (error) {
      setFailure(error as Error);
    } finally {
      setBusy(false);
    }
  };
  const share = async () => {
    const address = new URL(window.location.href);
    const shared = fixedAddress(state.query, state.view);
    shared.delete("lang"); // the reader's own language holds
    address.search = shared.toString();
    try {
      await navigator.clipboard.writeText(address.href);
      void message.success(t("header.copied"));
    } catch {
      // Without a secure address the browser lends no clipboard; the reader can copy it by hand.
      void message.info({ content: address.href, duration: 10 });
    }
  };
  return (
    <>
      <header className="page-head">
        <h1 className="page-title">{t("pages.overview")}</h1>
        {overview ? <Trust coverage={overview.coverage} lastLoadAt={meta.last_load_at} /> : null}
        <span className="grow" />
        {may("export") ? <Dropdown
          trigger={["click"]}
          disabled={!overview}
          menu={{
            items: [
              { key: "xlsx", label: t("header.xlsx") },
              { key: "csv", label: t("header.csv") },
            ],
            onClick: ({ key }) => void save(key as "xlsx" | "csv"),
          }}
        >
          <Button icon={<DownloadOutlined />} loading={busy}>
            {t("header.export")}
          </Button>
        </Dropdown> : null}
        <Button icon={<ShareAltOutlined />} onClick={() => void share()}>
          {t("header.share")}
        </Button>
      </header>
      {failure ? <Trouble error={failure} /> : null}
    </>
  );
}
