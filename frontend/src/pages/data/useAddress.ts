import { useSearchParams } from "react-router";

type Places = Readonly<Record<string, string | null>>;

/** What the page shows, as its address says it: `at` reads a place, `go` sets places and clears those given as null. */
export function useAddress(): { at: (name: string) => string | null; go: (places: Places) => void } {
  const [query, setQuery] = useSearchParams();
  return {
    at: (name) => query.get(name),
    go: (places) => {
      const next = new URLSearchParams(query);
      for (const [name, value] of Object.entries(places)) {
        if (value === null) next.delete(name);
        else next.set(name, value);
      }
      setQuery(next);
    },
  };
}
