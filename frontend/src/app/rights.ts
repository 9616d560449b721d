import { useSession } from "../asking/account";

/** What the page asks for before it offers a deed; the server asks again and has the last word. */
export type Right = "load_data" | "manage_sources" | "manage_quality" | "correct_quarantine" | "manage_jobs" | "close_periods";

/** Say whether the role of who is signed in may do something; no until that is known. */
export function useMay(): (right: Right) => boolean {
  const { data } = useSession();
  return (right) => data?.me?.permissions.includes(right) ?? false;
}
