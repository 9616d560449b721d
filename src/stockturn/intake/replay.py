"""The loads of a workspace in their order, as ``received/`` tells them, for a rebuild."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stockturn.engines import DuckDBEngine
from stockturn.intake.decisions import decide_again
from stockturn.intake.load import load_kept
from stockturn.intake.mapping import Mapping
from stockturn.intake.mapping_yaml import read_mapping
from stockturn.intake.received import Manifest, read_manifest
from stockturn.language import Progress, StockTurnError, Text
from stockturn.ledger.posting import PostedLoad
from stockturn.workspace import Workspace

KEPT_MISSING = Text(
    "第 {load_no} 次导入的原始文件“{name}”（{sha256}）不在 received/ 中，无法重建。"
    "请从备份恢复该文件。",
    "The kept bytes of “{name}” ({sha256}) of load {load_no} are not in received/, so the "
    "warehouse cannot be rebuilt. Restore the file from a backup.",
)


class KeptMissing(StockTurnError):
    """Bytes that a load was made of are gone."""

    code = "kept_missing"


@dataclass(frozen=True)
class PlannedLoad:
    """One committed load to be made again; ``mapping`` is None where it is a decision."""

    load_no: int
    manifest: Manifest
    mapping: Mapping | None

    def run(
        self, workspace: Workspace, engine: DuckDBEngine, *, progress: Progress | None = None
    ) -> PostedLoad:
        """Post this load into ``engine`` under its own number and time.

        Raises:
            StockTurnError: its files cannot be read as they were.
        """
        if self.mapping is None:
            return decide_again(self.manifest, engine)
        return load_kept(workspace, self.manifest, self.mapping, engine, progress=progress)


def replay(received_dir: Path) -> list[PlannedLoad]:
    """Return the committed loads by number.

    Raises:
        KeptMissing: bytes of one of them are gone.
        BadMapping: a kept mapping is not understood by this version.
    """
    planned = []
    for path in received_dir.glob("load-*.json"):
        manifest = read_manifest(path)
        assert manifest.load_no is not None
        for kept in (*(kept for _, kept in manifest.files), *manifest.lookups.values()):
            if not kept.path.exists():
                words = {"load_no": manifest.load_no, "name": kept.name, "sha256": kept.sha256}
                raise KeptMissing(KEPT_MISSING.fill(**words))
        stated = manifest.mapping
        mapping = None
        if not manifest.is_decision:
            mapping = read_mapping(stated["content"], stated["name"])
        planned.append(PlannedLoad(manifest.load_no, manifest, mapping))
    return sorted(planned, key=lambda load: load.load_no)
