import { describe, expect, it } from "vitest";
import { addDays, daysBetween, isDay, monthStart } from "./days";
import { anchorDay, dataYears, presetSpan, readPeriod } from "./periods";
import { drill, fixedAddress, readView, writeView } from "./view";

describe("days", () => {
  it("knows real days only", () => {
    expect(isDay("2024-02-29")).toBe(true);
    for (const wrong of ["2023-02-29", "2024-13-01", "2024-1-1", "", null]) expect(isDay(wrong)).toBe(false);
  });
  it("steps over months and years", () => {
    expect(addDays("2023-12-31", 1)).toBe("2024-01-01");
    expect(monthStart("2024-01-31", -1)).toBe("2023-12-01");
    expect(daysBetween("2024-02-01", "2024-03-01")).toBe(29);
  });
});

describe("periods", () => {
  it("counts from the last day with data, never past today", () => {
    expect(anchorDay("2013-12-31", "2026-11-20")).toBe("2013-12-31");
    expect(anchorDay("2027-01-01", "2026-11-20")).toBe("2026-11-20");
    expect(anchorDay(null, "2026-11-20")).toBe("2026-11-20");
  });
  it("gives half-open spans", () => {
    expect(presetSpan("last_12_months", "2013-12-31")).toEqual({ begin: "2013-01-01", end: "2014-01-01" });
    expect(presetSpan("last_month", "2024-03-31")).toEqual({ begin: "2024-02-01", end: "2024-03-01" });
    expect(presetSpan("this_quarter", "2024-05-10")).toEqual({ begin: "2024-04-01", end: "2024-05-11" });
    expect(presetSpan("last_12_months", "2024-02-28")).toEqual({ begin: "2023-03-01", end: "2024-02-29" });
  });
  it("reads calendar periods", () => {
    expect(readPeriod("2013", "2020-01-01")).toEqual({ begin: "2013-01-01", end: "2014-01-01" });
    expect(readPeriod("2013-Q4", "2020-01-01")).toEqual({ begin: "2013-10-01", end: "2014-01-01" });
    expect(readPeriod("2013-06", "2020-01-01")).toEqual({ begin: "2013-06-01", end: "2013-07-01" });
    expect(readPeriod("2013-13", "2020-01-01")).toBeNull();
  });
  it("lists years that hold data", () => {
    expect(dataYears("2011-05-01", "2013-12-31")).toEqual(["2013", "2012", "2011"]);
    expect(dataYears(null, null)).toEqual([]);
  });
});

const ANCHOR = "2013-12-31";
const read = (text: string) => readView(new URLSearchParams(text), ANCHOR);

describe("the state of a view", () => {
  it("has defaults", () => {
    const view = read("");
    expect(view).toMatchObject({ period: "last_12_months", grain: "month", compare: "prior_year", reading: null });
    expect(view.basis).toEqual({});
  });
  it("survives a round trip", () => {
    const text =
      "from=2013-01-01&to=2013-07-01&grain=quarter&compare=none&reading=financial&by=location&average=n-point" +
      "&days=360&annualise=false&where=category%3DBikes&where=item%3DA%3D1&where=location!%3DW9";
    const view = read(text);
    expect(view.where).toEqual([
      { dimension: "category", member: "Bikes" },
      { dimension: "item", member: "A=1" },
      { dimension: "location", member: "W9", exclude: true },
    ]);
    const again = writeView(new URLSearchParams(), view);
    expect(readView(again, ANCHOR)).toEqual(view);
  });
  it("keeps a clock only where it is not the usual one", () => {
    expect(read("clock=lot").clock).toBe("lot");
    expect(writeView(new URLSearchParams("clock=lot"), { clock: "company" }).toString()).toBe("");
  });
  it("ignores what does not fit instead of breaking", () => {
    const view = read("from=2013-05-01&to=2013-01-01&grain=hour&days=364&where=nonsense&period=soon");
    expect(view).toEqual(read(""));
  });
  it("keeps parts it does not know", () => {
    expect(writeView(new URLSearchParams("card=turnover"), { grain: "week" }).toString()).toBe("card=turnover&grain=week");
  });
  it("removes overrides that follow the reading again", () => {
    const next = writeView(new URLSearchParams("average=two-point&days=360"), { basis: { days: 365 } });
    expect(next.toString()).toBe("days=365");
  });
  it("drills one level down and replaces the level it came from", () => {
    const view = read("by=category&where=location%3DW1&where=category%3DOld");
    expect(drill(view, { dimension: "category", member: "Bikes" }, "subcategory")).toEqual({
      by: "subcategory",
      where: [
        { dimension: "location", member: "W1" },
        { dimension: "category", member: "Bikes" },
      ],
    });
  });
  it("shares days, not words that mean something else tomorrow", () => {
    const query = new URLSearchParams("period=this_month");
    expect(fixedAddress(query, readView(query, ANCHOR)).toString()).toBe("from=2013-12-01&to=2014-01-01");
  });
});
