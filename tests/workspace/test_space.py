"""A full disk is foreseen where it can be, and put into words where it cannot."""

import errno

import pytest

from stockturn.engines import EngineFull
from stockturn.workspace import DiskFull, Workspace, clear_disk_errors, require_space


def test_space_that_is_there_is_enough(tmp_path):
    require_space(tmp_path, needed=1, floor=0)


def test_space_that_is_not_there_is_told_with_its_size(tmp_path):
    with pytest.raises(DiskFull) as full:
        require_space(tmp_path, needed=2**60, floor=0)
    assert "1099511627776 MB" in full.value.message.zh
    assert "Nothing was loaded" in full.value.message.en


def test_floor_comes_from_the_settings(tmp_path):
    folder = Workspace.create(tmp_path / "shop", {"free_space_floor_mb": 1_048_576})
    with Workspace.open(folder, environ={}) as workspace, pytest.raises(DiskFull):
        workspace.require_space(1)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        RuntimeError('Could not write file "x": No space left on device'),
    ],
)
def test_full_disk_becomes_one_error(tmp_path, error):
    with pytest.raises(DiskFull), clear_disk_errors(tmp_path):
        raise error


def test_wrapped_full_disk_is_found(tmp_path):
    def fail():
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as error:
            raise ValueError("writing failed") from error

    with pytest.raises(DiskFull), clear_disk_errors(tmp_path):
        fail()


def test_other_errors_pass(tmp_path):
    with pytest.raises(PermissionError), clear_disk_errors(tmp_path):
        raise PermissionError(errno.EACCES, "Permission denied")
    with pytest.raises(EngineFull), clear_disk_errors(tmp_path):
        raise EngineFull("No space left on device")
