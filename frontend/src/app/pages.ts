import { DatabaseOutlined, DashboardOutlined, FieldTimeOutlined } from "@ant-design/icons";

/** The map of the page, in the order of the rail; a page is listed once it exists. */
export const PAGES = [
  { key: "overview", path: "/", icon: DashboardOutlined },
  { key: "quick", path: "/quick", icon: FieldTimeOutlined },
  { key: "data", path: "/data", icon: DatabaseOutlined },
] as const;

export type PageKey = (typeof PAGES)[number]["key"];
