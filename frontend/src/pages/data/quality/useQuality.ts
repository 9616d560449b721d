/** Questions about quality rules and what they found. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { deleteQualityRule, getQuality, getQualityRules, getQualityTables, getQualityTrend, postQualityRule, type RuleShape } from "../../../api";
import { usePreferences } from "../../../app/preferences";
import { answered } from "../../../asking/problem";

export function useQuality() {
  const { language: lang } = usePreferences();
  return useQuery({
    queryKey: ["quality", lang],
    queryFn: ({ signal }) => answered(getQuality({ query: { lang }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function useRules() {
  return useQuery({ queryKey: ["quality-rules"], queryFn: ({ signal }) => answered(getQualityRules({ signal })) });
}

export function useTrend(rule: string) {
  const { language: lang } = usePreferences();
  return useQuery({ queryKey: ["quality-trend", lang, rule], queryFn: ({ signal }) => answered(getQualityTrend({ query: { rule, lang, loads: 30 }, signal })) });
}

export function useRuleTables() {
  return useQuery({ queryKey: ["quality-tables"], queryFn: ({ signal }) => answered(getQualityTables({ signal })), staleTime: Infinity });
}

function useChange<A, R>(change: (asked: A) => Promise<R>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => cache.invalidateQueries({ queryKey: ["quality-rules"] }),
  });
}

/** Keep a rule as the next version of its key; it is in force from the next load on. */
export function useKeepRule() {
  return useChange((rule: RuleShape) => answered(postQualityRule({ body: rule })));
}

export function useSwitchOff() {
  return useChange(async (key: string) => {
    const reply = await deleteQualityRule({ path: { key }, throwOnError: false });
    return answered<true>(Promise.resolve({ ...reply, data: true }));
  });
}
