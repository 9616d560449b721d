/** Invented figures in the shapes of the API, for development only. */

const MEASURES = [
  ["turnover", "库存周转率", "Inventory turnover", "times", "up"],
  ["days_of_inventory", "库存周转天数", "Days of inventory", "days", "down"],
  ["closing_inventory", "期末库存", "Closing inventory", "money", "neither"],
  ["average_inventory", "平均库存", "Average inventory", "money", "neither"],
  ["cogs", "销售成本", "Cost of goods sold", "money", "up"],
  ["gross_margin_rate", "毛利率", "Gross margin rate", "percent", "up"],
  ["gmroi", "GMROI", "GMROI", "ratio", "up"],
  ["slow_moving_rate", "呆滞占比", "Slow-moving share", "percent", "down"],
  ["dead_stock_value", "呆滞金额", "Dead stock", "money", "down"],
  ["negative_balances", "负库存", "Negative balances", "count", "down"],
  ["one_more_turn", "多周转一次可释放资金", "Cash of one more turn", "money", "neither"],
];
const VALUES = ["3.14159", "116.2", "123456789.55", "118234567.1", "371403020.4", "0.31449", "1.44", "0.1203", "8745210.5", null, "28545000"];
const CHANGES = ["-0.4012", "13.1", "12345678", "9876543", "-5400000", "0.012", "-0.2", "0.021", "1200000", null, null];
const AMOUNT = { zh: "万元", en: "¥ M" };

const COVERAGE = { data_as_of: "2026-10-31", load_no: 37, cost_coverage: "0.9712", negative_balances: 14 };

function spark(seed) {
  return Array.from({ length: 13 }, (_, i) => (seed === 3 && i === 4 ? null : String(100 + 20 * Math.sin(i / 2 + seed) + i * seed)));
}

function query(url, measure) {
  return {
    measures: [measure],
    by: [],
    period: { begin: url.searchParams.get("begin"), end: url.searchParams.get("end") },
    grain: null,
    basis: basis(url),
    where: (url.searchParams.getAll("where") ?? []).map((each) => ({ dimension: each.split("=")[0], members: [each.split("=")[1]], exclude: false })),
    compare: ["prior_year"],
  };
}

function basis(url) {
  const financial = url.searchParams.get("reading") === "financial";
  return { average: url.searchParams.get("average") ?? (financial ? "two-point" : "daily"), basis: "cost", days: financial ? 360 : 365, annualise: !financial, year_to_date: financial };
}

function figure(url, lang, at) {
  const [key, zh, en, unit, good] = MEASURES[at];
  const value = VALUES[at];
  return {
    measure: key,
    name: lang === "zh" ? zh : en,
    unit,
    value,
    reason: value === null ? (lang === "zh" ? "没有期初数据，无法判断" : "No opening balance to judge by") : null,
    note: null,
    change: CHANGES[at],
    change_ratio: CHANGES[at] === null ? null : "-0.113",
    change_reason: CHANGES[at] === null ? (lang === "zh" ? "去年同期没有可比数据" : "There is nothing to compare with") : null,
    good,
    sparkline: spark(at),
    basis_label: lang === "zh" ? "按日加权 · 成本 · 365 天 · 年化" : "by day · at cost · 365 days · annualised",
    other_reading: at < 2 ? "3.20" : null,
    other_reading_label: at < 2 ? (lang === "zh" ? "财务口径" : "Financial reading") : null,
    query: query(url, key),
  };
}

const MONTHS = Array.from({ length: 12 }, (_, i) => `2026-${String(i + 1).padStart(2, "0")}`);
const CATEGORIES = ["自行车", "配件", "服装", "轮组", "骑行台", "头盔与护具"];

function line(name, colour, data) {
  return { type: "line", name, data, showSymbol: false, lineStyle: { color: colour, width: colour === "prior" ? 1 : 2 }, itemStyle: { color: colour } };
}

