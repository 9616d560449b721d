/** Who is signed in, coming in and going out. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { deleteSession, getSession, postLook, postSession, postUse, type LinkUse, type SessionState, type SignIn } from "../api";
import { usePreferences } from "../app/preferences";
import { answered } from "./problem";

export const SESSION = "session";
const LINK = "link";

export function useSession() {
  const { language: lang } = usePreferences();
  return useQuery({
    queryKey: [SESSION, lang],
    queryFn: ({ signal }) => answered(getSession({ query: { lang }, signal })),
    staleTime: Infinity,
  });
}

/** After coming in or going out nothing that was asked before may be shown any more. */
function useEntering<T>(ask: (given: T, lang: "zh" | "en") => Promise<SessionState>) {
  const { language: lang } = usePreferences();
  const kept = useQueryClient();
  return useMutation({
    mutationFn: (given: T) => ask(given, lang),
    onSuccess: (state) => {
      // A link that was used is not looked at again: it is gone.
      kept.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION && queryKey[0] !== LINK });
      kept.setQueriesData({ queryKey: [SESSION] }, state);
      kept.setQueryData([SESSION, lang], state);
    },
  });
}

export function useSignIn() {
  return useEntering((body: SignIn, lang) => answered(postSession({ body, query: { lang } })));
}

export function useSignOut() {
  return useEntering((_: undefined, lang) => answered(deleteSession({ query: { lang } as never })));
}

export function useLink(key: string) {
  const { language: lang } = usePreferences();
  return useQuery({
    queryKey: [LINK, key, lang],
    queryFn: ({ signal }) => answered(postLook({ body: { key }, query: { lang } as never, signal })),
    retry: false,
    staleTime: Infinity,
  });
}

export function useLinkUse() {
  return useEntering((body: LinkUse, lang) => answered(postUse({ body, query: { lang } })));
}
