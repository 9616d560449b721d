import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { getRun, getRuns, type RunShape } from "../../../api";
import { usePreferences } from "../../../app/preferences";
import { answered } from "../../../asking/problem";

const LOOK_MS = 2_000;

export const ENDED: readonly RunShape["state"][] = ["succeeded", "held", "failed", "cancelled", "interrupted"];

export function hasEnded(run: RunShape): boolean {
  return ENDED.includes(run.state);
}

/** The runs, newest first; looked at again and again while one of them is at work. */
export function useRuns(state: RunShape["state"] | null, wanted = true) {
  const { language: lang } = usePreferences();
  return useQuery({
    queryKey: ["runs", lang, state],
    queryFn: ({ signal }) => answered(getRuns({ query: { lang, limit: 100, ...(state ? { state: [state] } : {}) }, signal })),
    enabled: wanted,
    refetchInterval: (query) => (query.state.data?.runs.every(hasEnded) ? false : LOOK_MS),
  });
}

/** One run, followed live until it ends; figures of the pages are asked again after it. */
export function useRun(id: number) {
  const { language: lang } = usePreferences();
  const cache = useQueryClient();
  const found = useQuery({
    queryKey: ["run", lang, id],
    queryFn: ({ signal }) => answered(getRun({ path: { run_id: id }, query: { lang }, signal })),
    // Beside the live stream: a proxy may hold it back.
    refetchInterval: (query) => (query.state.data && hasEnded(query.state.data) ? false : LOOK_MS),
  });
  const live = found.data !== undefined && !hasEnded(found.data);
  useEffect(() => {
    if (!live) return;
    const stream = new EventSource(`./api/runs/${String(id)}/events?lang=${lang}`);
    const take = (event: MessageEvent<string>) => {
      cache.setQueryData(["run", lang, id], JSON.parse(event.data) as RunShape);
    };
    stream.addEventListener("run", take);
    stream.addEventListener("end", (event: MessageEvent<string>) => {
      take(event);
      stream.close();
      void cache.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "run" });
    });
    return () => {
      stream.close();
    };
  }, [cache, id, lang, live]);
  return found;
}
