import { IdcardOutlined, LogoutOutlined, UserOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useSession, useSignOut } from "../asking/account";

/** Who is signed in, and the way out. */
export function Account() {
  const { t } = useTranslation();
  const me = useSession().data?.me;
  const signOut = useSignOut();
  const go = useNavigate();
  if (!me) return null;
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        items: [
          { key: "who", label: `${me.name} · ${me.role_name}`, disabled: true },
          { key: "me", icon: <IdcardOutlined />, label: t("settings.parts.me") },
          { key: "out", icon: <LogoutOutlined />, label: t("account.signOut") },
        ],
        onClick: ({ key }) => {
          if (key === "out") signOut.mutate(undefined);
          else void go("/settings/me");
        },
      }}
    >
      <Button type="text" className="hit" icon={<UserOutlined />} aria-label={t("account.label", { name: me.name })} />
    </Dropdown>
  );
}
