import { Button, Drawer, Form, Input, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { FeedShape, NewSchedule, PlanShape } from "../../../api";
import { NARROW, useMedia } from "../../../app/preferences";
import { Trouble } from "../../../components/Trouble";
import { MappingSelect } from "../mappings/MappingSelect";
import { NEW_PLAN, useColumns, useKeepFeed } from "./useSources";

interface FeedDrawerProps {
  readonly source: string;
  readonly what: string;
  /** The feed to change; null makes a new one. */
  readonly feed: FeedShape | null;
  readonly onClose: () => void;
  readonly onKept: (name: string) => void;
}

interface Answers extends PlanShape {
  name: string;
  when: "never" | "minutes" | "daily";
  minutes: number;
  hour: string;
}

const MODES = ["full", "cursor", "modified", "snapshot"] as const;
const POLICIES = ["freeze", "evolve", "quarantine"] as const;
const UNITS = ["rows", "seconds", "days"] as const;

function trigger(answers: Answers): NewSchedule["trigger"] | null {
  if (answers.when === "minutes") return { every_minutes: answers.minutes };
  return answers.when === "daily" ? { daily: answers.hour } : null;
}

/** 取数任务: what is read, by which mapping, how one knows what is new, and when. */
export function FeedDrawer({ source, what, feed, onClose, onKept }: FeedDrawerProps) {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const [form] = Form.useForm<Answers>();
  const columns = useColumns(source, what);
  const keep = useKeepFeed(feed !== null);
  const mode = Form.useWatch("mode", form) ?? "full";
  const when = Form.useWatch("when", form) ?? "never";
  const names = (columns.data?.columns ?? []).filter((each) => !each.refused).map(({ name }) => ({ value: name, label: name }));
  const send = (answers: Answers) => {
    const { name, when: _when, minutes: _minutes, hour: _hour, ...plan } = answers;
    const overlap = mode === "cursor" || mode === "modified" ? plan.overlap : null;
    keep.mutate(
      { name, source, plan: { ...NEW_PLAN, ...feed?.plan, ...plan, what, overlap: overlap ?? null, column: overlap === null ? "" : plan.column }, trigger: trigger(answers) },
      {
        onSuccess: () => {
          onKept(name);
        },
      },
    );
  };
  const needed = (name: string) => [{ required: true, message: t("sources.missing", { name }) }];
  return (
    <Drawer open onClose={onClose} size={narrow ? "100%" : 560} title={t("feeds.title", { what })}>
      <Form<Answers>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ ...NEW_PLAN, ...feed?.plan, name: feed?.name ?? what, mapping: feed?.plan.mapping || undefined, when: "never", minutes: 5, hour: "06:30" }}
        onFinish={send}
      >
        <Form.Item name="name" label={t("feeds.name")} rules={needed(t("feeds.name"))}>
          <Input disabled={feed !== null} maxLength={100} />
        </Form.Item>
        <Form.Item name="mapping" label={t("feeds.mapping")} extra={t("feeds.mappingHint")} rules={needed(t("feeds.mapping"))}>
          <MappingSelect />
        </Form.Item>
        <Form.Item name="file_name" label={t("feeds.fileName")} extra={t("feeds.fileNameHint")}>
          <Input placeholder={what} />
        </Form.Item>
        <Form.Item name="mode" label={t("feeds.mode")} extra={t(`feeds.modeHint.${mode}`)}>
          <Select options={MODES.map((value) => ({ value, label: t(`feeds.modes.${value}`) }))} />
        </Form.Item>
        {mode === "cursor" || mode === "modified" ? (
          <>
            <Form.Item name="column" label={t("feeds.column")} rules={needed(t("feeds.column"))}>
              <Select showSearch options={names} loading={columns.isPending} />
            </Form.Item>
            <Form.Item label={t("feeds.overlap")} extra={t("feeds.overlapHint")} required>
              <div className="choices">
                <Form.Item name={["overlap", "amount"]} noStyle rules={needed(t("feeds.overlap"))}>
                  <InputNumber min={0} precision={0} aria-label={t("feeds.overlap")} />
                </Form.Item>
                <Form.Item name={["overlap", "unit"]} noStyle rules={needed(t("feeds.unit"))}>
                  <Select className="unit" placeholder={t("feeds.unit")} aria-label={t("feeds.unit")} options={UNITS.map((value) => ({ value, label: t(`feeds.units.${value}`) }))} />
                </Form.Item>
              </div>
            </Form.Item>
          </>
        ) : null}
        <Form.Item name="key" label={t("feeds.key")} extra={t("feeds.keyHint")} rules={mode === "snapshot" ? needed(t("feeds.key")) : []}>
          <Select mode="multiple" options={names} loading={columns.isPending} />
        </Form.Item>
        <Form.Item name="drift" label={t("feeds.drift")} extra={t("feeds.driftHint")}>
          <Select options={POLICIES.map((value) => ({ value, label: t(`feeds.policies.${value}`) }))} />
        </Form.Item>
        <Form.Item name="owner" label={t("feeds.owner")} extra={t("feeds.ownerHint")}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item label={t("feeds.when")}>
          <div className="choices">
            <Form.Item name="when" noStyle>
              <Select className="unit" aria-label={t("feeds.when")} options={(["never", "minutes", "daily"] as const).map((value) => ({ value, label: t(`feeds.whens.${value}`) }))} />
            </Form.Item>
            {when === "minutes" ? (
              <Form.Item name="minutes" noStyle>
                <InputNumber min={1} max={10_080} precision={0} suffix={t("feeds.minutes")} aria-label={t("feeds.minutes")} />
              </Form.Item>
            ) : null}
            {when === "daily" ? (
              <Form.Item name="hour" noStyle rules={[{ pattern: /^([01]\d|2[0-3]):[0-5]\d$/, message: t("feeds.hourForm") }]}>
                <Input className="hour" aria-label={t("feeds.whens.daily")} />
              </Form.Item>
            ) : null}
          </div>
        </Form.Item>
        {keep.error ? <Trouble error={keep.error} /> : null}
        <Button type="primary" htmlType="submit" loading={keep.isPending}>
          {t("feeds.keep")}
        </Button>
      </Form>
    </Drawer>
  );
}
