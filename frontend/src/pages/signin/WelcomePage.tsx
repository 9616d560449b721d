import { Button, Form, Input, Skeleton } from "antd";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useLocation } from "react-router";
import type { LinkShape } from "../../api";
import { useLink, useLinkUse, useSession } from "../../asking/account";
import { Trouble } from "../../components/Trouble";
import { Card } from "./Card";

interface Typed {
  login?: string;
  name?: string;
  password: string;
}

/** What a one-time link opens: set-up of the owner, an invitation, a new password, or the page itself. */
export default function WelcomePage() {
  const { t } = useTranslation();
  const { hash } = useLocation();
  const key = hash.replace(/^#/, "");
  const session = useSession();
  const link = useLink(key);
  if (link.error) {
    // Whoever reloads a used link is in already.
    if (session.data?.me) return <Navigate to="/" replace />;
    return (
      <Card title={t("door.linkTitle")} company={session.data?.company}>
        <Trouble error={link.error} />
        <Link to="/">{t("door.toSignIn")}</Link>
      </Card>
    );
  }
  if (!link.data) return <Skeleton active className="page" />;
  if (link.data.kind === "sign_in") return <Entering linkKey={key} />;
  return <Choosing linkKey={key} kind={link.data.kind} link={link.data} company={session.data?.company} />;
}

function Entering({ linkKey }: { readonly linkKey: string }) {
  const { t } = useTranslation();
  const use = useLinkUse();
  const begun = useRef(false);
  const { mutate } = use;
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    mutate({ key: linkKey });
  }, [mutate, linkKey]);
  if (use.isSuccess) return <Navigate to="/" replace />;
  return (
    <Card title={t("door.entering")}>
      {use.error ? <Trouble error={use.error} /> : <Skeleton active paragraph={{ rows: 2 }} />}
    </Card>
  );
}

interface ChoosingProps {
  readonly linkKey: string;
  readonly kind: Exclude<LinkShape["kind"], "sign_in">;
  readonly link: LinkShape;
  readonly company: string | undefined;
}

function Choosing({ linkKey, kind, link, company }: ChoosingProps) {
  const { t } = useTranslation();
  const use = useLinkUse();
  if (use.isSuccess) return <Navigate to="/" replace />;
  const first = kind === "setup";
  const required = [{ required: true, message: t("door.required") }];
  return (
    <Card title={t(`door.kinds.${kind}`)} company={company}>
      <p className="muted">{first ? t("door.setupWhat") : t("door.forWhom", { name: link.name ?? "", login: link.login ?? "" })}</p>
      <Form<Typed>
        layout="vertical"
        requiredMark={false}
        onFinish={(typed) => {
          use.mutate({ key: linkKey, ...typed });
        }}
      >
        {first ? (
          <>
            <Form.Item name="name" label={t("door.name")} rules={required}>
              <Input autoComplete="name" autoFocus maxLength={100} />
            </Form.Item>
            <Form.Item name="login" label={t("door.login")} rules={required}>
              <Input autoComplete="username" maxLength={100} />
            </Form.Item>
          </>
        ) : (
          <input type="hidden" autoComplete="username" value={link.login ?? ""} readOnly />
        )}
        <Form.Item name="password" label={t("door.newPassword")} extra={t("door.rule")} rules={required}>
          <Input.Password autoComplete="new-password" maxLength={200} />
        </Form.Item>
        {use.error ? <Trouble error={use.error} /> : null}
        <Button type="primary" htmlType="submit" block size="large" loading={use.isPending}>
          {t("door.begin")}
        </Button>
      </Form>
    </Card>
  );
}
