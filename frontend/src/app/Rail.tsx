import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";
import { useMeta } from "../asking/questions";
import { usePages } from "./pages";

/** Where one can go. Pages join as they come to exist. */
export function Rail() {
  const { t } = useTranslation();
  const meta = useMeta();
  const pages = usePages();
  return (
    <>
      <div className="brand">
        <img src="./mark.svg" alt="" width={28} height={28} />
        <div>
          <strong>StockTurn</strong>
          <div className="muted small">{meta.data?.company ?? t("shell.product")}</div>
        </div>
      </div>
      <nav aria-label={t("shell.pages")} data-tour="rail">
        {pages.map(({ key, path, icon: Icon }) => (
          <NavLink key={key} to={path} end={path === "/"} className="rail-link">
            <Icon aria-hidden="true" />
            {t(`pages.${key}`)}
          </NavLink>
        ))}
      </nav>
      <div className="rail-foot muted small">{meta.data ? t("shell.version", { version: meta.data.version }) : null}</div>
    </>
  );
}
