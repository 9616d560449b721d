import hashlib
import os
import re
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stockturn.demo import generate
from stockturn.language import UsageError

SMALL = {"items": 60, "months": 6, "end": date(2025, 3, 31)}


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


def test_the_same_arguments_give_the_same_bytes_in_another_process(tmp_path):
    generate(tmp_path / "here", **SMALL)
    program = (
        "import sys; from datetime import date; from pathlib import Path;"
        "from stockturn.demo import generate;"
        "generate(Path(sys.argv[1]), items=60, months=6, end=date(2025, 3, 31))"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "there")],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "America/New_York"},
    )
    assert hashes(tmp_path / "here") == hashes(tmp_path / "there")


def test_another_seed_is_another_company(tmp_path):
    generate(tmp_path / "a", **SMALL)
    generate(tmp_path / "b", seed=1, **SMALL)
    a, b = hashes(tmp_path / "a"), hashes(tmp_path / "b")
    assert a.keys() == b.keys()
    assert a["库存流水-2025-01.parquet"] != b["库存流水-2025-01.parquet"]


def test_the_files_are_those_promised(small):
    names = {path.name for path in small.company.files}
    lists = {"物料", "仓库", "供应商", "客户", "批次", "标准成本", "采购订单", "物料清单", "促销"}
    assert {name[:-4] for name in names if name.endswith(".csv")} == lists
    months = {re.fullmatch(r"库存流水-(.*)\.parquet", n)[1] for n in names if "流水" in n}
    assert months == {"2024-09", "2024-10", "2024-11", "2024-12", "2025-01", "2025-02", "2025-03"}
    assert small.company.movements == len(small.movements)


def test_progress_is_told_by_month(tmp_path):
    told = []
    generate(
        tmp_path, progress=lambda text, done, total: told.append((text.zh, done, total)), **SMALL
    )
    assert told == [("生成示例企业", k, 6) for k in range(7)]


def test_history_may_end_inside_a_month(tmp_path):
    company = generate(tmp_path, items=60, months=3, end=date(2026, 9, 15))
    last = pq.read_table(company.files[-1], columns=["日期"]).column(0).to_pylist()
    assert (min(last), max(last)) == (date(2026, 9, 1), date(2026, 9, 15))


@pytest.mark.parametrize(
    "wrong", [{"items": 10}, {"months": 1}, {"end": date(2050, 1, 31)}, {"end": date(2014, 1, 31)}]
)
def test_sizes_that_cannot_be_made_are_refused(tmp_path, wrong):
    with pytest.raises(UsageError):
        generate(tmp_path / "none", **{**SMALL, **wrong})
    assert not (tmp_path / "none").exists()


@pytest.mark.benchmark
def test_speed_of_the_full_company(tmp_path):
    begin, begin_cpu = time.perf_counter(), time.process_time()
    company = generate(tmp_path)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - begin_cpu
    print(f"{company.movements:,} movements, {seconds:.1f} s, {cpu:.1f} s of processor")
    assert 1_300_000 <= company.movements <= 1_700_000
    # Processor time, because other work on the machine says nothing about this code.
    assert cpu < 20
