import { DownloadOutlined } from "@ant-design/icons";
import { Button, Segmented, Skeleton, Table } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { GroupShape } from "../../../api";
import { NARROW, useMedia, usePreferences } from "../../../app/preferences";
import { useMay } from "../../../app/rights";
import { Trouble } from "../../../components/Trouble";
import { sayCount } from "../../../numbers/format";
import { useAddress } from "../useAddress";
import { useInstant } from "../useInstant";
import { RowsDrawer } from "./RowsDrawer";
import { SendBack } from "./SendBack";
import { bookOf, useQuarantine } from "./useQuarantine";

const SHOWN = ["waiting", "everything"] as const;
const COUNTS = ["waiting", "corrected", "discarded", "replaced", "still_wrong", "rejected"] as const;

function keyOf(group: GroupShape): string {
  return [group.load_no, group.file_no, group.code].join(" ");
}

/** 隔离区: rows that were refused, why, and the ways to settle them. */
export default function QuarantinePage() {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const instant = useInstant();
  const { language } = usePreferences();
  const { at, go } = useAddress();
  const corrects = useMay()("correct_quarantine");
  const shown = SHOWN.find((each) => each === at("show")) ?? "waiting";
  const { data, error, refetch, isFetching } = useQuarantine(shown === "everything");
  const groups = data?.groups ?? [];
  const open = (group: GroupShape) => {
    if (!corrects) return;
    go({ load: String(group.load_no), file: String(group.file_no), code: group.code });
  };
  const [load, file, code] = [at("load"), at("file"), at("code")];
  const chosen = load && file && code && /^\d+$/.test(load) && /^\d+$/.test(file) ? { load_no: Number(load), file_no: Number(file), code } : null;
  const chosenGroup = chosen ? groups.find((group) => keyOf(group) === [load, file, code].join(" ")) : undefined;
  const waits = (data?.waiting ?? 0) > 0;
  return (
    <div className="stack" data-testid="quarantine" aria-busy={isFetching}>
      {error ? <Trouble error={error} onRetry={() => void refetch()} /> : null}
      {data ? null : error ? null : <Skeleton active />}
      {data ? (
        <div className="between wrap">
          <p className="finding">{waits ? t("quarantine.waiting", { count: data.waiting, shown: sayCount(data.waiting) }) : t("quarantine.none")}</p>
          <div className="choices">
            <Segmented
              aria-label={t("quarantine.filter")}
              value={shown}
              options={SHOWN.map((value) => ({ value, label: t(`quarantine.show.${value}`) }))}
              onChange={(value) => {
                go({ show: value === "waiting" ? null : value });
              }}
            />
            {waits && corrects ? (
              <Button type="primary" icon={<DownloadOutlined />} href={bookOf(language)} download>
                {t("quarantine.download")}
              </Button>
            ) : null}
          </div>
        </div>
      ) : null}
      {data && !waits && shown === "waiting" ? <p className="muted">{t("quarantine.empty")}</p> : null}
      {groups.length && narrow ? (
        <ul className="cards-list">
          {groups.map((group) => (
            <li key={keyOf(group)}>
              <button
                type="button"
                className="card trap-card"
                onClick={() => {
                  open(group);
                }}
              >
                <span className="between">
                  <strong className="break">{group.file}</strong>
                  <span className="digits attention">{t("quarantine.rows", { count: group.waiting, shown: sayCount(group.waiting) })}</span>
                </span>
                <span>{group.message}</span>
                <span className="muted small">
                  {t("load.number", { no: group.load_no })} · {instant(group.committed_at)}
                </span>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {groups.length && !narrow ? (
        <Table<GroupShape>
          className="card flush"
          size="small"
          rowKey={keyOf}
          dataSource={groups}
          pagination={groups.length > 100 ? { pageSize: 100, showSizeChanger: false } : false}
          columns={[
            {
              title: t("quarantine.column.why"),
              render: (_, group) => !corrects ? group.message : (
                <button
                  type="button"
                  className="as-link"
                  aria-haspopup="dialog"
                  onClick={(event) => {
                    event.stopPropagation();
                    open(group);
                  }}
                >
                  {group.message}
                </button>
              ),
            },
            { title: t("quarantine.column.file"), dataIndex: "file", width: 220, ellipsis: true },
            {
              title: t("quarantine.column.load"),
              width: 210,
              render: (_, group) => (
                <>
                  <Link
                    to={`/data/loads?load=${String(group.load_no)}`}
                    onClick={(event) => {
                      event.stopPropagation();
                    }}
                  >
                    {t("load.number", { no: group.load_no })}
                  </Link>{" "}
                  <span className="muted small">{instant(group.committed_at)}</span>
                </>
              ),
            },
            ...COUNTS.filter((count) => count === "waiting" || shown === "everything").map((count) => ({
              title: t(`quarantine.count.${count}`),
              width: 96,
              align: "right" as const,
              render: (_: unknown, group: GroupShape) => <span className={count === "waiting" && group.waiting ? "digits attention" : "digits"}>{sayCount(group[count])}</span>,
            })),
          ]}
          onRow={(group) => ({
            className: corrects ? "can-open" : "",
            onClick: () => {
              open(group);
            },
          })}
        />
      ) : null}
      {data && !corrects ? <p className="muted">{t("quarantine.notYours")}</p> : null}
      {data && corrects ? <SendBack /> : null}
      {chosen && corrects ? (
        <RowsDrawer
          key={Object.values(chosen).join(" ")}
          chosen={chosen}
          group={chosenGroup}
          onClose={() => {
            go({ load: null, file: null, code: null });
          }}
        />
      ) : null}
    </div>
  );
}
