"""A folder on an SFTP server, whose host key must have been confirmed before anything is sent.

``paramiko`` is an optional extra. The connection goes to an address that was looked at, like every
other way out; the server's key is compared before the password or key of the user is used.
"""

from __future__ import annotations

import base64
import hashlib
import io
import posixpath
import re
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from stockturn.intake.addresses import HostForbidden, HostUnknown
from stockturn.intake.sources.drivers import driver
from stockturn.intake.sources.failures import (
    SourceFailure,
    SourceForbidden,
    SourceGone,
    SourceMissing,
    SourceRefused,
    SourceUnreachable,
)
from stockturn.intake.sources.files.forms import MOVES, SETTLES
from stockturn.intake.sources.files.place import MOST_BYTES, Entry, FilesSource
from stockturn.intake.sources.kind import Field, Form, SourceKind, host_field, port_field
from stockturn.intake.sources.source import Ground, Source
from stockturn.language import Text

ASIDE: Final = "loaded"
_BLOCK: Final = 256 * 1024
_FINGERPRINT: Final = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")


class HostKeyUnconfirmed(SourceFailure):
    """The server's key is not the one that was confirmed, or none was."""

    code = "sftp_host_key"
    status = 409
    words = Text(
        "SFTP 服务器“{source}”的主机密钥是 {detail}，还没有确认，未发送任何密码。"
        "请向对方核对后填入“主机密钥”；若以前确认过别的密钥，请先查明原因。",
        "The host key of “{source}” is {detail} and has not been confirmed; no password was sent. "
        "Compare it with its administrator and enter it as host key; if another one had been "
        "confirmed, find out why it changed.",
    )


