import type { Me } from "../api";
import { useSession } from "../asking/account";

/** A permission, by the names of the server's own list. */
export type Right = Me["permissions"][number];

/**
 * The one rule by which the page offers a deed or leaves it away: who may not do it does not see its
 * button. The server asks again and has the last word. No until it is known who is signed in.
 */
export function useMay(): (right: Right) => boolean {
  const { data } = useSession();
  return (right) => data?.me?.permissions.includes(right) ?? false;
}
