import { DownloadOutlined, UploadOutlined } from "@ant-design/icons";
import { Alert, Button, Input, Upload } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { QuickRequest } from "../../api";
import { sayCount } from "../../numbers/format";
import { Industry } from "./Industry";
import { readSheet, template } from "./sheet";

interface OneSheetProps {
  readonly busy: boolean;
  readonly onAsk: (request: QuickRequest) => void;
  readonly onFile: (file: File) => void;
}

const COLUMNS = ["month", "category", "opening", "closing", "cogs", "revenue"] as const;

/** Six columns pasted from a spreadsheet, or the file itself. */
export function OneSheet({ busy, onAsk, onFile }: OneSheetProps) {
  const { t } = useTranslation();
  const id = useId();
  const [text, setText] = useState("");
  const [industry, setIndustry] = useState<string | null>(null);
  const sheet = readSheet(text);
  const ready = sheet.rows.length > 0 && sheet.missing.length === 0;
  const save = () => {
    const file = new Blob([template(COLUMNS.map((name) => t(`quick.column.${name}`)))], { type: "text/csv" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = `${t("quick.templateName")}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <div className="stack">
      <div className="field">
        <label htmlFor={`${id}-text`}>{t("quick.paste")}</label>
        <Input.TextArea
          id={`${id}-text`}
          rows={8}
          className="digits"
          placeholder={COLUMNS.map((name) => t(`quick.column.${name}`)).join("\t")}
          value={text}
          aria-describedby={`${id}-read`}
          onChange={(event) => {
            setText(event.target.value);
          }}
        />
        <div id={`${id}-read`} className="muted small" role="status">
          {text ? t("quick.read", { count: sheet.rows.length, shown: sayCount(sheet.rows.length) }) : t("quick.pasteHelp")}
        </div>
      </div>
      {text && sheet.missing.length ? (
        <Alert type="warning" showIcon title={t("quick.missing", { names: sheet.missing.map((name) => t(`quick.column.${name}`)).join(", ") })} />
      ) : null}
      <div className="field">
        <label htmlFor={`${id}-industry`}>{t("quick.field.industry")}</label>
        <Industry id={`${id}-industry`} value={industry} onChange={setIndustry} />
      </div>
      <Button
        type="primary"
        size="large"
        disabled={!ready}
        loading={busy}
        onClick={() => {
          onAsk({ rows: sheet.rows, industry });
        }}
      >
        {t("quick.ask")}
      </Button>
      <div className="choices">
        <Upload
          accept=".xlsx,.xls,.csv"
          maxCount={1}
          showUploadList={false}
          disabled={busy}
          beforeUpload={(file) => {
            onFile(file);
            return false;
          }}
        >
          <Button icon={<UploadOutlined />}>{t("quick.upload")}</Button>
        </Upload>
        <Button icon={<DownloadOutlined />} type="link" onClick={save}>
          {t("quick.template")}
        </Button>
      </div>
    </div>
  );
}
