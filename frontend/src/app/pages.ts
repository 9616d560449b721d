import { DatabaseOutlined, DashboardOutlined, FieldTimeOutlined, SettingOutlined } from "@ant-design/icons";
import { useMay } from "./rights";

/** The map of the page, in the order of the rail; a page is listed once it exists. `needs` is a permission. */
export const PAGES = [
  { key: "overview", path: "/", icon: DashboardOutlined, needs: "see_figures" },
  { key: "quick", path: "/quick", icon: FieldTimeOutlined, needs: null },
  { key: "data", path: "/data", icon: DatabaseOutlined, needs: "see_data" },
  { key: "settings", path: "/settings", icon: SettingOutlined, needs: null },
] as const;

export type PageKey = (typeof PAGES)[number]["key"];

/** The pages that whoever is signed in may open. */
export function usePages() {
  const may = useMay();
  return PAGES.filter(({ needs }) => needs === null || may(needs));
}
