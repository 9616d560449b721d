import { Badge, Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { Outlet, useLocation, useNavigate } from "react-router";
import { NARROW, useMedia } from "../../app/preferences";
import { WaitingForMe, useWaitingForMe } from "./runs/Waiting";

const PARTS = ["sources", "runs", "loads", "quality", "quarantine", "merges"] as const;

/** 数据: where data comes from, what became of it, how good it is, and what waits for a person. */
export default function DataFrame() {
  const { t } = useTranslation();
  const go = useNavigate();
  const { pathname } = useLocation();
  const narrow = useMedia(NARROW);
  const { held } = useWaitingForMe();
  const part = PARTS.find((each) => pathname.includes(`/data/${each}`)) ?? "sources";
  return (
    <>
      <header className="page-head">
        <h1 className="page-title">{t("pages.data")}</h1>
      </header>
      <Tabs
        className="data-tabs"
        tabBarGutter={narrow ? 12 : 32}
        activeKey={part}
        items={PARTS.map((key) => ({ key, label: key === "runs" && held.length ? <Held count={held.length} /> : t(`data.parts.${key}`) }))}
        onChange={(key) => {
          void go(`/data/${key}`);
        }}
      />
      <WaitingForMe />
      <Outlet />
    </>
  );
}

/** The tab of the runs while some of them wait for an answer. */
function Held({ count }: { readonly count: number }) {
  const { t } = useTranslation();
  return (
    <>
      {t("data.parts.runs")} <Badge className="tab-count" count={count} title={t("answer.waiting", { count, shown: String(count) })} />
    </>
  );
}
