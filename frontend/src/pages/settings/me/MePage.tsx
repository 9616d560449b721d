import { Button, Skeleton, Tag } from "antd";
import { useTranslation } from "react-i18next";
import type { Profile } from "../../../api";
import { useSignOut } from "../../../asking/account";
import { useEndSession, useMe } from "../../../asking/people";
import { Trouble } from "../../../components/Trouble";
import { useInstant } from "../../data/useInstant";
import { PasswordCard } from "./PasswordCard";
import { TokensCard } from "./TokensCard";

/** 我的账户: password, where one is signed in, and the tokens of one's programs. */
export default function MePage() {
  const { t } = useTranslation();
  const { data, error, refetch } = useMe();
  const signOut = useSignOut();
  if (error) return <Trouble error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton active paragraph={{ rows: 8 }} />;
  const { me } = data;
  return (
    <div className="stack">
      <section className="card between" aria-label={t("settings.parts.me")}>
        <div>
          <strong>{me.name}</strong>
          <div className="muted small">
            {me.login} · {me.role_name}
          </div>
        </div>
        <Button
          loading={signOut.isPending}
          onClick={() => {
            signOut.mutate(undefined);
          }}
        >
          {t("account.signOut")}
        </Button>
      </section>
      <div className="halves">
        <PasswordCard me={me} />
        <Sessions profile={data} />
      </div>
      <TokensCard tokens={data.tokens} />
    </div>
  );
}

function Sessions({ profile }: { readonly profile: Profile }) {
  const { t } = useTranslation();
  const instant = useInstant();
  const end = useEndSession();
  return (
    <section className="card stack" aria-label={t("me.sessions")}>
      <h2 className="chart-title">{t("me.sessions")}</h2>
      {end.error ? <Trouble error={end.error} /> : null}
      <ul className="lines">
        {profile.sessions.map((each) => (
          <li key={each.session_id} className="between">
            <div className="breaks">
              {each.address} {each.present ? <Tag color="success">{t("me.here")}</Tag> : null}
              <div className="muted small">
                {t("me.seen", { when: instant(each.seen_at) })} · {each.agent.slice(0, 80)}
              </div>
            </div>
            {each.present ? null : (
              <Button
                size="small"
                loading={end.isPending && end.variables === each.session_id}
                onClick={() => {
                  end.mutate(each.session_id);
                }}
              >
                {t("me.end")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
