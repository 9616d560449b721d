/** Managing people, the audit and one's own account, as hooks. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  deleteOwnSession,
  deleteToken,
  getAudit,
  getMe,
  getPeople,
  patchPerson,
  postPassword,
  postPerson,
  postPersonLink,
  postToken,
  type GetAuditData,
  type Invitation,
  type PasswordChange,
  type PersonChange,
  type Profile,
  type TokenWish,
} from "../api";
import { usePreferences } from "../app/preferences";
import { answered } from "./problem";

const PEOPLE = "people";
const AUDIT = "audit";
const ME = "me";

export function usePeople() {
  const { language: lang } = usePreferences();
  return useQuery({
    queryKey: [PEOPLE, lang],
    queryFn: ({ signal }) => answered(getPeople({ query: { lang }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** Whatever changes a person also adds a line to the audit. */
function usePeopleChange<T, R>(change: (given: T, lang: "zh" | "en") => Promise<R>) {
  const { language: lang } = usePreferences();
  const kept = useQueryClient();
  return useMutation({
    mutationFn: (given: T) => change(given, lang),
    onSettled: () => Promise.all([kept.invalidateQueries({ queryKey: [PEOPLE] }), kept.invalidateQueries({ queryKey: [AUDIT] })]),
  });
}

export function useInvite() {
  return usePeopleChange((body: Invitation, lang) => answered(postPerson({ body, query: { lang } as never })));
}

export function usePersonChange() {
  return usePeopleChange(({ id, ...body }: PersonChange & { id: string }, lang) => answered(patchPerson({ path: { user_id: id }, body, query: { lang } as never })));
}

export function useNewLink() {
  return usePeopleChange((id: string, lang) => answered(postPersonLink({ path: { user_id: id }, query: { lang } as never })));
}

export type AuditQuestion = Omit<NonNullable<GetAuditData["query"]>, "lang">;

export function useAudit(question: AuditQuestion) {
  const { language: lang } = usePreferences();
  return useQuery({
    queryKey: [AUDIT, lang, question],
    queryFn: ({ signal }) => answered(getAudit({ query: { ...question, lang }, signal })),
    placeholderData: keepPreviousData,
    // Somebody else may have done something since.
    staleTime: 0,
  });
}

export function useMe() {
  const { language: lang } = usePreferences();
  return useQuery({
    queryKey: [ME, lang],
    queryFn: ({ signal }) => answered(getMe({ query: { lang }, signal })),
  });
}

/** Each change of one's own account answers with the account as it is then. */
function useOwnChange<T>(change: (given: T, lang: "zh" | "en") => Promise<Profile>) {
  const { language: lang } = usePreferences();
  const kept = useQueryClient();
  return useMutation({
    mutationFn: (given: T) => change(given, lang),
    onSuccess: (profile) => {
      kept.setQueryData([ME, lang], profile);
    },
  });
}

export function usePasswordChange() {
  return useOwnChange((body: PasswordChange, lang) => answered(postPassword({ body, query: { lang } })));
}

export function useEndSession() {
  return useOwnChange((id: string, lang) => answered(deleteOwnSession({ path: { session_id: id }, query: { lang } })));
}

export function useRevokeToken() {
  return useOwnChange((id: string, lang) => answered(deleteToken({ path: { token_id: id }, query: { lang } })));
}

export function useNewToken() {
  const { language: lang } = usePreferences();
  const kept = useQueryClient();
  return useMutation({
    mutationFn: (body: TokenWish) => answered(postToken({ body, query: { lang } as never })),
    onSuccess: () => kept.invalidateQueries({ queryKey: [ME] }),
  });
}
