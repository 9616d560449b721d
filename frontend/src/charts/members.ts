/** What a click on a chart narrows the page to: the `member` that Python wrote beside each value. */

interface Drawn {
  readonly name?: string;
  readonly member?: string | null;
}

function drawn(value: unknown): Drawn {
  return typeof value === "object" && value !== null ? value : {};
}

export function memberOf(value: unknown): string | null {
  return drawn(value).member ?? null;
}

/** Members of a chart's first series in drawing order; null where there is nothing to narrow to. */
export function membersOf(option: Readonly<Record<string, unknown>>): (string | null)[] {
  const series: unknown = Array.isArray(option.series) ? option.series[0] : undefined;
  const data = typeof series === "object" && series !== null && "data" in series ? series.data : [];
  return Array.isArray(data) ? data.map(memberOf) : [];
}
