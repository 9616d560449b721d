import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { App as AntApp, ConfigProvider } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import dayjs from "dayjs";
import "dayjs/locale/zh-cn";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { createBrowserRouter, RouterProvider } from "react-router";
import { SESSION } from "../asking/account";
import { Unanswered } from "../asking/problem";
import { LookContext } from "./look";
import { applyPalette, DARK, LIGHT } from "./palette";
import { STILL, useMedia, usePreferences } from "./preferences";
import { routes } from "./routes";
import { antdTheme } from "./theme";

const questions: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // A session can end anywhere: the door then asks who is there.
    onError: (error) => {
      if (error instanceof Unanswered && error.code === "sign_in_needed") {
        void questions.invalidateQueries({ queryKey: [SESSION] });
      }
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      // A refusal stays a refusal; only an unreachable server is worth a second try.
      retry: (count, error) => count < 1 && error instanceof Unanswered && error.status === null,
    },
  },
});

function useAppearance() {
  const { appearance } = usePreferences();
  const systemDark = useMedia("(prefers-color-scheme: dark)");
  const still = useMedia(STILL);
  const dark = appearance === "dark" || (appearance === "system" && systemDark);
  const look = useMemo(() => ({ palette: dark ? DARK : LIGHT, dark, still }), [dark, still]);
  useEffect(() => {
    applyPalette(look.palette, dark, document.documentElement);
  }, [look, dark]);
  return look;
}

function useLanguage() {
  const { language } = usePreferences();
  const { i18n } = useTranslation();
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    dayjs.locale(language === "zh" ? "zh-cn" : "en");
    void i18n.changeLanguage(language);
  }, [i18n, language]);
  return language;
}

export function App({ base }: { readonly base: string }) {
  const look = useAppearance();
  const language = useLanguage();
  const router = useMemo(() => createBrowserRouter(routes, { basename: base || "/" }), [base]);
  const theme = useMemo(() => antdTheme(look.palette, look.dark, look.still), [look]);
  return (
    <LookContext value={look}>
      <ConfigProvider theme={theme} locale={language === "zh" ? zhCN : enUS} button={{ autoInsertSpace: false }}>
        <AntApp>
          <QueryClientProvider client={questions}>
            <RouterProvider router={router} />
          </QueryClientProvider>
        </AntApp>
      </ConfigProvider>
    </LookContext>
  );
}
