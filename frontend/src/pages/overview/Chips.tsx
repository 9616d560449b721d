import { Button, Tag } from "antd";
import { useTranslation } from "react-i18next";
import type { Meta } from "../../api";
import { writeMember } from "../../address/view";
import { type Names, nameMember } from "../../components/naming";
import type { ViewState } from "./useView";

/** What the page is narrowed to; each can be taken away. */
export function Chips({ state, meta, names }: { readonly state: ViewState; readonly meta: Meta; readonly names: Names | undefined }) {
  const { t } = useTranslation();
  const { view, change } = state;
  if (!view.where.length) return null;
  return (
    <div className="chips" role="group" aria-label={t("chips.label")}>
      {view.where.map((each, index) => {
        const name = meta.dimensions.find(({ key }) => key === each.dimension)?.name ?? each.dimension;
        const called = each.member ? nameMember(names, each.dimension, each.member) : t("chips.unassigned");
        return (
          <Tag
            key={writeMember(each)}
            closable={{ "aria-label": t("chips.remove", { name: called }) }}
            onClose={(event) => {
              event.preventDefault();
              change({ where: view.where.filter((_, at) => at !== index) });
            }}
          >
            {name}{each.exclude ? " ≠ " : ": "}
            {called}
          </Tag>
        );
      })}
      <Button
        size="small"
        type="link"
        onClick={() => {
          change({ where: [], by: null });
        }}
      >
        {t("chips.clear")}
      </Button>
    </div>
  );
}
