import { BulbOutlined, CompassOutlined, DesktopOutlined, MoonOutlined, SunOutlined, TranslationOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import { type Appearance, prefer, usePreferences } from "./preferences";
import { openTour } from "./tour";

const ICONS: Record<Appearance, typeof BulbOutlined> = { system: DesktopOutlined, light: SunOutlined, dark: MoonOutlined };

/** Language, appearance and the tour. */
export function Switches({ tour = true }: { readonly tour?: boolean }) {
  const { t } = useTranslation();
  const { appearance, language } = usePreferences();
  const [query, setQuery] = useSearchParams();
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const Icon = ICONS[appearance];
  const other = language === "zh" ? "en" : "zh";
  return (
    <div className="switches">
      {tour ? <Button
        type="text"
        className="hit"
        icon={<CompassOutlined />}
        aria-label={t("tour.open")}
        title={t("tour.open")}
        onClick={() => {
          // Its steps point at parts of the overview.
          if (pathname !== "/") void navigate("/");
          openTour();
        }}
      /> : null}
      <Button
        type="text"
        className="hit"
        icon={<TranslationOutlined />}
        lang={other === "zh" ? "zh-CN" : "en"}
        onClick={() => {
          prefer({ language: other });
          // A link may ask for a language; once the reader chooses, the choice holds.
          if (query.has("lang")) {
            const next = new URLSearchParams(query);
            next.delete("lang");
            setQuery(next, { replace: true });
          }
        }}
      >
        {other === "zh" ? "中文" : "English"}
      </Button>
      <Dropdown
        trigger={["click"]}
        menu={{
          selectable: true,
          selectedKeys: [appearance],
          items: (Object.keys(ICONS) as Appearance[]).map((key) => {
            const Each = ICONS[key];
            return { key, icon: <Each />, label: t(`appearance.${key}`) };
          }),
          onClick: ({ key }) => {
            prefer({ appearance: key as Appearance });
          },
        }}
      >
        <Button type="text" className="hit" icon={<Icon />} aria-label={t("appearance.label", { now: t(`appearance.${appearance}`) })} />
      </Dropdown>
    </div>
  );
}
