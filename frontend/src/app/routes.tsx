import { Skeleton } from "antd";
import type { RouteObject } from "react-router";
import { Broken } from "./Broken";
import { NotFound } from "./NotFound";
import { Shell } from "./Shell";

const waiting = <Skeleton active paragraph={{ rows: 10 }} className="page" />;

export const routes: RouteObject[] = [
  {
    element: <Shell />,
    errorElement: <Broken />,
    hydrateFallbackElement: waiting,
    children: [
      { index: true, lazy: async () => ({ Component: (await import("../pages/overview/OverviewPage")).default }) },
      { path: "quick", lazy: async () => ({ Component: (await import("../pages/quick/QuickPage")).default }) },
      { path: "data", lazy: async () => ({ Component: (await import("../pages/data/DataPage")).default }) },
      { path: "*", element: <NotFound /> },
    ],
  },
];
