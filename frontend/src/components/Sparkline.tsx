import { toDrawing } from "../numbers/decimal";

interface SparklineProps {
  readonly values: readonly (string | null)[];
  readonly width?: number;
  readonly height?: number;
  readonly name: string;
}

const EDGE = 2;

/** A bare line of the last periods; gaps stay gaps, the last point is marked. */
export function Sparkline({ values, width = 96, height = 28, name }: SparklineProps) {
  const drawn = values.map(toDrawing);
  const known = drawn.filter((each) => each !== null);
  if (known.length < 2) return null;
  const low = Math.min(...known);
  const spread = Math.max(...known) - low || 1;
  const x = (index: number) => EDGE + (index * (width - 2 * EDGE)) / (drawn.length - 1);
  const y = (value: number) => height - EDGE - ((value - low) * (height - 2 * EDGE)) / spread;
  let pen = "M";
  const path: string[] = [];
  drawn.forEach((value, index) => {
    if (value === null) {
      pen = "M";
      return;
    }
    path.push(`${pen}${x(index).toFixed(1)} ${y(value).toFixed(1)}`);
    pen = "L";
  });
  const last = drawn.length - 1;
  const end = drawn[last];
  return (
    <svg className="sparkline" viewBox={`0 0 ${String(width)} ${String(height)}`} width={width} height={height} role="img" aria-label={name}>
      <path d={path.join("")} />
      {end === null || end === undefined ? null : <circle cx={x(last)} cy={y(end)} r={2} />}
    </svg>
  );
}
