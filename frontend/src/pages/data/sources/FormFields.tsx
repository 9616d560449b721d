import { Form, Input, InputNumber, Select, Switch } from "antd";
import { useTranslation } from "react-i18next";
import type { FieldShape } from "../../../api";

interface FormFieldsProps {
  readonly fields: readonly FieldShape[];
  /** Secret fields that are filled already: they may be left empty, or replaced. */
  readonly filled: readonly string[];
}

/** The fields of a connection form, each by its own kind; a secret is never shown again. */
export function FormFields({ fields, filled }: FormFieldsProps) {
  const { t } = useTranslation();
  return fields.map((field) => {
    const kept = filled.includes(field.key);
    return (
      <Form.Item
        key={field.key}
        name={["form", field.key]}
        label={field.label}
        extra={kept ? t("sources.secretKept") : field.hint}
        initialValue={field.default ?? undefined}
        valuePropName={field.kind === "flag" ? "checked" : "value"}
        rules={[{ required: field.required && field.default === null && !kept, message: t("sources.missing", { name: field.label }) }]}
      >
        <FieldInput field={field} />
      </Form.Item>
    );
  });
}

function FieldInput({ field, ...given }: { readonly field: FieldShape }) {
  switch (field.kind) {
    case "number":
      return <InputNumber {...given} min={field.lowest} max={field.highest} precision={0} className="wide" />;
    case "choice":
      return <Select {...given} options={field.choices.map(({ value, label }) => ({ value, label }))} />;
    case "flag":
      return <Switch {...given} />;
    case "secret":
      return field.multiline ? <Input.TextArea {...given} rows={4} autoComplete="off" /> : <Input.Password {...given} autoComplete="new-password" />;
    case "text":
      return field.multiline ? <Input.TextArea {...given} rows={4} /> : <Input {...given} autoComplete="off" />;
  }
}
