import { SearchOutlined } from "@ant-design/icons";
import { Button, Input, Modal } from "antd";
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { writeMember } from "../address/view";
import { useMembers, useMeta } from "../asking/questions";
import { usePages } from "./pages";

interface Found {
  readonly id: string;
  readonly kind: string;
  readonly label: string;
  readonly detail?: string | undefined;
  readonly go: () => void;
}

const AT_MOST = 6;

function fits(search: string, ...texts: (string | null | undefined)[]): boolean {
  return texts.some((each) => each?.toLocaleLowerCase().includes(search.toLocaleLowerCase()));
}

/** Pages, measures, items and categories that fit the search, in that order. */
function useFound(search: string, open: boolean, close: () => void): Found[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [query] = useSearchParams();
  const meta = useMeta();
  const pages = usePages();
  const wanted = open && search.trim().length > 0;
  const items = useMembers("item", search.trim(), wanted);
  const categories = useMembers("category", search.trim(), wanted);
  const to = (address: string) => () => {
    close();
    void navigate(address);
  };
  const narrowed = (dimension: string, member: string) => {
    const next = new URLSearchParams(query);
    next.delete("where");
    next.append("where", writeMember({ dimension, member }));
    const below = meta.data?.dimensions.find(({ key }) => key === dimension)?.drill_to;
    if (below) next.set("by", below);
    return `/?${next.toString()}`;
  };
  const members = (dimension: "item" | "category", found: typeof items) =>
    (wanted ? (found.data?.members ?? []) : []).slice(0, AT_MOST).map(({ member, name }) => ({
      id: `${dimension}-${member}`,
      kind: t(`finder.${dimension}`),
      label: name ?? member,
      detail: name && name !== member ? member : undefined,
      go: to(narrowed(dimension, member)),
    }));
  return [
    ...pages.filter(({ key }) => fits(search, t(`pages.${key}`), key)).map(({ key, path }) => ({
      id: `page-${key}`,
      kind: t("finder.page"),
      label: t(`pages.${key}`),
      go: to(path),
    })),
    ...(meta.data?.measures ?? [])
      .filter(({ key, name }) => fits(search, key, name))
      .slice(0, wanted ? AT_MOST : 4)
      .map(({ key, name }) => ({ id: `measure-${key}`, kind: t("finder.measure"), label: name, detail: key, go: to(`/?card=${key}`) })),
    ...members("category", categories),
    ...members("item", items),
  ];
}

/** Ctrl or Cmd with K: go anywhere by typing. */
export function Finder() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const list = useId();
  const close = () => {
    setOpen(false);
    setText("");
    setAt(0);
  };
  const found = useFound(useDeferredValue(text), open, close);
  const chosen = found[Math.min(at, found.length - 1)];

  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setOpen((was) => !was);
      }
    };
    window.addEventListener("keydown", listen);
    return () => {
      window.removeEventListener("keydown", listen);
    };
  }, []);

  const onKey = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter") chosen?.go();
    else return;
    event.preventDefault();
  };

  return (
    <>
      <Button
        className="finder-button hit"
        icon={<SearchOutlined />}
        aria-label={t("finder.open")}
        data-tour="finder"
        onClick={() => {
          setOpen(true);
        }}
      >
        <span className="finder-words">
          {t("finder.hint")} <kbd>Ctrl K</kbd>
        </span>
      </Button>
      <Modal open={open} onCancel={close} footer={null} closable={false} title={<span className="sr-only">{t("finder.open")}</span>} destroyOnHidden styles={{ container: { padding: 8 }, header: { margin: 0 } }}>
        <Input
          autoFocus
          size="large"
          variant="borderless"
          prefix={<SearchOutlined />}
          placeholder={t("finder.placeholder")}
          role="combobox"
          aria-label={t("finder.placeholder")}
          aria-expanded={found.length > 0}
          aria-controls={list}
          aria-activedescendant={chosen ? `${list}-${chosen.id}` : undefined}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKey}
        />
        <ul id={list} role="listbox" aria-label={t("finder.results")} className="found">
          {found.map((each) => (
            <li
              key={each.id}
              id={`${list}-${each.id}`}
              role="option"
              aria-selected={each === chosen}
              onMouseMove={() => {
                setAt(found.indexOf(each));
              }}
              onClick={each.go}
            >
              <span>{each.label}</span>
              {each.detail ? <span className="muted small">{each.detail}</span> : null}
              <span className="muted small kind">{each.kind}</span>
            </li>
          ))}
        </ul>
        {found.length ? null : (
          <p className="muted" role="status" style={{ padding: "8px 12px", margin: 0 }}>
            {t("finder.nothing")}
          </p>
        )}
      </Modal>
    </>
  );
}
