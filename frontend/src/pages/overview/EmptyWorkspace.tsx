import { FieldTimeOutlined, InboxOutlined } from "@ant-design/icons";
import { Button, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "../../app/rights";

const COMMANDS = ["stockturn load sales.csv stock.xlsx --mapping mapping.yaml", "stockturn demo"];

/** Nothing loaded yet: the one next step, and the way around it for who has only a sheet. */
export function EmptyWorkspace() {
  const { t } = useTranslation();
  const loads = useMay()("load_data");
  return (
    <section className="card empty">
      <h2>{t("empty.title")}</h2>
      <p>{t("empty.what")}</p>
      <ol>
        <li>
          {t("empty.load")}
          <Typography.Paragraph copyable={{ text: COMMANDS[0] as string }} code className="command">
            {COMMANDS[0]}
          </Typography.Paragraph>
        </li>
        <li>
          {t("empty.demo")}
          <Typography.Paragraph copyable={{ text: COMMANDS[1] as string }} code className="command">
            {COMMANDS[1]}
          </Typography.Paragraph>
        </li>
      </ol>
      {loads ? null : <p className="muted">{t("empty.notYours")}</p>}
      <div className="choices">
        {loads ? (
          <Link to="/data/runs">
            <Button type="primary" size="large" icon={<InboxOutlined />}>
              {t("empty.upload")}
            </Button>
          </Link>
        ) : null}
        <Link to="/quick">
          <Button {...(loads ? {} : { type: "primary" })} size="large" icon={<FieldTimeOutlined />}>
            {t("empty.quick")}
          </Button>
        </Link>
      </div>
    </section>
  );
}
