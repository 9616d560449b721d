import { useSearchParams } from "react-router";
import { today } from "../../address/days";
import { anchorDay } from "../../address/periods";
import { readView, type View, writeView } from "../../address/view";

/** The view in the address, and the one way to change it: every change is a step one can go back. */
export function useView(dataAsOf: string | null | undefined) {
  const [query, setQuery] = useSearchParams();
  const anchor = anchorDay(dataAsOf, today());
  const view = readView(query, anchor);
  return {
    view,
    anchor,
    query,
    change: (part: Partial<View>) => {
      setQuery(writeView(query, part));
    },
    put: (values: Record<string, string | null>) => {
      const next = new URLSearchParams(query);
      for (const [name, value] of Object.entries(values)) {
        if (value === null) next.delete(name);
        else next.set(name, value);
      }
      setQuery(next);
    },
  };
}

export type ViewState = ReturnType<typeof useView>;
