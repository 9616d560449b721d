"""What there is to be allowed, one name each; roles are sets of these."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from stockturn.language import Text


class Permission(StrEnum):
    """One thing a person may do or see."""

    SEE_FIGURES = "see_figures"
    SEE_COST = "see_cost"
    EXPORT = "export"
    SEE_DATA = "see_data"
    LOAD_DATA = "load_data"
    MANAGE_SOURCES = "manage_sources"
    MANAGE_QUALITY = "manage_quality"
    CORRECT_QUARANTINE = "correct_quarantine"
    MANAGE_ITEMS = "manage_items"
    MANAGE_JOBS = "manage_jobs"
    CLOSE_PERIODS = "close_periods"
    MANAGE_PEOPLE = "manage_people"
    READ_AUDIT = "read_audit"


PERMISSIONS: Final[dict[Permission, Text]] = {
    Permission.SEE_FIGURES: Text("看指标", "See figures"),
    Permission.SEE_COST: Text("看成本与金额", "See cost and value"),
    Permission.EXPORT: Text("导出", "Export"),
    Permission.SEE_DATA: Text("看导入、运行与质量", "See loads, runs and quality"),
    Permission.LOAD_DATA: Text("导入数据", "Load data"),
    Permission.MANAGE_SOURCES: Text("管理来源", "Manage sources"),
    Permission.MANAGE_QUALITY: Text("管理质量规则", "Manage quality rules"),
    Permission.CORRECT_QUARANTINE: Text("修正隔离区", "Correct the quarantine"),
    Permission.MANAGE_ITEMS: Text("合并与拆分物料", "Merge and split items"),
    Permission.MANAGE_JOBS: Text("管理任务与计划", "Manage jobs and schedules"),
    Permission.CLOSE_PERIODS: Text("结账与反结账", "Close and reopen periods"),
    Permission.MANAGE_PEOPLE: Text("管理用户", "Manage people"),
    Permission.READ_AUDIT: Text("看审计记录", "Read the audit"),
}
