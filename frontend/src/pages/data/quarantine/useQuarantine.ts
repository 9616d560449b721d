/** Questions about rejected rows that wait, and what settles them. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getQuarantine, getQuarantineRows, postCorrection, postDiscard, postReplay, type PlaceShape } from "../../../api";
import { usePreferences } from "../../../app/preferences";
import { answered } from "../../../asking/problem";

/** Rows of one file of one load that were refused for one reason. */
export interface Chosen {
  readonly load_no: number;
  readonly file_no: number;
  readonly code: string;
}

export function useQuarantine(everything: boolean) {
  const { language: lang } = usePreferences();
  return useQuery({
    queryKey: ["quarantine", lang, everything],
    queryFn: ({ signal }) => answered(getQuarantine({ query: { lang, everything }, signal })),
    placeholderData: keepPreviousData,
  });
}

export const ROWS_SHOWN = 200;

export function useWaitingRows(chosen: Chosen) {
  const { language: lang } = usePreferences();
  return useQuery({
    queryKey: ["quarantine-rows", lang, chosen],
    queryFn: ({ signal }) => answered(getQuarantineRows({ query: { ...chosen, limit: ROWS_SHOWN, lang }, signal })),
  });
}

/** Settling rows books them or takes them away: every figure may move. */
function useSettling<A, R>(settle: (asked: A) => Promise<R>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: settle,
    onSuccess: () => {
      void cache.invalidateQueries();
    },
  });
}

export function useSendBack() {
  const { language: lang } = usePreferences();
  return useSettling((file: File) => answered(postCorrection({ body: { file }, query: { lang } })));
}

export function useReplay(load: number) {
  const { language: lang } = usePreferences();
  return useSettling((mapping: string) => answered(postReplay({ path: { load_no: load }, body: { mapping }, query: { lang } })));
}

export function useDiscard() {
  // The server writes down who is signed in; a name given here is not asked for.
  return useSettling(({ rows, reason }: { rows: PlaceShape[]; reason: string }) => answered(postDiscard({ body: { rows, reason, actor: "" } })));
}

/** Where the workbook of waiting rows is fetched. */
export function bookOf(lang: string, chosen?: Chosen): string {
  const asked = new URLSearchParams({ lang });
  for (const [name, value] of Object.entries(chosen ?? {})) asked.set(name, String(value));
  return `./api/quarantine/download?${asked.toString()}`;
}
