import { Skeleton } from "antd";
import type { ReactNode } from "react";
import { useSession } from "../../asking/account";
import { Trouble } from "../../components/Trouble";
import { SignInPage } from "./SignInPage";

/** Shows what is behind it to whoever is signed in, and the sign-in to everybody else. */
export function Door({ children }: { readonly children: ReactNode }) {
  const session = useSession();
  if (session.error) return <Trouble error={session.error} onRetry={() => void session.refetch()} />;
  if (!session.data) return <Skeleton active className="page" />;
  return session.data.me ? children : <SignInPage state={session.data} />;
}
