import { Alert, Button, Drawer, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import type { NewSource, SourceKindShape, SourceShape } from "../../../api";
import { NARROW, useMedia } from "../../../app/preferences";
import { Trouble } from "../../../components/Trouble";
import { FormFields } from "./FormFields";
import { useKeepSource, useSourceKinds, useTrySource } from "./useSources";

interface SourceDrawerProps {
  /** The source to change; null connects a new one. */
  readonly source: SourceShape | null;
  /** The kind that is chosen; empty or null for none yet. */
  readonly kind: string | null;
  readonly onKind?: (kind: string) => void;
  readonly onClose: () => void;
  readonly onKept: (name: string) => void;
}

/** Connect a source: choose its kind, fill its form, try it, keep it. */
export function SourceDrawer({ source, kind: chosen, onKind, onClose, onKept }: SourceDrawerProps) {
  const { t } = useTranslation();
  const narrow = useMedia(NARROW);
  const kinds = useSourceKinds();
  const kind = kinds.data?.kinds.find((each) => each.key === chosen);
  return (
    <Drawer open onClose={onClose} size={narrow ? "100%" : 560} title={source ? t("sources.change", { name: source.name }) : t("sources.connect")}>
      {kinds.error ? <Trouble error={kinds.error} onRetry={() => void kinds.refetch()} /> : null}
      {kind ? (
        <SourceForm
          kind={kind}
          source={source}
          onBack={
            onKind
              ? () => {
                  onKind("");
                }
              : null
          }
          onKept={onKept}
        />
      ) : (
        <Kinds
          kinds={kinds.data?.kinds ?? []}
          onChoose={(key) => {
            onKind?.(key);
          }}
        />
      )}
    </Drawer>
  );
}

const GROUPS = ["database", "files", "http"] as const;

function Kinds({ kinds, onChoose }: { readonly kinds: readonly SourceKindShape[]; readonly onChoose: (key: string) => void }) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      {GROUPS.map((group) => (
        <section key={group}>
          <h2 className="chart-title">{t(`sources.group.${group}`)}</h2>
          <div className="tiles">
            {kinds
              .filter((kind) => kind.group === group)
              .map((kind) => (
                <button
                  key={kind.key}
                  type="button"
                  className="card tile"
                  onClick={() => {
                    onChoose(kind.key);
                  }}
                >
                  <strong>{kind.name}</strong>
                  <span className="muted small">{kind.tried}</span>
                </button>
              ))}
          </div>
        </section>
      ))}
    </div>
  );
}

interface SourceFormProps {
  readonly kind: SourceKindShape;
  readonly source: SourceShape | null;
  readonly onBack: (() => void) | null;
  readonly onKept: (name: string) => void;
}

function SourceForm({ kind, source, onBack, onKept }: SourceFormProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Omit<NewSource, "kind">>();
  const attempt = useTrySource();
  const keep = useKeepSource(source?.name ?? null);
  const filled = source?.secrets ?? [];
  const given = async (): Promise<NewSource> => {
    const values = await form.validateFields();
    const answers = Object.entries(values.form).filter(([, value]) => (value as unknown) !== undefined && value !== "");
    return { name: values.name, kind: kind.key, form: Object.fromEntries(answers) };
  };
  const error = attempt.error ?? keep.error;
  return (
    <Form form={form} layout="vertical" initialValues={{ name: source?.name, form: source?.form }} requiredMark={false}>
      <p className="muted small">
        {kind.name} · {kind.tried}
      </p>
      <Form.Item name="name" label={t("sources.name")} extra={t("sources.nameHint")} rules={[{ required: true, message: t("sources.missing", { name: t("sources.name") }) }]}>
        <Input disabled={source !== null} maxLength={100} autoComplete="off" />
      </Form.Item>
      <FormFields fields={kind.fields} filled={filled} />
      {error ? <Trouble error={error} /> : null}
      {attempt.data ? <Alert type="success" showIcon className="trouble" title={t("sources.works", { server: attempt.data.server })} description={attempt.data.remarks.join(" ")} /> : null}
      <div className="choices">
        {onBack ? <Button onClick={onBack}>{t("sources.back")}</Button> : null}
        <Button
          loading={attempt.isPending}
          onClick={() => {
            keep.reset();
            void given().then(attempt.mutate, () => undefined);
          }}
        >
          {t("sources.test")}
        </Button>
        <Button
          type="primary"
          loading={keep.isPending}
          onClick={() => {
            void given().then(
              (asked) => {
                keep.mutate(asked, {
                  onSuccess: () => {
                    onKept(asked.name);
                  },
                });
              },
              () => undefined,
            );
          }}
        >
          {t("sources.keep")}
        </Button>
      </div>
    </Form>
  );
}
