"""A workspace starts on no secret that others could read, guess or share."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from stockturn.workspace import Workspace
from stockturn.workspace.secret import FILE_NAME, SecretRefused, workspace_secret


def test_it_is_made_once_and_only_its_user_can_read_it(tmp_path: Path) -> None:
    path = Workspace.create(tmp_path / "w")
    with Workspace.open(path, environ={}) as workspace:
        first = workspace.secret
        assert workspace.secret == first
        assert len(first) == 32
    file = path / FILE_NAME
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes() == first
    (tmp_path / "other").mkdir()
    assert workspace_secret(tmp_path / "other") != first


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_others_may_not_read_it(tmp_path: Path, mode: int) -> None:
    workspace_secret(tmp_path)
    (tmp_path / FILE_NAME).chmod(mode)
    with pytest.raises(SecretRefused, match="other users"):
        workspace_secret(tmp_path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "0 bytes"),
        (os.urandom(31), "31 bytes"),
        (os.urandom(33), "33 bytes"),
        (bytes(32), "at random"),
        (b"\xff\x00" * 16, "at random"),
        (b"change-me-please-change-me-please"[:32], "at random"),
    ],
)
def test_a_short_or_known_secret_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / FILE_NAME
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(SecretRefused, match=why):
        workspace_secret(tmp_path)


@pytest.mark.parametrize("share", [os.symlink, os.link])
def test_a_secret_shared_with_another_place_is_refused(tmp_path: Path, share) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    workspace_secret(elsewhere)
    share(elsewhere / FILE_NAME, tmp_path / FILE_NAME)
    with pytest.raises(SecretRefused, match="no plain file"):
        workspace_secret(tmp_path)


def test_what_an_interrupted_start_left_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / f"{FILE_NAME}.new").write_bytes(b"half")
    assert len(workspace_secret(tmp_path)) == 32
