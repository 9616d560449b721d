import { describe, expect, it } from "vitest";
import { DARK, LIGHT, namedColour } from "../app/palette";
import { withColours } from "./colours";
import { membersOf } from "./members";

describe("colour names of charts", () => {
  it("become the theme's values, also inside lists and gradients", () => {
    const option = {
      color: ["series1", "prior"],
      series: [
        {
          itemStyle: { color: "age0", borderColor: "bad" },
          areaStyle: { color: { type: "linear", colorStops: [{ offset: 0, color: "good" }] } },
          data: [{ value: 1, itemStyle: { color: "attention" } }],
        },
      ],
    };
    expect(withColours(option, DARK)).toEqual({
      color: [DARK.series[0], DARK.prior],
      series: [
        {
          itemStyle: { color: DARK.age[0], borderColor: DARK.bad },
          areaStyle: { color: { type: "linear", colorStops: [{ offset: 0, color: DARK.good }] } },
          data: [{ value: 1, itemStyle: { color: DARK.attention } }],
        },
      ],
    });
  });
  it("leave data and other words alone", () => {
    const option = { xAxis: { data: ["good", "target", "series1"] }, lineStyle: { color: "#123456" } };
    expect(withColours(option, LIGHT)).toEqual(option);
  });
  it("cover every name the contract lists", () => {
    for (const name of ["series1", "series6", "prior", "target", "age0", "age5", "good", "bad", "attention"]) {
      expect(namedColour(LIGHT, name), name).toMatch(/^#[0-9a-f]{6}$/);
      expect(namedColour(DARK, name), name).toMatch(/^#[0-9a-f]{6}$/);
    }
    expect(namedColour(LIGHT, "constructor")).toBeUndefined();
  });
});

describe("members of a chart", () => {
  it("come from what Python wrote beside the value", () => {
    const option = { series: [{ data: [{ value: 1, name: "自行车", member: "Bikes" }, { value: 2, member: null }, 3] }] };
    expect(membersOf(option)).toEqual(["Bikes", null, null]);
    expect(membersOf({})).toEqual([]);
  });
});

/** Relative luminance by WCAG 2.1. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

describe.each([
  ["light", LIGHT],
  ["dark", DARK],
])("%s palette", (_, palette) => {
  it.each(["text", "muted", "primary", "good", "bad", "attention"] as const)("%s is readable (AA)", (name) => {
    for (const ground of [palette.page, palette.card, palette.raised, palette.tint]) {
      expect(contrast(palette[name], ground)).toBeGreaterThanOrEqual(4.5);
    }
  });
  it("carries white text on filled areas", () => {
    for (const ground of [palette.fill, palette.fillHover]) expect(contrast("#ffffff", ground)).toBeGreaterThanOrEqual(4.5);
  });
  it("keeps good, bad and attention readable on their own tints", () => {
    for (const name of ["good", "bad", "attention"] as const) {
      expect(contrast(palette[name], palette[`${name}Tint`])).toBeGreaterThanOrEqual(4.5);
      expect(contrast(palette.text, palette[`${name}Tint`])).toBeGreaterThanOrEqual(4.5);
    }
  });
});
