"""Which files a load means: paths, folders and patterns against a mapping's file names."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stockturn.intake.detect import ARCHIVE_SUFFIX, is_readable
from stockturn.intake.layout import names_file
from stockturn.intake.mapping import Mapping
from stockturn.language import Text, UsageError

NOT_THERE = Text(
    "找不到“{path}”。请检查路径和文件名。",
    "There is no “{path}”. Check the path and the file name.",
)
NOTHING_FITS = Text(
    "“{path}”中没有映射“{mapping}”认识的文件，应为：{expected}；看到的是：{found}。"
    "请改文件名、换映射，或直接写出要导入的文件。",
    "“{path}” holds no file that the mapping “{mapping}” knows. Expected: {expected}; found: "
    "{found}. Rename the files, choose another mapping, or name the files to load one by one.",
)
FILE_MISSING = Text(
    "“{path}”中缺少映射“{mapping}”必需的文件：{expected}。请补上后重新导入。",
    "“{path}” lacks a file that the mapping “{mapping}” needs: {expected}. Add it and load again.",
)
NOT_USED = Text(
    "映射不使用这些文件：{names}。",
    "The mapping does not use these files: {names}.",
)


@dataclass(frozen=True)
class Resolved:
    """The files of a load.

    Attributes:
        files: what to load, by name.
        lookups: lookup name -> the file its values stand in, as far as found.
        warnings: what was seen and not used.
    """

    files: tuple[Path, ...]
    lookups: dict[str, Path]
    warnings: tuple[Text, ...]


Opener = Callable[[Path], list[Path]]
"""Unpacks an archive and returns its members."""


def resolve(paths: Sequence[Path | str], mapping: Mapping, open_archive: Opener) -> Resolved:
    """Find the files that ``paths`` mean.

    A file named outright is loaded whatever it is called; of a folder, the files whose names the
    mapping knows. An archive stands for its members: those the mapping knows, or all of them
    where it knows none.

    Args:
        paths: files, folders and patterns.
        mapping: whose file names count.
        open_archive: see :data:`Opener`.

    Raises:
        UsageError: a path does not exist, or a folder lacks what the mapping needs.
    """
    chosen: dict[Path, None] = {}
    unused: list[str] = []
    around: list[Path] = []
    parents: set[Path] = set()
    for path in (Path(p) for given in paths for p in _expand(given)):
        if path.is_dir():
            found = _opened(_visible(path), open_archive)
            around += found
            used = [file for file in found if _is_known(file, mapping)]
            _check_folder(path, found, used, mapping)
            chosen |= dict.fromkeys(file.resolve() for file in used)
            unused += [file.name for file in found if not _is_wanted(file, mapping)]
        elif _is_archive(path):
            found = open_archive(path)
            around += found
            used = [file for file in found if _is_known(file, mapping)] or found
            chosen |= dict.fromkeys(file.resolve() for file in used)
            unused += [f.name for f in found if f not in used and not _is_wanted(f, mapping)]
        else:
            chosen[path.resolve()] = None
            around.append(path)
            # Once a folder: a thousand pushed messages lie in one.
            if path.parent not in parents:
                parents.add(path.parent)
                around += [each for each in _visible(path.parent) if not _is_archive(each)]
    files = tuple(sorted(chosen, key=lambda file: (file.name, str(file))))
    lookups = {
        spec.name: match
        for spec in mapping.lookups
        if (match := next((file for file in around if names_file(file.name, spec.match)), None))
    }
    names = ", ".join(sorted(unused))
    return Resolved(files, lookups, (NOT_USED.fill(names=names),) if unused else ())


def _expand(given: Path | str) -> Iterable[str]:
    if Path(given).exists():
        return [str(given)]
    found = sorted(glob.glob(str(given)))  # noqa: PTH207 - Path.glob refuses absolute patterns
    if not found:
        raise UsageError(NOT_THERE.fill(path=given))
    return found


def _is_archive(path: Path) -> bool:
    return path.suffix.lower() == ARCHIVE_SUFFIX


def _opened(found: list[Path], open_archive: Opener) -> list[Path]:
    return [
        file for path in found for file in (open_archive(path) if _is_archive(path) else [path])
    ]


def _visible(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if is_readable(path.name) and not path.name.startswith((".", "~$")) and path.is_file()
    )


def _is_known(file: Path, mapping: Mapping) -> bool:
    return any(names_file(file.name, spec.match) for spec in mapping.files)


def _is_wanted(file: Path, mapping: Mapping) -> bool:
    return _is_known(file, mapping) or any(names_file(file.name, s.match) for s in mapping.lookups)


def _check_folder(folder: Path, found: list[Path], used: list[Path], mapping: Mapping) -> None:
    expected = ", ".join(pattern for spec in mapping.files for pattern in spec.match[:1])
    if not used:
        names = ", ".join(file.name for file in found[:20]) or "-"
        words = {"path": folder, "mapping": mapping.name, "expected": expected, "found": names}
        raise UsageError(NOTHING_FITS.fill(**words))
    for spec in mapping.files:
        if not spec.optional and not any(names_file(file.name, spec.match) for file in used):
            words = {"path": folder, "mapping": mapping.name, "expected": spec.match[0]}
            raise UsageError(FILE_MISSING.fill(**words))
