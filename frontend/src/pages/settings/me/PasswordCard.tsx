import { Alert, Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import type { Me, PasswordChange } from "../../../api";
import { usePasswordChange } from "../../../asking/people";
import { Trouble } from "../../../components/Trouble";

/** A new password for oneself; who came in by a link alone has no present one. */
export function PasswordCard({ me }: { readonly me: Me }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<PasswordChange>();
  const change = usePasswordChange();
  const required = [{ required: true, message: t("door.required") }];
  return (
    <section className="card stack" aria-label={t("me.password")}>
      <h2 className="chart-title">{t("me.password")}</h2>
      <Form<PasswordChange>
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={(typed) => {
          change.mutate(typed, {
            onSuccess: () => {
              form.resetFields();
            },
          });
        }}
      >
        <input type="hidden" autoComplete="username" value={me.login} readOnly />
        {me.has_password ? (
          <Form.Item name="present" label={t("me.present")} rules={required}>
            <Input.Password autoComplete="current-password" maxLength={200} />
          </Form.Item>
        ) : null}
        <Form.Item name="password" label={t("door.newPassword")} extra={t("door.rule")} rules={required}>
          <Input.Password autoComplete="new-password" maxLength={200} />
        </Form.Item>
        {change.error ? <Trouble error={change.error} /> : null}
        {change.isSuccess ? <Alert type="success" showIcon className="spaced" title={t("me.passwordChanged")} /> : null}
        <Button htmlType="submit" loading={change.isPending}>
          {t("me.change")}
        </Button>
      </Form>
    </section>
  );
}
