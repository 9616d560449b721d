import { Button, Form, Input, Modal, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { Invitation, PeopleList } from "../../../api";
import { useSession } from "../../../asking/account";
import { useInvite } from "../../../asking/people";
import { Trouble } from "../../../components/Trouble";
import { useInstant } from "../../data/useInstant";
import { Once } from "../Once";
import { linkAddress } from "./link";
import { RowsEditor } from "./RowsEditor";

interface InviteFormProps {
  readonly list: PeopleList;
  readonly onClose: () => void;
}

/** Invite a person; what comes back is a link to hand over, shown this once. */
export function InviteForm({ list, onClose }: InviteFormProps) {
  const { t } = useTranslation();
  const invite = useInvite();
  const instant = useInstant();
  const all = useSession().data?.me?.rows.everything ?? false;
  const required = [{ required: true, message: t("door.required") }];
  return (
    <Modal open title={t("people.invite")} onCancel={onClose} footer={null}>
      {invite.data ? (
        <div className="stack">
          <Once title={t("people.invited", { name: invite.data.person.name })} what={`${t("people.handOver")} ${t("people.linkUntil", { when: instant(invite.data.until) })}`} secret={linkAddress(invite.data.path)} />
          <Button onClick={onClose}>{t("people.done")}</Button>
        </div>
      ) : (
        <Form<Invitation>
          layout="vertical"
          requiredMark={false}
          initialValues={{ rows: { everything: all } }}
          onFinish={(typed) => {
            invite.mutate(typed);
          }}
        >
          <Form.Item name="name" label={t("door.name")} rules={required}>
            <Input maxLength={100} autoComplete="off" autoFocus />
          </Form.Item>
          <Form.Item name="login" label={t("door.login")} rules={required}>
            <Input maxLength={100} autoComplete="off" />
          </Form.Item>
          <Form.Item name="role" label={t("people.role")} rules={required}>
            <Select options={list.roles.filter(({ grantable }) => grantable).map(({ key, name }) => ({ value: key, label: name }))} />
          </Form.Item>
          <Form.Item name="rows" label={t("people.rows")}>
            <RowsEditor dimensions={list.dimensions} mayGiveAll={all} />
          </Form.Item>
          {invite.error ? <Trouble error={invite.error} /> : null}
          <Button type="primary" htmlType="submit" block loading={invite.isPending}>
            {t("people.makeLink")}
          </Button>
        </Form>
      )}
    </Modal>
  );
}
