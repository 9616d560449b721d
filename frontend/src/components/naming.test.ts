import { expect, it } from "vitest";
import { nameMember } from "./naming";

const NAMES = { item: { A1: "螺栓", B2: "B2" } };

it.each([
  ["item", "A1", "A1 螺栓"],
  ["item", "B2", "B2"],
  ["item", "C3", "C3"],
  ["category", "五金", "五金"],
])("calls %s %s: %s", (dimension, member, called) => {
  expect(nameMember(NAMES, dimension, member)).toBe(called);
});

it("shows the code until names are there", () => {
  expect(nameMember(undefined, "item", "A1")).toBe("A1");
});
