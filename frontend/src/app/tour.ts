/** Whether the tour is open: shared by the button in the bar and the page that shows it. */

import { useSyncExternalStore } from "react";

const KEY = "stockturn.tour";
let open = false;
const listeners = new Set<() => void>();

function tell(): void {
  for (const listener of listeners) listener();
}

export function openTour(): void {
  open = true;
  tell();
}

/** Close it, and remember on this browser that it was seen. */
export function closeTour(): void {
  open = false;
  try {
    localStorage.setItem(KEY, "seen");
  } catch {
    // Without storage the tour is offered again next time.
  }
  tell();
}

export function tourWasSeen(): boolean {
  try {
    return localStorage.getItem(KEY) === "seen";
  } catch {
    return false;
  }
}

export function useTourOpen(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => open,
  );
}
