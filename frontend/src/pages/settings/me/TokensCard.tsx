import { Button, Form, Input, Popconfirm, Select, Tag } from "antd";
import { useTranslation } from "react-i18next";
import type { TokenShape, TokenWish } from "../../../api";
import { useNewToken, useRevokeToken } from "../../../asking/people";
import { Trouble } from "../../../components/Trouble";
import { useInstant } from "../../data/useInstant";
import { Once } from "../Once";

const VERBS = ["read", "load", "manage"] as const;
const DAYS = [30, 90, 180, 366] as const;

/** Tokens: a program acts as the person, narrowed to what the token is for. */
export function TokensCard({ tokens }: { readonly tokens: readonly TokenShape[] }) {
  const { t } = useTranslation();
  const made = useNewToken();
  const revoke = useRevokeToken();
  return (
    <section className="card stack" aria-label={t("me.tokens")}>
      <h2 className="chart-title">{t("me.tokens")}</h2>
      <p className="muted small">{t("me.tokensLead")}</p>
      <NewToken making={made} />
      {made.error ? <Trouble error={made.error} /> : null}
      {made.data ? <Once title={t("me.tokenMade", { name: made.data.token.name })} what={t("me.tokenOnce")} secret={made.data.key} /> : null}
      {revoke.error ? <Trouble error={revoke.error} /> : null}
      <ul className="lines">
        {tokens.map((token) => (
          <li key={token.token_id} className="between">
            <Described token={token} />
            {token.state === "active" ? (
              <Popconfirm
                title={t("me.revokeEnds")}
                okText={t("people.confirm")}
                cancelText={t("people.cancel")}
                onConfirm={() => {
                  revoke.mutate(token.token_id);
                }}
              >
                <Button size="small" danger aria-label={t("me.revokeNamed", { name: token.name })}>
                  {t("me.revoke")}
                </Button>
              </Popconfirm>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

function NewToken({ making }: { readonly making: ReturnType<typeof useNewToken> }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<TokenWish>();
  return (
    <Form<TokenWish>
      form={form}
      layout="inline"
      requiredMark={false}
      className="inline-form"
      initialValues={{ verbs: "read", days: 90 }}
      onFinish={(wish) => {
        making.mutate(wish, {
          onSuccess: () => {
            form.resetFields();
          },
        });
      }}
    >
      <Form.Item name="name" label={t("me.tokenName")} rules={[{ required: true, message: t("door.required") }]}>
        <Input maxLength={100} autoComplete="off" />
      </Form.Item>
      <Form.Item name="verbs" label={t("me.tokenFor")}>
        <Select className="filter-input" options={VERBS.map((value) => ({ value, label: t(`me.verbs.${value}`) }))} />
      </Form.Item>
      <Form.Item name="days" label={t("me.tokenDays")}>
        <Select className="filter-input" options={DAYS.map((value) => ({ value, label: t("me.days", { shown: value }) }))} />
      </Form.Item>
      <Button htmlType="submit" loading={making.isPending}>
        {t("me.makeToken")}
      </Button>
    </Form>
  );
}

function Described({ token }: { readonly token: TokenShape }) {
  const { t } = useTranslation();
  const instant = useInstant();
  return (
    <div>
      {token.name} <Tag color={token.state === "active" ? "success" : "default"}>{t(`me.tokenState.${token.state}`)}</Tag>
      <div className="muted small">
        {[
          t(`me.verbs.${token.verbs}`),
          t("me.until", { when: instant(token.expires_at) }),
          token.used_at ? t("me.used", { when: instant(token.used_at) }) : t("me.neverUsed"),
        ].join(" · ")}
      </div>
    </div>
  );
}
