"""What the parameters of the API are called in the user's language."""

from __future__ import annotations

from collections.abc import Mapping

from stockturn.language import Text

FIELDS: Mapping[str, Text] = {
    "annualise": Text("年化", "annualise"),
    "average": Text("平均方式", "average"),
    "basis": Text("计价基础", "basis"),
    "begin": Text("期间开始", "period begin"),
    "body": Text("请求内容", "request body"),
    "by": Text("分组维度", "grouping"),
    "category": Text("品类", "category"),
    "clock": Text("库龄时钟", "clock of ages"),
    "closing": Text("期末存货", "closing inventory"),
    "cogs": Text("营业成本", "cost of goods sold"),
    "compare": Text("对比期间", "compare to"),
    "days": Text("年天数", "days of the year"),
    "dimension": Text("维度", "dimension"),
    "end": Text("期间结束", "period end"),
    "exclude": Text("排除", "exclude"),
    "file": Text("文件", "file"),
    "format": Text("文件格式", "file format"),
    "grain": Text("时间粒度", "grain"),
    "industry": Text("行业", "industry"),
    "known_at": Text("数据时点", "known at"),
    "lang": Text("语言", "language"),
    "limit": Text("行数上限", "row limit"),
    "load_no": Text("导入编号", "load number"),
    "measure": Text("指标", "measure"),
    "measures": Text("指标", "measures"),
    "members": Text("成员", "members"),
    "month": Text("月份", "month"),
    "offset": Text("起始行", "first row"),
    "opening": Text("期初存货", "opening inventory"),
    "order_by": Text("排序", "order"),
    "period": Text("期间", "period"),
    "period_days": Text("期间天数", "days of the period"),
    "reading": Text("口径", "reading"),
    "revenue": Text("营业收入", "revenue"),
    "rows": Text("数据行", "rows"),
    "search": Text("搜索词", "search"),
    "where": Text("筛选", "filter"),
    "year_to_date": Text("年初至今", "year to date"),
}
"""Parameter or body field -> its name; a test holds this list against the OpenAPI document."""
