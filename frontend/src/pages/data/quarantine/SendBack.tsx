import { FileExcelOutlined } from "@ant-design/icons";
import { Alert, Spin, Upload } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { SentShape } from "../../../api";
import { Trouble } from "../../../components/Trouble";
import { sayCount } from "../../../numbers/format";
import { useSendBack } from "./useQuarantine";

/** Drop a corrected workbook: what was changed is read again and booked. */
export function SendBack() {
  const { t } = useTranslation();
  const send = useSendBack();
  return (
    <section className="card stack" aria-label={t("quarantine.back.title")}>
      <h2 className="chart-title">{t("quarantine.back.title")}</h2>
      <Upload.Dragger
        accept=".xlsx"
        maxCount={1}
        showUploadList={false}
        disabled={send.isPending}
        beforeUpload={(file) => {
          send.mutate(file);
          return false;
        }}
      >
        {send.isPending ? <Spin /> : <FileExcelOutlined aria-hidden="true" className="drop-icon" />}
        <p>{t("quarantine.back.drop")}</p>
        <p className="muted small">{t("quarantine.back.how")}</p>
      </Upload.Dragger>
      {send.error ? <Trouble error={send.error} /> : null}
      {send.data ? <Sent sent={send.data} /> : null}
    </section>
  );
}

function Sent({ sent }: { readonly sent: SentShape }) {
  const { t } = useTranslation();
  const counts = { rows: sayCount(sent.rows), loaded: sayCount(sent.loaded), wrong: sayCount(sent.still_wrong), unchanged: sayCount(sent.unchanged), before: sayCount(sent.settled_before) };
  const loads = sent.loads.map((load) => load.load_no).filter((no) => no !== null);
  // A load without a number was held: nothing of it is booked, and it says why.
  const held = sent.loads.filter((load) => load.load_no === null);
  return (
    <Alert
      type={sent.still_wrong || held.length ? "warning" : "success"}
      showIcon
      data-testid="sent"
      title={sent.message}
      description={
        <>
          <div className="digits">{t("quarantine.back.sum", counts)}</div>
          {held.map((load) => (
            <div key={load.message}>{load.message}</div>
          ))}
          {loads.map((no) => (
            <div key={no}>
              <Link to={`/data/loads?load=${String(no)}`}>{t("load.number", { no })}</Link>
            </div>
          ))}
        </>
      }
    />
  );
}
