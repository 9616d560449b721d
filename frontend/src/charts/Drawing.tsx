import { useEffect, useMemo, useRef } from "react";
import { useLook } from "../app/look";
import { withColours } from "./colours";
import { init, type EChartsType } from "./engine";
import { memberOf } from "./members";
import { chartTheme } from "./theme";

interface DrawingProps {
  readonly option: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly height: number;
  readonly onMember?: ((member: string) => void) | undefined;
}

/** The drawn chart itself; `ChartCard` puts words, waiting and the table around it. */
export default function Drawing({ option, name, height, onMember }: DrawingProps) {
  const { palette, still } = useLook();
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const click = useRef(onMember);
  useEffect(() => {
    click.current = onMember;
  }, [onMember]);
  const drawn = useMemo(
    () => ({
      ...(withColours(option, palette) as Record<string, unknown>),
      animation: !still,
      animationDuration: 300,
      aria: { enabled: true, label: { enabled: false } },
    }),
    [option, palette, still],
  );

  useEffect(() => {
    const node = place.current;
    if (!node) return;
    const made = init(node, chartTheme(palette));
    chart.current = made;
    made.on("click", (event) => {
      const member = memberOf(event.data);
      if (member !== null) click.current?.(member);
    });
    const watch = new ResizeObserver(() => {
      made.resize();
    });
    watch.observe(node);
    return () => {
      watch.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, [palette]);

  useEffect(() => {
    chart.current?.setOption(drawn, { notMerge: true });
  }, [drawn, palette]);

  return <div ref={place} role="img" aria-label={name} className="drawing" style={{ height }} data-testid="chart" />;
}
