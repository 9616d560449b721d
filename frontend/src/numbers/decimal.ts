/** Exact decimals for display: the API sends figures as text, and text must not pass a float. */

export interface Decimal {
  /** All digits as one whole number, with its sign. */
  readonly digits: bigint;
  /** How many of the digits stand after the point. */
  readonly scale: number;
}

const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** Read a decimal, e.g. "-12.50" or "1.2E+3"; null when the text is not one. */
export function readDecimal(text: string | null | undefined): Decimal | null {
  const match = SHAPE.exec((text ?? "").trim());
  if (!match) return null;
  const [, sign, whole = "", part = "", exponent = "0"] = match;
  if (whole + part === "") return null;
  const digits = BigInt(whole + part) * (sign === "-" ? -1n : 1n);
  const scale = part.length - Number(exponent);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

/** Divide by 10^power, exactly. */
export function shift(value: Decimal, power: number): Decimal {
  return { digits: value.digits, scale: value.scale + power };
}

export function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** Round half up, away from zero, as people do on paper; the result has exactly `places`. */
export function round(value: Decimal, places: number): Decimal {
  if (value.scale <= places) {
    return { digits: value.digits * 10n ** BigInt(places - value.scale), scale: places };
  }
  const step = 10n ** BigInt(value.scale - places);
  const size = magnitude(value.digits);
  const rounded = size / step + (size % step >= step / 2n ? 1n : 0n);
  return { digits: value.digits < 0n ? -rounded : rounded, scale: places };
}

/** Tell whether |value| >= 10^power. */
export function reaches(value: Decimal, power: number): boolean {
  return magnitude(value.digits) >= 10n ** BigInt(Math.max(0, value.scale + power));
}

/** Digits with thousands grouped and a real minus sign, e.g. "−1,234.50". */
export function print(value: Decimal, signed = false): string {
  const text = magnitude(value.digits).toString().padStart(value.scale + 1, "0");
  const cut = text.length - value.scale;
  const whole = text.slice(0, cut).replace(/\B(?=(\d{3})+$)/g, ",");
  const part = value.scale ? `.${text.slice(cut)}` : "";
  const sign = value.digits < 0n ? "−" : signed && value.digits > 0n ? "+" : "";
  return sign + whole + part;
}

/** Plain digits without grouping, for the clipboard and for typing again. */
export function plain(value: Decimal): string {
  return print(value).replaceAll(",", "").replace("−", "-");
}

/** A float for drawing positions only, never for shown figures. */
export function toDrawing(text: string | null | undefined): number | null {
  return readDecimal(text) === null ? null : Number(text);
}
