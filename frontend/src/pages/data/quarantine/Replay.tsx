import { Alert, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Trouble } from "../../../components/Trouble";
import { sayCount } from "../../../numbers/format";
import { MappingSelect } from "../mappings/MappingSelect";
import { useReplay } from "./useQuarantine";

/** Where the mapping was wrong and not the rows: read all waiting rows of a load again with another. */
export function Replay({ load }: { readonly load: number }) {
  const { t } = useTranslation();
  const [mapping, setMapping] = useState<string | null>(null);
  const replay = useReplay(load);
  const done = replay.data;
  return (
    <section className="stack-small" aria-label={t("quarantine.replay.title")}>
      <h2 className="chart-title">{t("quarantine.replay.title")}</h2>
      <p className="muted small">{t("quarantine.replay.how", { no: load })}</p>
      <div className="choices">
        <div className="reason">
          <MappingSelect value={mapping} onChange={setMapping} />
        </div>
        <Button
          disabled={mapping === null}
          loading={replay.isPending}
          onClick={() => {
            if (mapping !== null) replay.mutate(mapping);
          }}
        >
          {t("quarantine.replay.do")}
        </Button>
      </div>
      {replay.error ? <Trouble error={replay.error} /> : null}
      {done ? (
        <Alert
          type={done.rows_rejected ? "warning" : "success"}
          showIcon
          title={done.message}
          description={t("load.sum", { in: sayCount(done.rows_in), loaded: sayCount(done.rows_loaded), rejected: sayCount(done.rows_rejected), ignored: sayCount(done.rows_ignored) })}
        />
      ) : null}
    </section>
  );
}
