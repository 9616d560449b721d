"""Writes docs/glossary.md from docs/glossary.yaml; ``--check`` compares them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).resolve().parent.parent / "docs"
SOURCE = DOCS / "glossary.yaml"
PAGE = DOCS / "glossary.md"
HEAD = """# 术语表 Glossary

由 `docs/glossary.yaml` 生成，请修改该文件后运行 `just docs`。
Written from `docs/glossary.yaml`: change that file, then run `just docs`.
"""


def read() -> list[dict[str, Any]]:
    """Return the sections: ``section``, ``zh``, ``en`` and ``terms`` (key, zh, en, meanings)."""
    sections: list[dict[str, Any]] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return sections


def render(sections: list[dict[str, Any]]) -> str:
    """Return the glossary as Markdown, one table a section."""
    parts = [HEAD]
    for section in sections:
        rows = [
            f"| `{t['key']}` | {t['zh']} | {t['en']} | {t['meaning_zh']} | {t['meaning_en']} |"
            for t in section["terms"]
        ]
        head = ["| key | 中文 | English | 含义 | Meaning |", "|---|---|---|---|---|"]
        parts.append("\n".join([f"## {section['zh']} {section['en']}", "", *head, *rows, ""]))
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Write the page, or with ``--check`` say whether it is in step (exit code 1 when not)."""
    page = render(read())
    if "--check" not in arguments:
        PAGE.write_text(page, encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != page:
        print("docs/glossary.md is not in step: run `just docs`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
