import { Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { Outlet, useLocation, useNavigate } from "react-router";
import { useSession } from "../../asking/account";

const PARTS = [
  { key: "me", needs: null },
  { key: "people", needs: "manage_people" },
  { key: "audit", needs: "read_audit" },
] as const;

/** 设置: one's own account, and for those who may: people, and who did what. */
export default function SettingsFrame() {
  const { t } = useTranslation();
  const go = useNavigate();
  const { pathname } = useLocation();
  const allowed = useSession().data?.me?.permissions ?? [];
  const parts = PARTS.filter(({ needs }) => needs === null || allowed.includes(needs));
  const part = PARTS.find(({ key }) => pathname.includes(`/settings/${key}`))?.key ?? "me";
  return (
    <>
      <header className="page-head">
        <h1 className="page-title">{t("pages.settings")}</h1>
      </header>
      <Tabs
        activeKey={part}
        items={parts.map(({ key }) => ({ key, label: t(`settings.parts.${key}`) }))}
        onChange={(key) => {
          void go(`/settings/${key}`);
        }}
      />
      <Outlet />
    </>
  );
}
