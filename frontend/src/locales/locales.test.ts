import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import en from "./en-US.json";
import zh from "./zh-CN.json";

type Words = { [key: string]: string | Words };

function flat(words: Words, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(words)) {
    if (typeof value === "string") found.set(prefix + key, value);
    else for (const [inner, text] of flat(value, `${prefix}${key}.`)) found.set(inner, text);
  }
  return found;
}

const chinese = flat(zh);
const english = flat(en);
const places = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map(([, name]) => name).sort();

describe("words in both languages", () => {
  it("have the same keys", () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort());
  });
  it("are never empty and hold no exclamation mark", () => {
    for (const text of [...chinese.values(), ...english.values()]) {
      expect(text.trim()).not.toBe("");
      expect(text).not.toMatch(/[!！]/);
    }
  });
  it("are in their own language", () => {
    for (const [key, text] of english) expect(text, key).not.toMatch(/[\u4e00-\u9fff]/);
  });
  it("fill the same places", () => {
    // A plural may spell one out in one language and not in the other.
    for (const [key, text] of chinese) {
      if (!/_(one|other)$/.test(key)) expect(places(english.get(key) ?? ""), key).toEqual(places(text));
    }
  });
  it("are all used by the page", () => {
    const source = join(import.meta.dirname, "..");
    const files = readdirSync(source, { recursive: true, encoding: "utf-8" }).filter((name) => /\.tsx?$/.test(name) && !name.startsWith("api"));
    const code = files.map((name) => readFileSync(join(source, name), "utf-8")).join("\n");
    for (const key of chinese.keys()) {
      const bare = key.replace(/_(one|other)$/, "");
      const group = bare.slice(0, bare.lastIndexOf("."));
      // Keys made of a name, like `grain.${value}`, are known by the part before it.
      const used = code.includes(`"${bare}"`) || code.includes(`\`${group}.\${`) || code.includes(`\`${group.slice(0, group.lastIndexOf("."))}.\${`);
      expect(used, key).toBe(true);
    }
  });
});
