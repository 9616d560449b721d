import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import type { SessionState } from "../../api";
import { useSignIn } from "../../asking/account";
import { Trouble } from "../../components/Trouble";
import { Card } from "./Card";

interface Typed {
  login: string;
  password: string;
}

/** Name and password; where there is no owner yet, how to get the link that makes one. */
export function SignInPage({ state }: { readonly state: SessionState }) {
  const { t } = useTranslation();
  const signIn = useSignIn();
  if (state.setup_needed) {
    return (
      <Card title={t("door.setupTitle")} company={state.company}>
        <p>{t("door.setupWhere")}</p>
      </Card>
    );
  }
  return (
    <Card title={t("door.title")} company={state.company}>
      <Form<Typed>
        layout="vertical"
        requiredMark={false}
        onFinish={(typed) => {
          signIn.mutate(typed);
        }}
      >
        <Form.Item name="login" label={t("door.login")} rules={[{ required: true, message: t("door.required") }]}>
          <Input autoComplete="username" autoFocus maxLength={100} />
        </Form.Item>
        <Form.Item name="password" label={t("door.password")} rules={[{ required: true, message: t("door.required") }]}>
          <Input.Password autoComplete="current-password" maxLength={200} />
        </Form.Item>
        {signIn.error ? <Trouble error={signIn.error} /> : null}
        <Button type="primary" htmlType="submit" block size="large" loading={signIn.isPending}>
          {t("door.enter")}
        </Button>
        <p className="muted small">{t("door.forgotten")}</p>
      </Form>
    </Card>
  );
}
