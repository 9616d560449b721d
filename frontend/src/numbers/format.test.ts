import { describe, expect, it } from "vitest";
import { print, readDecimal, round, shift, plain } from "./decimal";
import { arrow, chooseScale, judge, onScale, say, sayAmount, sayChange, sayQuantity, sayRatio } from "./format";

describe("decimal text", () => {
  it("keeps every digit of sums a float would lose", () => {
    expect(sayAmount("90071992547409931234.5678")).toBe("90,071,992,547,409,931,234.57");
    expect(onScale("12345678901234567890.12", { power: 4, unit: "万元", places: 4 })).toBe(
      "1,234,567,890,123,456.7890",
    );
  });
  it("rounds half up, away from zero", () => {
    expect(sayAmount("1.005")).toBe("1.01");
    expect(sayAmount("-1.005")).toBe("−1.01");
    expect(sayAmount("0.004")).toBe("0.00");
    expect(sayAmount("-0.004")).toBe("0.00");
  });
  it("reads exponents and refuses words", () => {
    expect(print(readDecimal("1.2E+3") ?? { digits: 0n, scale: 0 })).toBe("1,200");
    expect(sayAmount("5E-1")).toBe("0.50");
    for (const wrong of ["", "-", ".", "abc", "NaN", "1,2", null, undefined]) expect(readDecimal(wrong)).toBeNull();
  });
  it("goes to the clipboard as a number", () => {
    expect(plain(round(shift({ digits: -123456789n, scale: 2 }, 0), 2))).toBe("-1234567.89");
  });
});

describe("money", () => {
  it("scales by 万 and 亿 in Chinese", () => {
    expect(say("9999.99", "money", "CNY", "zh").text).toBe("10,000 元");
    expect(say("12345678", "money", "CNY", "zh").text).toBe("1,235 万元");
    expect(say("123456", "money", "CNY", "zh").text).toBe("12.3 万元");
    expect(say("-234567890", "money", "CNY", "zh").text).toBe("−2.35 亿元");
    expect(say("12345678", "money", "CHF", "zh").text).toBe("1,235 万 CHF");
  });
  it("scales by K, M and B in English, currency first", () => {
    expect(say("1234567", "money", "CNY", "en").text).toBe("¥ 1.23 M");
    expect(say("-12345678", "money", "USD", "en").text).toBe("−$ 12.3 M");
    expect(say("5500000000", "money", "CNY", "en").text).toBe("¥ 5.50 B");
    expect(say("42", "money", "CNY", "en").text).toBe("¥ 42.0");
  });
  it("uses one unit in a column, chosen by its largest figure", () => {
    const column = ["123456789.5", "54321", null];
    const scale = chooseScale(column, "money", "CNY", "zh");
    expect(scale.unit).toBe("亿元");
    expect(column.map((each) => onScale(each, scale))).toEqual(["1.23", "0.00", "—"]);
    expect(chooseScale(["99"], "money", "CNY", "zh").unit).toBe("元");
    expect(chooseScale(["-2000000"], "money", "CNY", "en").unit).toBe("¥ M");
  });
});

describe("other units", () => {
  it("says turns with two decimals, days and percent with one", () => {
    expect(say("3.14159", "times", "CNY", "zh").text).toBe("3.14 次");
    expect(say("3.145", "times", "CNY", "en").text).toBe("3.15 turns");
    expect(say("116.25", "days", "CNY", "zh").text).toBe("116.3 天");
    expect(say("0.31449", "percent", "CNY", "zh").text).toBe("31.4%");
    expect(say("1234", "count", "CNY", "zh").text).toBe("1,234 个");
    expect(say("2.5", "ratio", "CNY", "en").text).toBe("2.50");
  });
  it("says nothing where nothing is known", () => {
    expect(say(null, "money", "CNY", "zh").text).toBe("—");
    expect(sayRatio(null)).toBe("—");
  });
  it("says changes with a sign, and rates in points", () => {
    expect(sayChange("-0.4", "times", "CNY", "zh")).toBe("−0.40 次");
    expect(sayChange("0.021", "percent", "CNY", "zh")).toBe("+2.1 个百分点");
    expect(sayChange("0.021", "percent", "CNY", "en")).toBe("+2.1 pp");
    expect(sayRatio("-0.1234", true)).toBe("−12.3%");
  });
  it("drops zeros of quantities only", () => {
    expect(sayQuantity("1200.5000")).toBe("1,200.5");
    expect(sayQuantity("-3.0000")).toBe("−3");
    expect(sayQuantity("100")).toBe("100");
  });
});

describe("direction", () => {
  it("is coloured by what is good for the measure", () => {
    expect(judge("0.1", "up")).toBe("good");
    expect(judge("0.1", "down")).toBe("bad");
    expect(judge("-5", "down")).toBe("good");
    expect(judge("-5", "neither")).toBe("neither");
    expect(judge("0.00", "up")).toBe("neither");
    expect(judge(null, "up")).toBe("neither");
  });
  it("points with the sign", () => {
    expect([arrow("1"), arrow("-1"), arrow("0"), arrow(null)]).toEqual(["▲", "▼", "", ""]);
  });
});
