import { arrow, type Direction, judge, type Language, sayChange, sayRatio } from "../numbers/format";

interface ChangeProps {
  readonly change: string | null | undefined;
  readonly ratio: string | null | undefined;
  readonly unit: string;
  readonly good: string;
  readonly currency: string;
  readonly language: Language;
}

const WORD: Record<Direction, string> = { good: "change good", bad: "change bad", neither: "change" };

/** A change as arrow, value and percent, coloured by what is good for the measure. */
export function Change({ change, ratio, unit, good, currency, language }: ChangeProps) {
  if (change === null || change === undefined) return null;
  const percent = unit === "percent" || ratio === null || ratio === undefined ? "" : ` (${sayRatio(ratio, true)})`;
  return (
    <span className={WORD[judge(change, good)]}>
      <span aria-hidden="true">{arrow(change)} </span>
      {sayChange(change, unit, currency, language)}
      {percent}
    </span>
  );
}
