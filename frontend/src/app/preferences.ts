/** What the reader chose about the page itself; kept in this browser. */

import { useSyncExternalStore } from "react";
import type { Language } from "../numbers/format";

export type Appearance = "system" | "light" | "dark";

export interface Preferences {
  readonly language: Language;
  readonly appearance: Appearance;
}

const KEY = "stockturn.preferences";

function stored(): Partial<Preferences> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    // A browser that forbids storage still gets a page, with defaults.
    return {};
  }
}

function start(): Preferences {
  const kept = stored();
  const asked = new URLSearchParams(window.location.search).get("lang");
  const language = asked === "en" || asked === "zh" ? asked : kept.language;
  return {
    language: language === "en" ? "en" : "zh",
    appearance: kept.appearance === "light" || kept.appearance === "dark" ? kept.appearance : "system",
  };
}

let current: Preferences | null = null;
const listeners = new Set<() => void>();

export function preferences(): Preferences {
  current ??= start();
  return current;
}

export function prefer(change: Partial<Preferences>): void {
  current = { ...preferences(), ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // Storage is full or forbidden: the choice holds until the page is closed.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, preferences);
}

/** Follow a media query, e.g. "(max-width: 991px)". */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = window.matchMedia(query);
      media.addEventListener("change", listener);
      return () => {
        media.removeEventListener("change", listener);
      };
    },
    () => window.matchMedia(query).matches,
  );
}

export const NARROW = "(max-width: 991px)";
export const STILL = "(prefers-reduced-motion: reduce)";
