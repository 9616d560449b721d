/** Every question the page asks the server, as hooks; answers are kept and shown while new ones come. */

import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  getLoad,
  getLoads,
  getMembers,
  getMeta,
  getOverview,
  getRun,
  postExplain,
  postQuick,
  postQuickLoad,
  postQuickSheet,
  postRows,
  type GetOverviewData,
  type QueryShape,
  type QuickRequest,
} from "../api";
import type { View } from "../address/view";
import { writeMember } from "../address/view";
import { usePreferences } from "../app/preferences";
import { answered } from "./problem";

const ROWS_A_TIME = 50;
/** Milliseconds between two looks at work that runs. */
const LOOK_AGAIN = 400;

export function useMeta() {
  const { language: lang } = usePreferences();
  return useQuery({
    queryKey: ["meta", lang],
    queryFn: ({ signal }) => answered(getMeta({ query: { lang }, signal })),
    placeholderData: keepPreviousData,
  });
}

function overviewQuery(view: View, lang: "zh" | "en"): GetOverviewData["query"] {
  const { average, basis, days, annualise, yearToDate } = view.basis;
  return {
    lang,
    begin: view.span.begin,
    end: view.span.end,
    grain: view.grain,
    compare: view.compare,
    ...(view.reading ? { reading: view.reading } : {}),
    ...(average ? { average } : {}),
    ...(basis ? { basis } : {}),
    ...(days ? { days } : {}),
    ...(annualise === undefined ? {} : { annualise }),
    ...(yearToDate === undefined ? {} : { year_to_date: yearToDate }),
    ...(view.by ? { by: view.by } : {}),
    ...(view.clock === "company" ? {} : { clock: view.clock }),
    ...(view.where.length ? { where: view.where.map(writeMember) } : {}),
  };
}

export function useOverview(view: View | null) {
  const { language: lang } = usePreferences();
  const query = view ? overviewQuery(view, lang) : undefined;
  return useQuery({
    queryKey: ["overview", query],
    queryFn: ({ signal }) => answered(getOverview({ query, signal })),
    enabled: query !== undefined,
    placeholderData: keepPreviousData,
  });
}

export function useExplanation(query: QueryShape | null, measure: string) {
  const { language: lang } = usePreferences();
  return useQuery({
    queryKey: ["explain", lang, measure, query],
    queryFn: ({ signal }) =>
      answered(postExplain({ body: query as QueryShape, query: { lang, measure }, signal })),
    enabled: query !== null,
    placeholderData: keepPreviousData,
  });
}

export function useSourceRows(query: QueryShape, measure: string) {
  const { language: lang } = usePreferences();
  return useInfiniteQuery({
    queryKey: ["rows", lang, measure, query],
    initialPageParam: 0,
    queryFn: ({ signal, pageParam }) =>
      answered(postRows({ body: query, query: { lang, measure, offset: pageParam, limit: ROWS_A_TIME }, signal })),
    getNextPageParam: (page) => page.next_offset ?? undefined,
  });
}

export function useMembers(dimension: string, search: string, wanted: boolean) {
  const { language: lang } = usePreferences();
  return useQuery({
    queryKey: ["members", lang, dimension, search],
    queryFn: ({ signal }) => answered(getMembers({ query: { dimension, search, lang }, signal })),
    enabled: wanted,
    placeholderData: keepPreviousData,
  });
}

export function useLoads() {
  const { language: lang } = usePreferences();
  return useQuery({
    queryKey: ["loads", lang],
    queryFn: ({ signal }) => answered(getLoads({ query: { lang }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function useLoad(loadNo: number) {
  const { language: lang } = usePreferences();
  return useQuery({
    queryKey: ["load", lang, loadNo],
    queryFn: ({ signal }) => answered(getLoad({ path: { load_no: loadNo }, query: { lang }, signal })),
  });
}

/** The answer for numbers in the address, so that a link or a reload shows it again. */
export function useQuickNumbers(request: QuickRequest | null) {
  const { language: lang } = usePreferences();
  return useQuery({
    queryKey: ["quick", lang, request],
    queryFn: ({ signal }) => answered(postQuick({ body: request as QuickRequest, query: { lang }, signal })),
    enabled: request !== null,
    placeholderData: keepPreviousData,
  });
}

export function useQuickRows() {
  const { language: lang } = usePreferences();
  return useMutation({
    mutationFn: (request: QuickRequest) => answered(postQuick({ body: request, query: { lang } })),
  });
}

/** Make the sheet's rows ledger data; afterwards every answer kept here is of the data before. */
export function useQuickLoad() {
  const { language: lang } = usePreferences();
  const kept = useQueryClient();
  return useMutation({
    mutationFn: async (request: QuickRequest) => {
      let run = await answered(postQuickLoad({ body: request, query: { lang } }));
      while (run.state === "queued" || run.state === "running") {
        await new Promise((resume) => setTimeout(resume, LOOK_AGAIN));
        run = await answered(getRun({ path: { run_id: run.id }, query: { lang } }));
      }
      return run;
    },
    onSuccess: () => kept.invalidateQueries(),
  });
}

export function useQuickSheet() {
  const { language: lang } = usePreferences();
  return useMutation({
    mutationFn: (file: File) => answered(postQuickSheet({ body: { file }, query: { lang } })),
  });
}