class SftpPlace:
    """A folder of an SFTP server."""

    def __init__(self, form: Form, ground: Ground) -> None:
        """Take a checked form."""
        self._form = form
        self._ground = ground
        self._root = str(form["folder"]).rstrip("/") or "/"
        self._sftp: Any = None

    @property
    def label(self) -> str:
        """Host and folder."""
        return f"{self._form['host']}{'' if self._root == '.' else ':' + self._root}"

    @contextmanager
    def open(self) -> Iterator[SftpPlace]:
        """Connect, compare the host key, sign in."""
        paramiko = driver("paramiko", kind="SFTP", extra="sftp")
        with closing(self._socket()) as connection:
            transport = paramiko.Transport(connection)
            transport.banner_timeout = transport.auth_timeout = self._ground.timeout_seconds
            try:
                self._greet(paramiko, transport)
                self._sign_in(paramiko, transport)
                self._sftp = paramiko.SFTPClient.from_transport(transport)
                self._sftp.get_channel().settimeout(self._ground.timeout_seconds)
                yield self
            except (paramiko.SSHException, EOFError, TimeoutError, ConnectionError) as broken:
                raise SourceGone(self.label, what=self._root, detail=str(broken)) from broken
            except OSError as broken:
                # A channel that has closed says so without a number; our own full disk has one.
                if broken.errno is not None:
                    raise
                raise SourceGone(self.label, what=self._root, detail=str(broken)) from broken
            finally:
                transport.close()

    def greeting(self) -> str:
        """Return where it is."""
        return self.label

    def entries(self) -> Iterator[Entry]:
        """Yield the plain files of the folder."""
        now = time.time()
        with self._told("."):
            found = self._sftp.listdir_attr(self._root)
        for each in found:
            if not stat.S_ISREG(each.st_mode or 0):
                continue
            touched = float(each.st_mtime or 0)
            settled = now - touched >= int(self._form["settles"])
            yield Entry(each.filename, int(each.st_size or 0), str(each.st_mtime), settled)

    def copy(self, entry: Entry, target: Path) -> None:
        """Copy one file and hold it to what was listed."""
        path = posixpath.join(self._root, entry.path)
        size = 0
        with self._told(entry.name), self._sftp.open(path, "rb") as reading:
            reading.prefetch(entry.size)
            with target.open("xb") as writing:
                while block := reading.read(_BLOCK):
                    size += len(block)
                    if size > min(entry.size, MOST_BYTES):
                        break
                    writing.write(block)
            known = self._sftp.stat(path)
        if (size, known.st_size, str(known.st_mtime)) != (entry.size, entry.size, entry.change):
            detail = Text("文件在读取期间变了", "the file changed while it was read")
            raise SourceGone(self.label, what=entry.name, detail=detail)

    def set_aside(self, entry: Entry) -> None:
        """Move a loaded file into the folder ``loaded``; one of that name keeps its place."""
        aside = posixpath.join(self._root, ASIDE)
        with self._told(entry.name):
            try:
                self._sftp.stat(aside)
            except FileNotFoundError:
                self._sftp.mkdir(aside)
            target = posixpath.join(aside, entry.name)
            try:
                self._sftp.stat(target)
                target = posixpath.join(aside, f"{entry.mark.hex()}-{entry.name}")
            except FileNotFoundError:
                pass  # the name is free
            self._sftp.rename(posixpath.join(self._root, entry.path), target)

    # ---------------------------------------------------------------------------------------------

    def _socket(self) -> socket.socket:
        host, port = str(self._form["host"]), int(self._form["port"])
        failure: OSError | None = None
        try:
            addresses = self._ground.reach.addresses(host, port)
        except HostUnknown as unknown:
            raise SourceUnreachable(self.label, detail=unknown.message) from unknown
        except HostForbidden as forbidden:
            raise SourceFailure(self.label, detail=forbidden.message) from forbidden
        for address in addresses:
            try:
                return socket.create_connection((address, port), self._ground.timeout_seconds)
            except OSError as error:
                failure = error
        raise SourceUnreachable(self.label, detail=str(failure)) from failure

    def _greet(self, paramiko: Any, transport: Any) -> None:
        try:
            transport.start_client(timeout=self._ground.timeout_seconds)
        except (paramiko.SSHException, EOFError) as failure:
            raise SourceUnreachable(self.label, detail=str(failure)) from failure
        key = transport.get_remote_server_key()
        digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
        shown = f"SHA256:{digest}"
        if str(self._form["host_key"]).rstrip("=") != shown:
            raise HostKeyUnconfirmed(self.label, detail=f"{key.get_name()} {shown}")

    def _sign_in(self, paramiko: Any, transport: Any) -> None:
        user, secret = str(self._form["user"]), str(self._form["password"])
        try:
            if self._form["private_key"]:
                transport.auth_publickey(user, self._private_key(paramiko, secret))
            else:
                transport.auth_password(user, secret)
        except paramiko.AuthenticationException as refused:
            raise SourceRefused(self.label, detail=str(refused), hidden=secret) from refused

    def _private_key(self, paramiko: Any, phrase: str) -> Any:
        text = str(self._form["private_key"])
        for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
            try:
                return kind.from_private_key(io.StringIO(text), password=phrase or None)
            except (paramiko.SSHException, ValueError):
                continue
        detail = Text(
            "私钥读不出来，或口令不对（支持 Ed25519、ECDSA、RSA）",
            "the private key cannot be read, or its phrase is wrong (Ed25519, ECDSA or RSA)",
        )
        raise SourceRefused(self.label, detail=detail)

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as missing:
            raise SourceMissing(self.label, what=what) from missing
        except PermissionError as refused:
            raise SourceForbidden(self.label, what=what, detail=str(refused)) from refused


def _fingerprint(text: str) -> Text | None:
    if _FINGERPRINT.fullmatch(text):
        return None
    return Text("应为 SHA256: 开头的指纹。", "takes a fingerprint that begins with SHA256:.")


def _connect(form: Form, ground: Ground) -> Source:
    return FilesSource(SftpPlace(form, ground), moves=bool(form["moves"]))


KIND: Final = SourceKind(
    key="sftp",
    name=Text("SFTP 文件夹", "SFTP folder"),
    group="files",
    fields=(
        host_field(),
        port_field(22),
        Field("user", "text", Text("用户名", "user")),
        Field("password", "secret", Text("密码或私钥口令", "password or phrase"), required=False),
        Field("private_key", "secret", Text("私钥", "private key"), required=False, multiline=True),
        Field(
            "host_key",
            "text",
            Text("主机密钥指纹", "fingerprint of the host key"),
            required=False,
            default="",
            check=lambda text: _fingerprint(text) if text else None,
            hint=Text(
                "先留空测试连接，核对提示中的指纹后填入。",
                "Test the connection without it, compare the fingerprint that is shown, enter it.",
            ),
        ),
        Field("folder", "text", Text("文件夹", "folder"), default="."),
        SETTLES,
        MOVES,
    ),
    connect=_connect,
    tried=Text(
        "用 OpenSSH 9 的 sshd 在本机试过。", "Run against sshd of OpenSSH 9 on this machine."
    ),
)
