import { Skeleton } from "antd";
import { Navigate, type RouteObject } from "react-router";
import { Door } from "../pages/signin/Door";
import { Broken } from "./Broken";
import { NotFound } from "./NotFound";
import { Shell } from "./Shell";

const waiting = <Skeleton active paragraph={{ rows: 10 }} className="page" />;

export const routes: RouteObject[] = [
  {
    path: "welcome",
    errorElement: <Broken />,
    hydrateFallbackElement: waiting,
    lazy: async () => ({ Component: (await import("../pages/signin/WelcomePage")).default }),
  },
  {
    element: (
      <Door>
        <Shell />
      </Door>
    ),
    errorElement: <Broken />,
    hydrateFallbackElement: waiting,
    children: [
      { index: true, lazy: async () => ({ Component: (await import("../pages/overview/OverviewPage")).default }) },
      { path: "quick", lazy: async () => ({ Component: (await import("../pages/quick/QuickPage")).default }) },
      {
        path: "data",
        lazy: async () => ({ Component: (await import("../pages/data/DataFrame")).default }),
        children: [
          { index: true, element: <Navigate to="/data/sources" replace /> },
          { path: "sources", lazy: async () => ({ Component: (await import("../pages/data/sources/SourcesPage")).default }) },
          { path: "runs", lazy: async () => ({ Component: (await import("../pages/data/runs/RunsPage")).default }) },
          { path: "loads", lazy: async () => ({ Component: (await import("../pages/data/loads/LoadsPage")).default }) },
          { path: "quality", lazy: async () => ({ Component: (await import("../pages/data/quality/QualityPage")).default }) },
          { path: "merges", lazy: async () => ({ Component: (await import("../pages/data/merges/MergesPage")).default }) },
          { path: "quarantine", lazy: async () => ({ Component: (await import("../pages/data/quarantine/QuarantinePage")).default }) },
        ],
      },
      {
        path: "settings",
        lazy: async () => ({ Component: (await import("../pages/settings/SettingsFrame")).default }),
        children: [
          { index: true, element: <Navigate to="/settings/me" replace /> },
          { path: "people", lazy: async () => ({ Component: (await import("../pages/settings/people/PeoplePage")).default }) },
          { path: "audit", lazy: async () => ({ Component: (await import("../pages/settings/audit/AuditPage")).default }) },
          { path: "me", lazy: async () => ({ Component: (await import("../pages/settings/me/MePage")).default }) },
        ],
      },
      { path: "*", element: <NotFound /> },
    ],
  },
];
