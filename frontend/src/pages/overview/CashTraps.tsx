import { CopyOutlined, TableOutlined } from "@ant-design/icons";
import { App, Button, Checkbox, Empty, Popover, Table } from "antd";
import type { KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { CashTrap } from "../../api";
import { NARROW, useMedia, usePreferences } from "../../app/preferences";
import { chooseScale, onScale, say } from "../../numbers/format";
import { TrapCards } from "./TrapCards";
import { readKinds, sortTraps, toSheet, trapColumns } from "./traps";
import type { ViewState } from "./useView";

interface CashTrapsProps {
  readonly traps: readonly CashTrap[];
  /** Null where the caller may not see money. */
  readonly total: string | null;
  readonly currency: string;
  readonly state: ViewState;
  readonly onOpen: (measure: string, item: string) => void;
}

/** Items that hold cash without turning: sortable, columns to choose, readable by keyboard. */
export function CashTraps({ traps, total, currency, state, onOpen }: CashTrapsProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { language } = usePreferences();
  const narrow = useMedia(NARROW);
  // By the rows alone: a total thousands of times a row would leave the rows without digits.
  const scale = chooseScale(traps.map(({ value }) => value), "money", currency, language);
  const hidden = new Set(state.query.get("hide")?.split(",") ?? []);
  const sort = state.query.get("sort") ?? "-value";
  const columns = trapColumns({ t, scale, onOpen, sort, traps, kinds: readKinds(state.query.get("kinds")) });
  const shown = columns.filter(({ key }) => !hidden.has(key));
  const rows = sortTraps(traps, sort);
  const copy = () => {
    void navigator.clipboard
      .writeText(toSheet(shown.map(({ key, plainTitle }) => ({ key, title: plainTitle })), rows))
      .then(() => message.success(t("traps.copied", { count: rows.length })));
  };
  const chooser = (
    <Checkbox.Group
      className="stack"
      aria-label={t("traps.columns")}
      value={columns.map(({ key }) => key).filter((key) => !hidden.has(key))}
      options={columns.map(({ key, plainTitle }) => ({ value: key, label: plainTitle, disabled: key === "item" }))}
      onChange={(kept) => {
        const gone = columns.map(({ key }) => key).filter((key) => !kept.includes(key));
        state.put({ hide: gone.join(",") || null });
      }}
    />
  );
  return (
    <section className="card" data-tour="traps" aria-labelledby="traps-title">
      <header className="chart-head">
        <div>
          <h2 className="chart-title" id="traps-title">
            {t("traps.title", { total: say(total, "money", currency, language).text })}
          </h2>
          <p className="muted small">{t("traps.subtitle")}</p>
        </div>
        {narrow ? null : (
          <div className="switches">
            <Button type="text" icon={<CopyOutlined />} aria-label={t("traps.copy")} title={t("traps.copy")} onClick={copy} />
            <Popover trigger="click" placement="bottomRight" title={t("traps.columns")} content={chooser}>
              <Button type="text" icon={<TableOutlined />} aria-label={t("traps.columns")} title={t("traps.columns")} />
            </Popover>
          </div>
        )}
      </header>
      {traps.length === 0 ? (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("traps.none")} />
      ) : narrow ? (
        <TrapCards traps={rows} currency={currency} onOpen={onOpen} />
      ) : (
        <Table<CashTrap>
          size="small"
          rowKey="item"
          columns={shown}
          dataSource={rows}
          pagination={false}
          sticky={{ offsetHeader: 48 }}
          scroll={{ x: 1040 }}
          onChange={(_page, filters, sorter) => {
            const one = Array.isArray(sorter) ? sorter[0] : sorter;
            state.put({
              sort: one?.order ? `${one.order === "descend" ? "-" : ""}${String(one.columnKey)}` : null,
              kinds: filters.category?.length ? JSON.stringify(filters.category) : null,
            });
          }}
          onRow={(row) => ({
            tabIndex: 0,
            "data-testid": "trap-row",
            onKeyDown: (event) => {
              onRowKey(event, () => {
                onOpen("closing_inventory", row.item);
              });
            },
          })}
          summary={() => (
            <Table.Summary>
              <Table.Summary.Row>
                {shown.map(({ key }, index) => (
                  <Table.Summary.Cell key={key} index={index} align={key === "value" ? "right" : "left"}>
                    {index === 0 ? <strong>{t("traps.total")}</strong> : key === "value" ? <strong className="digits">{onScale(total, scale)}</strong> : null}
                  </Table.Summary.Cell>
                ))}
              </Table.Summary.Row>
            </Table.Summary>
          )}
        />
      )}
    </section>
  );
}

/** Arrows walk the rows, Enter opens; keys pressed on a button inside a row are the button's own. */
function onRowKey(event: KeyboardEvent<HTMLElement>, open: () => void) {
  const row = event.currentTarget;
  if (event.target !== row) return;
  const next = event.key === "ArrowDown" ? row.nextElementSibling : event.key === "ArrowUp" ? row.previousElementSibling : null;
  if (next instanceof HTMLElement) next.focus();
  else if (event.key === "Enter") open();
  else return;
  event.preventDefault();
}
