import { UserAddOutlined } from "@ant-design/icons";
import { Button, Skeleton, Table, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import type { PeopleList, PersonShape } from "../../../api";
import { NARROW, useMedia } from "../../../app/preferences";
import { usePeople } from "../../../asking/people";
import { Trouble } from "../../../components/Trouble";
import { useInstant } from "../../data/useInstant";
import { InviteForm } from "./InviteForm";
import { PersonDrawer } from "./PersonDrawer";
import { useDateWords } from "./useDateWords";
import { useRowWords } from "./useRowWords";

const COLOURS = { active: "success", invited: "default", disabled: "warning" } as const;

/** 用户: everybody, what each may do and see, and how they come in. */
export default function PeoplePage() {
  const { t } = useTranslation();
  const [query, setQuery] = useSearchParams();
  const [inviting, setInviting] = useState(false);
  const { data, error, refetch } = usePeople();
  const open = (id: string | null) => {
    const next = new URLSearchParams(query);
    if (id === null) next.delete("person");
    else next.set("person", id);
    setQuery(next);
  };
  if (error) return <Trouble error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton active paragraph={{ rows: 8 }} />;
  const chosen = data.people.find(({ user_id }) => user_id === query.get("person"));
  return (
    <div className="stack">
      <div className="between">
        <p className="muted">{t("people.lead")}</p>
        <Button
          type="primary"
          icon={<UserAddOutlined />}
          onClick={() => {
            setInviting(true);
          }}
        >
          {t("people.invite")}
        </Button>
      </div>
      <Everybody list={data} onOpen={open} />
      {inviting ? (
        <InviteForm
          list={data}
          onClose={() => {
            setInviting(false);
          }}
        />
      ) : null}
      {chosen ? (
        <PersonDrawer
          key={chosen.user_id}
          person={chosen}
          list={data}
          onClose={() => {
            open(null);
          }}
        />
      ) : null}
    </div>
  );
}

interface EverybodyProps {
  readonly list: PeopleList;
  readonly onOpen: (id: string) => void;
}

function Everybody({ list, onOpen }: EverybodyProps) {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const instant = useInstant();
  const rowWords = useRowWords(list.dimensions);
  const role = (person: PersonShape) => list.roles.find(({ key }) => key === person.role)?.name ?? person.role;
  const dates = useDateWords();
  const state = (person: PersonShape) => <Tag color={COLOURS[person.state]}>{t(`people.state.${person.state}`)}</Tag>;
  const ends = (person: PersonShape) =>
    dates(person).map((each) => (
      <div key={each} className="muted small">
        {each}
      </div>
    ));
  const name = (person: PersonShape) => (
    <button
      type="button"
      className="as-link"
      aria-haspopup="dialog"
      onClick={(event) => {
        event.stopPropagation();
        onOpen(person.user_id);
      }}
    >
      {person.name}
    </button>
  );
  if (narrow) {
    return (
      <ul className="cards-list">
        {list.people.map((person) => (
          <li key={person.user_id} className="card stack">
            <span className="between">
              {name(person)}
              {state(person)}
            </span>
            <span className="small muted">
              {person.login} · {role(person)} · {rowWords(person)}
            </span>
            {ends(person)}
          </li>
        ))}
      </ul>
    );
  }
  return (
    <Table<PersonShape>
      className="card flush"
      size="small"
      rowKey="user_id"
      dataSource={list.people}
      pagination={list.people.length > 50 ? { pageSize: 50, showSizeChanger: false } : false}
      columns={[
        { title: t("door.name"), width: 160, render: (_, person) => name(person) },
        { title: t("door.login"), dataIndex: "login", width: 160, ellipsis: true },
        { title: t("people.role"), width: 160, render: (_, person) => role(person) },
        { title: t("people.rows"), ellipsis: true, render: (_, person) => rowWords(person) },
        {
          title: t("people.stateTitle"),
          width: 264,
          render: (_, person) => (
            <>
              {state(person)}
              {ends(person)}
            </>
          ),
        },
        { title: t("people.lastSignIn"), width: 184, render: (_, person) => instant(person.last_sign_in_at) },
      ]}
      onRow={(person) => ({
        className: "can-open",
        onClick: () => {
          onOpen(person.user_id);
        },
      })}
    />
  );
}
