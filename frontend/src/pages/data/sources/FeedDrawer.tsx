import { Button, Drawer, Form, Input, InputNumber, Select, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import type { FeedShape, NewSchedule, PlanShape, ScheduleShape } from "../../../api";
import { NARROW, useMedia, usePreferences } from "../../../app/preferences";
import { useMay } from "../../../app/rights";
import { useSession } from "../../../asking/account";
import { Trouble } from "../../../components/Trouble";
import { MappingSelect } from "../mappings/MappingSelect";
import { Suggest } from "../mappings/Suggest";
import { OwnerSelect } from "./OwnerSelect";
import { NEW_PLAN, suggestFor, useColumns, useKeepFeed, useScheduleOf } from "./useSources";

interface FeedDrawerProps {
  readonly source: string;
  readonly what: string;
  /** The feed to change; null makes a new one. */
  readonly feed: FeedShape | null;
  /** Names that other feeds have. */
  readonly taken: readonly string[];
  readonly onClose: () => void;
  readonly onKept: (name: string) => void;
}

const WHENS = ["never", "minutes", "daily", "cron"] as const;

interface Answers extends PlanShape {
  name: string;
  when: (typeof WHENS)[number];
  minutes: number;
  hour: string;
  cron: string;
}

const MODES = ["full", "cursor", "modified", "snapshot"] as const;
const POLICIES = ["freeze", "evolve", "quarantine"] as const;
const UNITS = ["rows", "seconds", "days"] as const;

function trigger(answers: Answers): NewSchedule["trigger"] | null {
  if (answers.when === "minutes") return { every_minutes: answers.minutes };
  if (answers.when === "cron") return { cron: answers.cron };
  return answers.when === "daily" ? { daily: answers.hour } : null;
}

function timesOf(schedule: ScheduleShape | null): Pick<Answers, "when" | "minutes" | "hour" | "cron"> {
  const times = { when: "never" as const, minutes: 5, hour: "06:30", cron: "" };
  if (schedule === null) return times;
  if ("every_minutes" in schedule.trigger) return { ...times, when: "minutes", minutes: schedule.trigger.every_minutes };
  if ("daily" in schedule.trigger) return { ...times, when: "daily", hour: schedule.trigger.daily };
  return { ...times, when: "cron", cron: schedule.trigger.cron };
}

/** 取数任务: what is read, by which mapping, how one knows what is new, and when. */
export function FeedDrawer({ what, feed, onClose, ...given }: FeedDrawerProps) {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const schedule = useScheduleOf(feed?.name ?? null);
  return (
    <Drawer open onClose={onClose} size={narrow ? "100%" : 560} title={feed ? t("feeds.change", { name: feed.name }) : t("feeds.title", { what })}>
      {schedule === undefined ? <Skeleton active /> : <FeedForm {...given} what={what} feed={feed} schedule={schedule} />}
    </Drawer>
  );
}

interface FeedFormProps extends Omit<FeedDrawerProps, "onClose"> {
  readonly schedule: ScheduleShape | null;
}

function FeedForm({ source, what, feed, taken, schedule, onKept }: FeedFormProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Answers>();
  const { language: lang } = usePreferences();
  const columns = useColumns(source, what);
  const keep = useKeepFeed(feed !== null, schedule);
  const plans = useMay()("manage_jobs");
  const me = useSession().data?.me;
  const mode = Form.useWatch("mode", form) ?? feed?.plan.mode ?? "full";
  const when = Form.useWatch("when", form) ?? timesOf(schedule).when;
  const names = (columns.data?.columns ?? []).filter((each) => !each.refused).map(({ name }) => ({ value: name, label: name }));
  const send = (answers: Answers) => {
    const { name, mapping, file_name, key, drift, owner } = answers;
    const steady = mode === "cursor" || mode === "modified";
    keep.mutate(
      {
        name,
        source,
        plan: {
          ...NEW_PLAN,
          ...feed?.plan,
          ...{ what, mapping, file_name, mode, key, drift, owner: owner ?? "" },
          overlap: steady ? (answers.overlap ?? null) : null,
          column: steady ? (answers.column ?? "") : "",
        },
        trigger: plans ? trigger(answers) : undefined,
      },
      {
        onSuccess: () => {
          onKept(name);
        },
      },
    );
  };
  const needed = (name: string) => [{ required: true, message: t("sources.missing", { name }) }];
  return (
      <Form<Answers>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ ...NEW_PLAN, ...feed?.plan, owner: (feed ? feed.owner.login ?? feed.plan.owner : me?.login) || undefined, name: feed?.name ?? what, mapping: feed?.plan.mapping || undefined, ...timesOf(schedule) }}
        onFinish={send}
      >
        <Form.Item name="name" label={t("feeds.name")} rules={[...needed(t("feeds.name")), { validator: (_, name: string) => (taken.includes(name) ? Promise.reject(new Error(t("feeds.taken"))) : Promise.resolve()) }]}>
          <Input disabled={feed !== null} maxLength={100} />
        </Form.Item>
        <Form.Item name="mapping" label={t("feeds.mapping")} extra={t("feeds.mappingHint")} rules={needed(t("feeds.mapping"))}>
          <MappingSelect />
        </Form.Item>
        <div className="lead">
          <Suggest
            ask={() => suggestFor(source, what, lang)}
            onConfirmed={(name) => {
              form.setFieldValue("mapping", name);
            }}
          />
        </div>
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
                  <Select className="choice-unit" placeholder={t("feeds.unit")} aria-label={t("feeds.unit")} options={UNITS.map((value) => ({ value, label: t(`feeds.units.${value}`) }))} />
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
        <OwnerSelect now={feed?.owner ?? null} />
        {/* A schedule that one may not change is shown as it is. */}
        <Form.Item label={t("feeds.when")} {...(plans ? {} : { extra: t("feeds.whenNotYours") })}>
          <div className="choices">
            <Form.Item name="when" noStyle>
              <Select className="choice-unit" disabled={!plans} aria-label={t("feeds.when")} options={WHENS.map((value) => ({ value, label: t(`feeds.whens.${value}`) }))} />
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
            {when === "cron" ? (
              <Form.Item name="cron" noStyle rules={needed(t("feeds.cron"))}>
                <Input className="choice-unit" placeholder="30 6 * * 1-5" aria-label={t("feeds.cron")} />
              </Form.Item>
            ) : null}
          </div>
        </Form.Item>
        {keep.error ? <Trouble error={keep.error} /> : null}
        <Button type="primary" htmlType="submit" loading={keep.isPending}>
          {t("feeds.keep")}
        </Button>
      </Form>
  );
}
