import { createContext, use } from "react";
import { LIGHT, type Palette } from "./palette";

/** Colours in force and whether the system asks for stillness. */
export interface Look {
  readonly palette: Palette;
  readonly dark: boolean;
  readonly still: boolean;
}

export const LookContext = createContext<Look>({ palette: LIGHT, dark: false, still: false });

export function useLook(): Look {
  return use(LookContext);
}
