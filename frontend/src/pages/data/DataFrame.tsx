import { Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { Outlet, useLocation, useNavigate } from "react-router";

const PARTS = ["sources", "runs", "loads", "quality", "quarantine"] as const;

/** 数据: where data comes from, what became of it, how good it is, and what waits for a person. */
export default function DataFrame() {
  const { t } = useTranslation();
  const go = useNavigate();
  const { pathname } = useLocation();
  const part = PARTS.find((each) => pathname.includes(`/data/${each}`)) ?? "sources";
  return (
    <>
      <header className="page-head">
        <h1 className="page-title">{t("pages.data")}</h1>
      </header>
      <Tabs
        activeKey={part}
        items={PARTS.map((key) => ({ key, label: t(`data.parts.${key}`) }))}
        onChange={(key) => {
          void go(`/data/${key}`);
        }}
      />
      <Outlet />
    </>
  );
}
