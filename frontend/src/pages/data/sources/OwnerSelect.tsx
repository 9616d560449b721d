import { Form, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { FeedShape } from "../../../api";
import { Trouble } from "../../../components/Trouble";
import { useFeedOwners } from "./useSources";

/** Who is told when a feed waits: one of the people whom notices reach, or nobody. */
export function OwnerSelect({ now }: { readonly now: FeedShape["owner"] | null }) {
  const { t } = useTranslation();
  const asked = useFeedOwners();
  const owners = asked.data?.owners ?? [];
  const options = owners.map(({ login, name }) => ({ value: login, label: name === login ? name : t("feeds.ownerNamed", { name, login }) }));
  const known = new Set(owners.map(({ login }) => login));
  // Who is told no more is shown by name, and can be chosen no more.
  const gone = now?.login && asked.data && !known.has(now.login) ? [{ value: now.login, label: now.name, disabled: true }] : [];
  const reached = (_: unknown, login: string | undefined) => (!asked.data || !login || known.has(login) ? Promise.resolve() : Promise.reject(new Error(now?.why_not ?? t("feeds.ownerGone"))));
  return (
    <>
      <Form.Item name="owner" label={t("feeds.owner")} extra={t("feeds.ownerHint")} rules={[{ validator: reached }]}>
        <Select showSearch={{ optionFilterProp: "label" }} allowClear loading={asked.isPending} options={[...gone, ...options]} placeholder={t("feeds.ownerNobody")} />
      </Form.Item>
      {asked.error ? <Trouble error={asked.error} /> : null}
    </>
  );
}
