/** Chart options built in Python name colours of the theme; this puts the theme's values in. */

import { namedColour, type Palette } from "../app/palette";

type Json = unknown;

const COLOUR_KEY = /colou?r$/i;

function replaceHere(value: Json, palette: Palette): Json {
  if (typeof value === "string") return namedColour(palette, value) ?? value;
  if (Array.isArray(value)) return value.map((each) => replaceHere(each, palette));
  return withColours(value, palette);
}

/** Return the option with colour names replaced, under colour keys only: a category may be called "good". */
export function withColours(option: Json, palette: Palette): Json {
  if (Array.isArray(option)) return option.map((each) => withColours(each, palette));
  if (typeof option !== "object" || option === null) return option;
  return Object.fromEntries(
    Object.entries(option).map(([key, value]) => [
      key,
      COLOUR_KEY.test(key) ? replaceHere(value, palette) : withColours(value, palette),
    ]),
  );
}
