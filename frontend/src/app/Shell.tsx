import { MenuOutlined } from "@ant-design/icons";
import { Button, Drawer } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, useLocation, useNavigation } from "react-router";
import { Account } from "./Account";
import { Finder } from "./Finder";
import { NARROW, useMedia } from "./preferences";
import { Rail } from "./Rail";
import { Switches } from "./Switches";

/** The frame around every page: rail or drawer, finder, language and appearance. */
export function Shell() {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const [open, setOpen] = useState(false);
  const { pathname } = useLocation();
  const moving = useNavigation().state !== "idle";
  const [shown, setShown] = useState(pathname);
  if (shown !== pathname) {
    setShown(pathname);
    setOpen(false);
  }
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [pathname]);

  return (
    <div className="shell">
      <a className="skip" href="#main">
        {t("shell.skip")}
      </a>
      {narrow ? (
        <Drawer
          open={open}
          placement="left"
          size={264}
          title={t("shell.menu")}
          onClose={() => {
            setOpen(false);
          }}
        >
          <Rail />
        </Drawer>
      ) : (
        <aside className="rail">
          <div className="rail-inside">
            <Rail />
          </div>
        </aside>
      )}
      <div className="beside">
        <div className="bar">
          {narrow ? (
            <Button
              type="text"
              className="hit"
              aria-label={t("shell.menu")}
              icon={<MenuOutlined />}
              onClick={() => {
                setOpen(true);
              }}
            />
          ) : null}
          <Finder />
          <Switches />
          <Account />
        </div>
        <main id="main" tabIndex={-1} className={moving ? "page dimmed" : "page"}>
          <Outlet />
        </main>
      </div>
    </div>
  );
}
