import { Tooltip } from "antd";
import { ABSENT } from "../numbers/format";

/** A figure that is not known: a dash, with the reason on hover and on focus. */
export function Absent({ reason }: { readonly reason: string | null | undefined }) {
  if (!reason) return <span>{ABSENT}</span>;
  return (
    <Tooltip title={reason}>
      <span tabIndex={0} className="absent" role="note" aria-label={reason}>
        {ABSENT}
      </span>
    </Tooltip>
  );
}
