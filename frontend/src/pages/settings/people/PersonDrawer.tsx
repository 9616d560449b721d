import { Alert, Button, Drawer, Popconfirm, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PeopleList, PersonShape, RowsShape } from "../../../api";
import { NARROW, useMedia } from "../../../app/preferences";
import { useSession } from "../../../asking/account";
import { useNewLink, usePersonChange } from "../../../asking/people";
import { Trouble } from "../../../components/Trouble";
import { Once } from "../Once";
import { linkAddress } from "./link";
import { useInstant } from "../../data/useInstant";
import { RowsEditor } from "./RowsEditor";
import { useDateWords } from "./useDateWords";

interface PersonDrawerProps {
  readonly person: PersonShape;
  readonly list: PeopleList;
  readonly onClose: () => void;
}

/** One person: role, rows, a new link, and whether they may come in. */
export function PersonDrawer({ person, list, onClose }: PersonDrawerProps) {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const me = useSession().data?.me;
  const own = me?.login === person.login;
  return (
    <Drawer open onClose={onClose} size={narrow ? "100%" : 520} title={`${person.name} · ${person.login}`}>
      {own ? <Alert type="info" showIcon title={t("people.own")} /> : null}
      {!own && !person.manageable ? <Alert type="info" showIcon title={t("people.beyond")} /> : null}
      {!own && person.manageable ? <Managing person={person} list={list} all={me?.rows.everything ?? false} /> : null}
    </Drawer>
  );
}

interface ManagingProps {
  readonly person: PersonShape;
  readonly list: PeopleList;
  readonly all: boolean;
}

function Managing({ person, list, all }: ManagingProps) {
  const { t } = useTranslation();
  const [role, setRole] = useState(person.role);
  const [rows, setRows] = useState<RowsShape>(person.rows);
  const change = usePersonChange();
  const given = list.roles.find(({ key }) => key === role);
  const changed = role !== person.role || JSON.stringify(rows) !== JSON.stringify(person.rows);
  return (
    <div className="stack">
      <section className="stack" aria-label={t("people.role")}>
        <h2 className="chart-title">{t("people.role")}</h2>
        <Select
          aria-label={t("people.role")}
          value={role}
          options={list.roles.filter(({ key, grantable }) => grantable || key === person.role).map(({ key, name }) => ({ value: key, label: name }))}
          onChange={setRole}
        />
        <p className="muted small">{list.permissions.filter(({ key }) => given?.permissions.includes(key)).map(({ name }) => name).join(" · ")}</p>
      </section>
      <section className="stack" aria-label={t("people.rows")}>
        <h2 className="chart-title">{t("people.rows")}</h2>
        <RowsEditor value={rows} onChange={setRows} dimensions={list.dimensions} mayGiveAll={all} />
      </section>
      {change.error ? <Trouble error={change.error} /> : null}
      <Button
        type="primary"
        disabled={!changed}
        loading={change.isPending}
        onClick={() => {
          change.mutate({ id: person.user_id, ...(role === person.role ? {} : { role }), ...(rows === person.rows ? {} : { rows }) });
        }}
      >
        {t("people.save")}
      </Button>
      <ComingIn person={person} />
    </div>
  );
}

/** How a person comes in: a new link, or no more at all. */
function ComingIn({ person }: { readonly person: PersonShape }) {
  const { t } = useTranslation();
  const link = useNewLink();
  const change = usePersonChange();
  const disabled = person.state === "disabled";
  const dates = useDateWords();
  const instant = useInstant();
  const ends = { okText: t("people.confirm"), cancelText: t("people.cancel") };
  return (
    <section className="stack" aria-label={t("people.comingIn")}>
      <h2 className="chart-title">{t("people.comingIn")}</h2>
      {dates(person).map((each) => (
        <p key={each} className="muted">
          {each}
        </p>
      ))}
      <div className="choices">
        {disabled ? (
          <Button
            loading={change.isPending}
            onClick={() => {
              change.mutate({ id: person.user_id, disabled: false });
            }}
          >
            {t("people.enable")}
          </Button>
        ) : (
          <>
            <Popconfirm
              {...ends}
              title={t("people.linkEnds")}
              onConfirm={() => {
                link.mutate(person.user_id);
              }}
            >
              <Button loading={link.isPending}>{t(person.state === "invited" ? "people.inviteAgain" : "people.resetLink")}</Button>
            </Popconfirm>
            <Popconfirm
              {...ends}
              title={t("people.disableEnds")}
              onConfirm={() => {
                change.mutate({ id: person.user_id, disabled: true });
              }}
            >
              <Button danger loading={change.isPending}>
                {t("people.disable")}
              </Button>
            </Popconfirm>
          </>
        )}
      </div>
      {link.error ?? change.error ? <Trouble error={(link.error ?? change.error) as Error} /> : null}
      {link.data ? <Once title={t("people.linkFor", { name: person.name })} what={`${t("people.handOver")} ${t("people.linkUntil", { when: instant(link.data.until) })}`} secret={linkAddress(link.data.path)} /> : null}
    </section>
  );
}
