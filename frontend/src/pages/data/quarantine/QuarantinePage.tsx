import { DownloadOutlined, InboxOutlined } from "@ant-design/icons";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Empty, Table, Upload } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type GroupShape, getQuarantine, postCorrection } from "../../../api";
import { NARROW, useMedia, usePreferences } from "../../../app/preferences";
import { answered } from "../../../asking/problem";
import { Trouble } from "../../../components/Trouble";
import { sayCount } from "../../../numbers/format";

/** 隔离区: rejected rows wait here; download, correct, send back. */
export default function QuarantinePage() {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const { language: lang } = usePreferences();
  const cache = useQueryClient();
  const { data, error, refetch, isPending } = useQuery({
    queryKey: ["quarantine", lang],
    queryFn: ({ signal }) => answered(getQuarantine({ query: { lang }, signal })),
    placeholderData: keepPreviousData,
  });
  const send = useMutation({
    mutationFn: (file: File) => answered(postCorrection({ body: { file }, query: { lang } })),
    onSuccess: () => cache.invalidateQueries(),
  });
  const book = (group?: GroupShape) => {
    const chosen = new URLSearchParams({ lang, ...(group ? { load_no: String(group.load_no), file_no: String(group.file_no), code: group.code } : {}) });
    return `./api/quarantine/download?${chosen.toString()}`;
  };
  const groups = data?.groups ?? [];
  const key = (group: GroupShape) => `${String(group.load_no)}-${String(group.file_no)}-${group.code}`;
  const download = (group: GroupShape) => (
    <Button size="small" icon={<DownloadOutlined />} href={book(group)} download>
      {t("quarantine.download")}
    </Button>
  );
  return (
    <>
      <p className="muted lead">{t("quarantine.lead")}</p>
      {error ? <Trouble error={error} onRetry={() => void refetch()} /> : null}
      {data ? (
        <section className="card stack spaced" aria-label={t("quarantine.sendBack")}>
          <div className="between">
            <strong>{t("quarantine.waiting", { count: data.waiting, shown: sayCount(data.waiting) })}</strong>
            {data.waiting ? (
              <Button icon={<DownloadOutlined />} href={book()} download>
                {t("quarantine.downloadAll")}
              </Button>
            ) : null}
          </div>
          <Upload.Dragger
            accept=".xlsx"
            showUploadList={false}
            disabled={send.isPending}
            beforeUpload={(file) => {
              send.mutate(file);
              return false;
            }}
          >
            <InboxOutlined aria-hidden="true" className="drop-icon" />
            <p>{t("quarantine.drop")}</p>
          </Upload.Dragger>
          {send.error ? <Trouble error={send.error} /> : null}
          {send.data ? <Alert type={send.data.still_wrong || send.data.loads.some(({ load_no }) => load_no === null) ? "warning" : "success"} title={send.data.message} description={send.data.loads.filter(({ load_no }) => load_no === null).map(({ message }) => message).join(" ") || undefined} /> : null}
        </section>
      ) : null}
      {!isPending && !error && groups.length === 0 ? <Empty description={t("quarantine.none")} /> : null}
      {groups.length && narrow ? (
        <ul className="cards-list">
          {groups.map((group) => (
            <li key={key(group)} className="card stack">
              <span className="between">
                <strong>{group.file}</strong>
                <span className="attention digits">{t("quarantine.rows", { count: group.waiting, shown: sayCount(group.waiting) })}</span>
              </span>
              <span className="small">{group.message}</span>
              <span>{download(group)}</span>
            </li>
          ))}
        </ul>
      ) : null}
      {groups.length && !narrow ? (
        <Table<GroupShape>
          className="card flush"
          size="small"
          rowKey={key}
          dataSource={groups}
          pagination={groups.length > 50 ? { pageSize: 50, showSizeChanger: false } : false}
          columns={[
            { title: t("load.column.no"), width: 88, render: (_, group) => <Link to={`/data/loads?load=${String(group.load_no)}`}>{group.load_no}</Link> },
            { title: t("quarantine.column.file"), dataIndex: "file", width: 200, ellipsis: true },
            { title: t("quarantine.column.reason"), dataIndex: "message" },
            { title: t("quarantine.column.rejected"), width: 88, align: "right", render: (_, group) => <span className="digits">{sayCount(group.rejected)}</span> },
            { title: t("quarantine.column.waiting"), width: 88, align: "right", render: (_, group) => <span className="attention digits">{sayCount(group.waiting)}</span> },
            { title: "", width: 120, render: (_, group) => download(group) },
          ]}
        />
      ) : null}
    </>
  );
}
