/** Questions about sources and feeds, and what changes them. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  deleteFeed,
  deleteSchedule,
  deleteSource,
  getFeedOwners,
  getFeeds,
  getSchedules,
  getSourceColumns,
  getSourceKinds,
  getSourcePreview,
  getSources,
  getSourceTables,
  patchSchedule,
  postFeed,
  postFeedAgree,
  postFeedRun,
  postNoticesRead,
  postKeptSourceTest,
  postSchedule,
  postSource,
  postSourceTest,
  postSuggestPreview,
  putFeed,
  putSource,
  type FeedShape,
  type NewFeed,
  type NewSchedule,
  type NewSource,
  type PlanShape,
  type RunShape,
  type ScheduleShape,
} from "../../../api";
import { usePreferences } from "../../../app/preferences";
import { answered } from "../../../asking/problem";
import type { Language } from "../../../numbers/format";
import { useRuns } from "../runs/useRun";

function useLang() {
  return usePreferences().language;
}

export function useSourceKinds() {
  const lang = useLang();
  return useQuery({ queryKey: ["source-kinds", lang], queryFn: ({ signal }) => answered(getSourceKinds({ query: { lang }, signal })), staleTime: Infinity });
}

export function useSources() {
  return useQuery({ queryKey: ["sources"], queryFn: ({ signal }) => answered(getSources({ signal })) });
}

export function useFeeds(may = true) {
  const lang = useLang();
  return useQuery({ queryKey: ["feeds", lang], queryFn: ({ signal }) => answered(getFeeds({ query: { lang }, signal })), enabled: may });
}

/** Who can own a feed; asked by who may change feeds alone. */
export function useFeedOwners() {
  return useQuery({ queryKey: ["feed-owners"], queryFn: ({ signal }) => answered(getFeedOwners({ signal })) });
}

export function useSchedules() {
  return useQuery({ queryKey: ["schedules"], queryFn: ({ signal }) => answered(getSchedules({ signal })) });
}

/** When a feed runs: null by hand, undefined while that is asked. */
export function useScheduleOf(feed: string | null): ScheduleShape | null | undefined {
  const { data } = useSchedules();
  if (feed === null) return null;
  return data && (data.schedules.find((each) => each.kind === "feed" && each.params["feed"] === feed) ?? null);
}

/** The newest run of a feed; looked at again while one is at work. */
export function useLastRun(feed: string): RunShape | undefined {
  return useRuns(null).data?.runs.find((run) => run.kind === "feed" && run.subject === feed);
}

export function modeOf(plan: PlanShape) {
  return plan.mode ?? "full";
}

export function useTables(source: string) {
  return useQuery({ queryKey: ["tables", source], queryFn: ({ signal }) => answered(getSourceTables({ path: { name: source }, signal })) });
}

export function useColumns(source: string, what: string) {
  const lang = useLang();
  return useQuery({
    queryKey: ["columns", lang, source, what],
    queryFn: ({ signal }) => answered(getSourceColumns({ path: { name: source }, query: { what, lang }, signal })),
    enabled: what !== "",
  });
}

export function usePreview(source: string, what: string) {
  return useQuery({
    queryKey: ["preview", source, what],
    queryFn: ({ signal }) => answered(getSourcePreview({ path: { name: source }, query: { what, rows: 20 }, signal })),
    enabled: what !== "",
    placeholderData: keepPreviousData,
  });
}

/** What the columns of a source's table seem to be, by its first rows. */
export async function suggestFor(source: string, what: string, lang: Language) {
  const { columns, rows } = await answered(getSourcePreview({ path: { name: source }, query: { what, rows: 200 } }));
  // A mapping knows files by their name: the table's, without its schema.
  const name = what.split(".").at(-1) ?? what;
  return answered(postSuggestPreview({ body: { name, headers: columns, rows }, query: { lang } }));
}

/** Something that changes sources, feeds or schedules: the lists are asked again after it. */
function useChange<A, R>(change: (asked: A) => Promise<R>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => {
      for (const list of ["sources", "feeds", "schedules", "runs", "tables", "columns"]) void cache.invalidateQueries({ queryKey: [list] });
    },
  });
}

export function useTrySource() {
  const lang = useLang();
  return useMutation({
    mutationFn: ({ kind, form }: Omit<NewSource, "name">) => answered(postSourceTest({ body: { kind, form }, query: { lang } })),
  });
}

export function useTryKept() {
  const lang = useLang();
  return useMutation({ mutationFn: (name: string) => answered(postKeptSourceTest({ path: { name }, query: { lang } })) });
}

/** Keep a new source, or replace the form of one there is. */
export function useKeepSource(existing: string | null) {
  return useChange(({ name, kind, form }: NewSource) =>
    existing === null
      ? answered(postSource({ body: { name, kind, form } }))
      : answered(putSource({ path: { name: existing }, body: { form } })),
  );
}

export function useRemoveSource() {
  return useChange((name: string) => deleteSource({ path: { name }, throwOnError: false }).then(gone));
}

export function useRemoveFeed() {
  return useChange((name: string) => deleteFeed({ path: { name }, throwOnError: false }).then(gone));
}

/** An answer without content is one too. */
async function gone(reply: { error?: unknown; response?: Response | undefined }): Promise<true> {
  return answered<true>(Promise.resolve({ ...reply, data: true }));
}

export interface KeptFeed extends NewFeed {
  /** Null runs it by hand alone; undefined leaves its schedule as it is. */
  readonly trigger: NewSchedule["trigger"] | null | undefined;
}

/** Keep a feed (a new version of its plan where it exists) and when it runs; without a trigger it runs by hand. */
export function useKeepFeed(existing: boolean, schedule: ScheduleShape | null) {
  const lang = useLang();
  return useChange(async ({ trigger, ...feed }: KeptFeed) => {
    const kept = existing
      ? await answered(putFeed({ path: { name: feed.name }, body: feed.plan, query: { lang } }))
      : await answered(postFeed({ body: feed, query: { lang } }));
    if (trigger === undefined) return kept;
    if (schedule) {
      const path = { schedule_id: schedule.id };
      if (trigger) await answered(patchSchedule({ path, body: { trigger } }));
      else await deleteSchedule({ path, throwOnError: false }).then(gone);
    } else if (trigger) {
      await answered(postSchedule({ body: { name: feed.name, kind: "feed", params: { feed: feed.name, subject: feed.name }, trigger } }));
    }
    return kept;
  });
}

export function useRunFeed() {
  const lang = useLang();
  return useChange(({ name, trial }: { name: string; trial: boolean }) =>
    answered(postFeedRun({ path: { name }, query: { trial, lang } })),
  );
}

export function useAgree() {
  const lang = useLang();
  return useChange((name: string) => answered(postFeedAgree({ path: { name }, query: { lang } })));
}

/** Take the notices of a feed as read, up to the last one that was shown. */
export function useReadNotices() {
  const lang = useLang();
  return useChange((feed: FeedShape) => answered(postNoticesRead({ path: { name: feed.name }, query: { upto: Math.max(...feed.notices.map(({ id }) => id)), lang } })));
}

export const NEW_PLAN: PlanShape = {
  what: "",
  mapping: "",
  file_name: "",
  columns: [],
  where: [],
  mode: "full",
  column: "",
  overlap: null,
  key: [],
  deleted: "",
  drift: "freeze",
  drift_columns: {},
  owner: "",
};
