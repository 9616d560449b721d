import { InboxOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Upload } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { postSuggest, postUpload, type RunShape } from "../../../api";
import { usePreferences } from "../../../app/preferences";
import { answered } from "../../../asking/problem";
import { Trouble } from "../../../components/Trouble";
import { MappingSelect } from "../mappings/MappingSelect";
import { Suggest } from "../mappings/Suggest";

/** Files from this computer: choose, say what they are, try, load. */
export function UploadCard({ onRun }: { readonly onRun: (run: RunShape) => void }) {
  const { t } = useTranslation();
  const { language: lang } = usePreferences();
  const cache = useQueryClient();
  const [files, setFiles] = useState<readonly File[]>([]);
  const [mapping, setMapping] = useState<string | null>(null);
  const send = useMutation({
    mutationFn: (trial: boolean) =>
      answered(postUpload({ body: { files: [...files], mapping: mapping ?? "", trial }, query: { lang } })),
    onSuccess: (run) => {
      void cache.invalidateQueries({ queryKey: ["runs"] });
      if (!run.trial) setFiles([]);
      onRun(run);
    },
  });
  const ready = files.length > 0 && mapping !== null;
  return (
    <section className="card stack" aria-label={t("runs.upload.title")}>
      <h2 className="chart-title">{t("runs.upload.title")}</h2>
      <Upload.Dragger
        multiple
        showUploadList={files.length > 0}
        fileList={files.map((file, index) => ({ uid: String(index), name: file.name, size: file.size }))}
        beforeUpload={(file) => {
          setFiles((before) => [...before, file]);
          return false;
        }}
        onRemove={(gone) => {
          setFiles((before) => before.filter((_, index) => String(index) !== gone.uid));
        }}
      >
        <InboxOutlined aria-hidden="true" className="drop-icon" />
        <p>{t("runs.upload.drop")}</p>
        <p className="muted small">{t("runs.upload.kinds")}</p>
      </Upload.Dragger>
      {files.length ? <MappingSelect value={mapping} onChange={setMapping} /> : null}
      {files[0] ? <Suggest key={files[0].name} ask={() => answered(postSuggest({ body: { file: files[0] as File }, query: { lang } }))} onConfirmed={setMapping} /> : null}
      {send.error ? <Trouble error={send.error} /> : null}
      {files.length ? (
        <div className="choices">
          <Button
            disabled={!ready}
            loading={send.isPending && send.variables}
            onClick={() => {
              send.mutate(true);
            }}
          >
            {t("runs.upload.try")}
          </Button>
          <Button
            type="primary"
            disabled={!ready}
            loading={send.isPending && !send.variables}
            onClick={() => {
              send.mutate(false);
            }}
          >
            {t("runs.upload.load")}
          </Button>
        </div>
      ) : null}
    </section>
  );
}
