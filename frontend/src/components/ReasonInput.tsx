import { Input } from "antd";

/** Why somebody decides something: a sentence that goes into the audit. */
export function ReasonInput({ label, value, onChange }: { readonly label: string; readonly value: string; readonly onChange: (reason: string) => void }) {
  return (
    <Input
      className="reason"
      aria-label={label}
      placeholder={label}
      value={value}
      maxLength={500}
      onChange={(event) => {
        onChange(event.target.value);
      }}
    />
  );
}