function trend(lang) {
  const now = MONTHS.map((_, i) => Number((3.1 + 0.5 * Math.sin(i / 1.7)).toFixed(2)));
  const before = MONTHS.map((_, i) => Number((3.4 + 0.4 * Math.sin(i / 1.9)).toFixed(2)));
  const names = lang === "zh" ? ["本期", "去年同期", "期间", "库存周转率"] : ["This period", "A year earlier", "Period", "Inventory turnover"];
  return {
    key: "trend",
    title: lang === "zh" ? "周转 3.14 次，较去年同期 −0.40，主要因「自行车」存货上升" : "Turnover is 3.14, down 0.40 on a year earlier, mainly because stock of bikes rose",
    subtitle: lang === "zh" ? "库存周转率（次） · 按日加权 · 成本 · 365 天 · 年化" : "Inventory turnover (turns) · by day · at cost · 365 days · annualised",
    option: {
      aria: { enabled: true },
      grid: { left: 8, right: 24, top: 40, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: { top: 0, left: 0, data: names.slice(0, 2) },
      tooltip: { trigger: "axis" },
      xAxis: { type: "category", data: MONTHS },
      yAxis: { type: "value" },
      series: [line(names[0], "series1", now), line(names[1], "prior", before)],
    },
    table: MONTHS.map((month, i) => ({ [names[2]]: month, [names[3]]: String(now[i]), [names[1]]: String(before[i]) })),
  };
}

function comparison(lang, by) {
  const leaf = by === "item";
  const rows = CATEGORIES.map((name, i) => [leaf ? `${name} ${i + 1} 号` : name, leaf ? `A-${100 + i}` : name, 5.2 - i * 0.7, 4.9 - i * 0.5]);
  return {
    key: "comparison",
    title: lang === "zh" ? "「头盔与护具」周转最低，1.70 次" : "Helmets turn slowest, at 1.70",
    subtitle: lang === "zh" ? "库存周转率（次） · 按日加权 · 成本 · 365 天 · 年化" : "Inventory turnover (turns) · by day · at cost",
    option: {
      aria: { enabled: true },
      grid: { left: 8, right: 56, top: 40, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: { top: 0, left: 0, data: ["本期", "去年同期"] },
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" } },
      xAxis: { type: "value", min: 0 },
      yAxis: { type: "category", inverse: true, data: rows.map(([name]) => name) },
      series: [
        {
          type: "bar",
          name: "本期",
          data: rows.map(([name, member, value]) => ({ value: Number(value.toFixed(2)), name, member })),
          itemStyle: { color: "series1" },
          barMaxWidth: 16,
          label: { show: true, position: "right" },
          markLine: { silent: true, symbol: "none", lineStyle: { color: "target", width: 1, type: "dashed" }, label: { formatter: "合计 3.14" }, data: [{ xAxis: 3.14 }] },
        },
        { type: "bar", name: "去年同期", data: rows.map(([, , , prior]) => prior), itemStyle: { color: "prior" }, barMaxWidth: 8 },
      ],
    },
    table: rows.map(([name, , value, prior]) => ({ 品类: name, 库存周转率: value.toFixed(6), 去年同期: prior.toFixed(2) })),
  };
}

function ageing(lang) {
  const labels = lang === "zh" ? ["0–30 天", "31–90 天", "91–180 天", "181–365 天", "1–2 年", "2 年以上"] : ["0–30", "31–90", "91–180", "181–365", "1–2 years", "over 2 years"];
  const values = [5210.4, 3310.2, 1820.9, 1100.3, 560.7, 343.2];
  return {
    key: "ageing",
    title: lang === "zh" ? "7.3% 的存货放了一年以上，共 904 万元" : "7.3% of stock is over a year old, ¥ 9.0 M",
    subtitle: lang === "zh" ? "库龄金额（万元） · 公司库龄" : "Value by age (¥ M) · company age",
    option: {
      grid: { left: 8, right: 24, top: 24, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" } },
      xAxis: { type: "category", data: labels },
      yAxis: { type: "value", min: 0 },
      series: [{ type: "bar", name: "金额", barMaxWidth: 48, label: { show: true, position: "top" }, data: values.map((value, i) => ({ value, name: labels[i], itemStyle: { color: `age${i}` }, label: { formatter: `${((value / 12345.7) * 100).toFixed(1)}%` } })) }],
    },
    table: labels.map((label, i) => ({ 库龄: label, [AMOUNT[lang]]: String(values[i]) })),
  };
}

function traps(lang) {
  return Array.from({ length: 14 }, (_, i) => ({
    item: `BK-${1040 + i * 7}`,
    name: i % 5 === 4 ? null : ["碳纤维公路车架 54", "铝合金轮组 700C", "冬季骑行服 XL", "液压碟刹套件", "x"][i % 5],
    category: CATEGORIES[i % 6],
    location_count: (i % 4) + 1,
    value: String(1845210.5 / (i + 1)),
    days_of_inventory: i === 3 ? null : String(540 - i * 11),
    days_since_last_issue: i === 5 ? null : 210 - i * 9,
    age_days: 400 - i * 12,
    reason: lang === "zh" ? `${210 - i * 9} 天没有出库，占用 ${(184.5 / (i + 1)).toFixed(1)} 万元，按现速要 ${540 - i * 11} 天` : `No issue for ${210 - i * 9} days; ¥ ${(1.845 / (i + 1)).toFixed(2)} M lies still`,
    trend: spark(i),
  }));
}

function overview(url, lang) {
  const by = url.searchParams.get("by") ?? "category";
  const where = query(url, "turnover").where;
  return {
    period: query(url, "turnover").period,
    basis: basis(url),
    coverage: COVERAGE,
    headline: lang === "zh" ? "周转 3.14 次，较去年同期 −0.40 次，主要因「自行车」存货上升 1,235 万元。" : "Turnover is 3.14 turns, −0.40 turns on a year earlier, mainly because the stock of bikes rose by ¥ 12.3 M.",
    next_step: lang === "zh" ? "先看「轮组」：积压的 874.5 万元中有 310.2 万元（35.5%）在这里，共 42 个物料。" : "Start with wheels: ¥ 3.10 M (35.5%) of the ¥ 8.75 M that does not turn lies there, in 42 items.",
    next_step_link: "?from=2025-11-01&to=2026-11-01&by=item&where=category%3D轮组",
    figures: MEASURES.slice(0, 10).map((_, i) => figure(url, lang, i)),
    one_more_turn: figure(url, lang, 10),
    trend: trend(lang),
    comparison: comparison(lang, by),
    comparison_by: by,
    breadcrumb: where.filter(({ dimension }) => dimension === "category"),
    ageing: ageing(lang),
    cash_traps: traps(lang),
    cash_traps_total: "8745210.5",
  };
}

function card(lang, key) {
  const [, zh, en, unit, good] = MEASURES.find(([each]) => each === key) ?? MEASURES[0];
  return {
    key,
    name: lang === "zh" ? zh : en,
    unit,
    good,
    formula: lang === "zh" ? "销售成本 ÷ 平均存货 × 365 ÷ 期间天数" : "COGS ÷ average inventory × 365 ÷ days",
    grain: lang === "zh" ? "物料 × 库位 × 日" : "item × location × day",
    additivity: lang === "zh" ? "不可加：组的周转是和之比" : "not additive: ratio of sums",
    null_rule: lang === "zh" ? "平均存货为零或为负时为空" : "null where average inventory is zero or negative",
    basis: lang === "zh" ? "平均方式、计价、天数、年化" : "average, valuation, days, annualising",
    source: lang === "zh" ? "企业会计准则应用指南" : "Penman, Financial Statement Analysis, ch. 12",
    golden_case: "turnover-daily-01",
  };
}

function explanation(lang, key) {
  const at = Math.max(0, MEASURES.findIndex(([each]) => each === key));
  const other = (label, number, average) => ({ label, basis: { average, basis: "cost", days: 365, annualise: true, year_to_date: false }, value: { number, reason: number ? null : "没有收入数据" } });
  return {
    card: card(lang, key),
    value: { number: VALUES[at], reason: null, note: null },
    basis_label: lang === "zh" ? "按日加权 · 成本 · 365 天 · 年化" : "by day · at cost · 365 days · annualised",
    components: [
      { name: lang === "zh" ? "销售成本" : "COGS", value: "371403020.4", unit: "money" },
      { name: lang === "zh" ? "平均库存" : "Average inventory", value: "118234567.1", unit: "money" },
      { name: lang === "zh" ? "期间天数" : "Days", value: "365", unit: "days" },
    ],
    other_bases: [other(lang === "zh" ? "两点平均" : "Two-point", "3.2001", "two-point"), other(lang === "zh" ? "N+1 点平均" : "N+1 points", "3.1788", "n-point"), other(lang === "zh" ? "销售额口径" : "Sales", null, "daily")],
    trend: trend(lang),
    coverage: COVERAGE,
  };
}

function rows(url) {
  const offset = Number(url.searchParams.get("offset"));
  return {
    total: 128,
    next_offset: offset + 50 < 128 ? offset + 50 : null,
    rows: Array.from({ length: 50 }, (_, i) => ({
      movement_id: offset + i,
      happened_on: "2026-03-14",
      kind: "sale_issue",
      kind_name: "销售出库",
      item: "BK-1040",
      item_name: "碳纤维公路车架 54",
      location: "华东仓",
      quantity: "-3.0000",
      value: "-12846.3300",
      document: "SO-20260314-017",
      load_no: 37,
      origin: "file",
      file: "2026年3月出库.xlsx",
      sheet: "明细",
      row_no: offset + i + 2,
    })),
  };
}

function load(no) {
  return {
    load_no: no,
    status: no === 36 ? "held" : "loaded",
    message: "已入账 120,931 行，拒收 128 行，忽略 41 行。",
    committed_at: "2026-11-01T02:13:00Z",
    mapping: "our-erp",
    rows_in: 121100,
    rows_loaded: 120931,
    rows_rejected: no === 37 ? 128 : 0,
    rows_ignored: 41,
    rejected_by_reason: { 数量不是数字: 100, 物料未知: 28 },
    ignored_by_reason: { 合计行: 41 },
    files: [{ name: "2026年3月出库.xlsx", sha256: "ab12".repeat(16), rows_in: 121100, rows_loaded: 120931, rows_rejected: 128, rows_ignored: 41, already_loaded: false }],
    rejects: [{ file: "2026年3月出库.xlsx", sheet: "明细", row_no: 882, column: "数量", value: "三十", code: "not_a_number", message: "「数量」不是数字" }],
    warnings: ["有 128 行没有成本，影响 3.2% 的存货金额"],
    seconds: 4.21,
  };
}

function quick() {
  const value = (number, reason = null) => ({ number, reason, note: null });
  return {
    turnover: value("4.3636"),
    days: value("83.65"),
    average_inventory: value("5500000"),
    gross_margin_rate: value(null, "没有收入，无法算毛利率"),
    cash_of_one_more_turn: value("1025424.1"),
    basis_label: "两点平均 · 成本 · 365 天 · 年化",
    industry: "机械设备",
    band: ["3.0", "5.5"],
    band_source: "行业统计年鉴，2023",
    verdict: "一年周转 4.36 次，处在机械设备行业的常见范围内。",
    next_step: "多转一次可释放 102.5 万元。先找出占用最多、周转最慢的品类。",
    by_category: [{ 品类: "配件", 周转次数: "5.1", 周转天数: "71.6" }, { 品类: "整车", 周转次数: "3.2", 周转天数: "114.1" }],
    by_month: [],
    errors: [],
  };
}

function meta(lang, empty) {
  const dimension = (key, zh, en, drill_to = null) => ({ key, name: lang === "zh" ? zh : en, drill_to });
  return {
    version: "0.1.0",
    company: lang === "zh" ? "示例骑行器材" : "Example Cycles",
    currency: "CNY",
    leading_reading: "management",
    first_day: empty ? null : "2024-01-01",
    data_as_of: empty ? null : "2026-10-31",
    last_load_at: empty ? null : "2026-11-01T02:13:00Z",
    measures: MEASURES.map(([key]) => card(lang, key)),
    dimensions: [dimension("category", "品类", "Category", "item"), dimension("location", "库位", "Location"), dimension("item", "物料", "Item")],
  };
}

const NAMES = [["机械设备", "机械设备"], ["食品饮料", "食品饮料"], ["服装", "服装"]];

/** Return [status, content] for one request. */
export function answer(url, asked) {
  const lang = url.searchParams.get("lang") === "en" ? "en" : "zh";
  const empty = process.env.MOCK === "empty";
  if (process.env.MOCK === "broken" && url.pathname === "/api/overview") {
    return [500, { code: "unexpected", message: "处理请求时出现意外错误，数据没有改变。请重试；若仍然出现，请把编号告诉管理员。", request_id: "7f3a9c12" }];
  }
  switch (url.pathname) {
    case "/api/meta":
      return [200, meta(lang, empty)];
    case "/api/overview":
      return [200, overview(url, lang)];
    case "/api/explain":
      return [200, explanation(lang, url.searchParams.get("measure"))];
    case "/api/rows":
      return [200, rows(url)];
    case "/api/members":
      return [200, { members: NAMES.map(([member, name]) => ({ member, name })) }];
    case "/api/loads":
      return [200, { loads: empty ? [] : [37, 36, 35].map(load) }];
    case "/api/quick":
    case "/api/quick/sheet":
      return asked && asked.rows?.[0]?.opening === "-1" ? [422, { code: "invalid", message: "「期初存货」不能为负。", request_id: "11aa22bb" }] : [200, quick()];
    default:
      return url.pathname.startsWith("/api/loads/") ? [200, load(Number(url.pathname.split("/").pop()))] : [404, { code: "not_found", message: "没有这个地址。", request_id: "0" }];
  }
}
