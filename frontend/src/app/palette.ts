/** All colours of the page, once: antd tokens, style sheet and charts read them from here. */

export interface Palette {
  readonly page: string;
  readonly card: string;
  readonly raised: string;
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  /** Primary as text, icon or line. */
  readonly primary: string;
  /** Primary as a filled area under white text. */
  readonly fill: string;
  /** The filled area under the pointer. */
  readonly fillHover: string;
  readonly tint: string;
  readonly goodTint: string;
  readonly badTint: string;
  readonly attentionTint: string;
  readonly good: string;
  readonly bad: string;
  readonly attention: string;
  readonly prior: string;
  readonly target: string;
  readonly series: readonly string[];
  /** Money tied up, fresh to old. */
  readonly age: readonly string[];
}

export const LIGHT: Palette = {
  page: "#f3f5f8",
  card: "#ffffff",
  raised: "#f7f9fb",
  text: "#17212f",
  muted: "#4d5a6b",
  line: "#dde3ea",
  primary: "#0b4aa2",
  fill: "#0b4aa2",
  fillHover: "#1a5cbb",
  tint: "#e6eefa",
  goodTint: "#e7f4ec",
  badTint: "#fdeceb",
  attentionTint: "#fdf3dd",
  good: "#0c7339",
  bad: "#b9231c",
  attention: "#8a5a00",
  prior: "#a3adb9",
  target: "#4d5a6b",
  series: ["#1f5fbf", "#c97a00", "#0a8573", "#a8437f", "#4193c7", "#7a5c2e"],
  age: ["#f3dba6", "#edbd74", "#e39a48", "#d2722d", "#b04a1a", "#7d2d0d"],
};

export const DARK: Palette = {
  page: "#0f141b",
  card: "#171e27",
  raised: "#1d2631",
  text: "#e6ebf2",
  muted: "#aab5c3",
  line: "#2b3541",
  primary: "#86b4ff",
  fill: "#2a66c4",
  fillHover: "#3270d0",
  tint: "#1d3150",
  goodTint: "#14291f",
  badTint: "#371d1d",
  attentionTint: "#30260f",
  good: "#55c98f",
  bad: "#ff8b82",
  attention: "#e9b95a",
  prior: "#6d7886",
  target: "#aab5c3",
  series: ["#6ea9ff", "#f0a94b", "#41c5b0", "#e18cc1", "#8fd1f5", "#caa974"],
  age: ["#5f5132", "#8a6c39", "#b4813c", "#d5873f", "#ec7d41", "#ff6b42"],
};

/** Value of a colour name used in charts built by Python; undefined when it is not a name. */
export function namedColour(palette: Palette, name: string): string | undefined {
  const numbered = /^(series|age)(\d)$/.exec(name);
  if (numbered?.[1] === "series") return palette.series[(Number(numbered[2]) + palette.series.length - 1) % palette.series.length];
  if (numbered) return palette.age[Number(numbered[2])];
  const plain = { prior: palette.prior, target: palette.target, good: palette.good, bad: palette.bad, attention: palette.attention };
  return Object.hasOwn(plain, name) ? plain[name as keyof typeof plain] : undefined;
}

/** Put the palette where the style sheet finds it. */
export function applyPalette(palette: Palette, dark: boolean, root: HTMLElement): void {
  for (const [name, value] of Object.entries(palette)) {
    if (typeof value === "string") root.style.setProperty(`--${name}`, value);
    else (value as readonly string[]).forEach((each, index) => {
      root.style.setProperty(`--${name}${String(index)}`, each);
    });
  }
  root.style.colorScheme = dark ? "dark" : "light";
  root.dataset.theme = dark ? "dark" : "light";
}
