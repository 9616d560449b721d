import { Button, Input, InputNumber } from "antd";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { readDecimal } from "../../numbers/decimal";
import { Industry } from "./Industry";
import { type NumberName, NUMBERS, writeNumbers, YEAR } from "./numbers";
import { cleanAmount } from "./sheet";

/** Opening, closing, cost and revenue of a period; asking writes them into the address. */
export function FourNumbers({ busy }: { readonly busy: boolean }) {
  const { t } = useTranslation();
  const id = useId();
  const [query, setQuery] = useSearchParams();
  const [typed, setTyped] = useState(() => Object.fromEntries(NUMBERS.map((name) => [name, query.get(name) ?? ""])) as Record<NumberName, string>);
  const [days, setDays] = useState(Number(query.get("days")) || YEAR);
  const [industry, setIndustry] = useState(query.get("industry"));
  const [tried, setTried] = useState(false);

  const wrong = (name: NumberName): string | null => {
    const text = cleanAmount(typed[name]);
    if (!text) return name === "revenue" ? null : t("quick.needed");
    return readDecimal(text) === null ? t("quick.notNumber") : null;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    const bad = NUMBERS.find((name) => wrong(name) !== null);
    if (bad) {
      document.getElementById(`${id}-${bad}`)?.focus();
      return;
    }
    const clean = Object.fromEntries(NUMBERS.map((name) => [name, cleanAmount(typed[name])])) as Record<NumberName, string>;
    setQuery(writeNumbers(query, clean, days, industry));
  };

  return (
    <form className="stack" noValidate onSubmit={submit}>
      {NUMBERS.map((name) => {
        const problem = tried ? wrong(name) : null;
        return (
          <div key={name} className="field">
            <label htmlFor={`${id}-${name}`}>
              {t(`quick.field.${name}`)}
              {name === "revenue" ? <span className="muted small"> {t("quick.optional")}</span> : null}
            </label>
            <Input
              id={`${id}-${name}`}
              inputMode="decimal"
              autoComplete="off"
              className="digits"
              value={typed[name]}
              status={problem ? "error" : ""}
              aria-invalid={problem !== null}
              aria-describedby={`${id}-${name}-help`}
              onChange={(event) => {
                setTyped({ ...typed, [name]: event.target.value });
              }}
            />
            <div id={`${id}-${name}-help`} className={problem ? "small bad" : "muted small"}>
              {problem ?? t(`quick.help.${name}`)}
            </div>
          </div>
        );
      })}
      <div className="field-pair">
        <div className="field">
          <label htmlFor={`${id}-days`}>{t("quick.field.days")}</label>
          <InputNumber
            id={`${id}-days`}
            min={1}
            max={3660}
            precision={0}
            value={days}
            onChange={(value) => {
              setDays(value ?? YEAR);
            }}
          />
        </div>
        <div className="field">
          <label htmlFor={`${id}-industry`}>{t("quick.field.industry")}</label>
          <Industry id={`${id}-industry`} value={industry} onChange={setIndustry} />
        </div>
      </div>
      <Button type="primary" size="large" htmlType="submit" loading={busy}>
        {t("quick.ask")}
      </Button>
    </form>
  );
}
