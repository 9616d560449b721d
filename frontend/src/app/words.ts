import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import en from "../locales/en-US.json";
import zh from "../locales/zh-CN.json";
import { preferences } from "./preferences";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "page";
    resources: { page: typeof zh };
  }
}

export function startWords(): void {
  void i18next.use(initReactI18next).init({
    lng: preferences().language,
    fallbackLng: "zh",
    defaultNS: "page",
    resources: { zh: { page: zh }, en: { page: en } },
    interpolation: { escapeValue: false },
  });
}
