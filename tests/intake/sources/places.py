"""Real places with files: a folder, an S3 server, an SFTP server, each on loopback."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

import boto3
import pytest

from stockturn.intake.addresses import Reach
from stockturn.intake.sources.kinds import KINDS
from stockturn.intake.sources.source import Ground

REACH = Reach(private=("127.0.0.1",))
SSHD = "/usr/sbin/sshd"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for(port, child):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert child.poll() is None, "the server ended"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


def kill_tree(child):
    """Kill a process and what it has started."""
    waiting, found = [child.pid], []
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        for task in Path(f"/proc/{pid}/task").iterdir():
            waiting += map(int, (task / "children").read_text().split())
    for pid in found:
        os.kill(pid, signal.SIGKILL)
    child.wait(20)


class FolderPlace:
    key = "folder"
    moves = True

    def __init__(self, root):
        self.root = root / "watched"
        self.root.mkdir()

    def source(self, **fields):
        kind = KINDS[self.key]
        form = {"folder": str(self.root), "settles": 0} | fields
        ground = Ground("Asia/Shanghai", source_folders=(self.root.parent,), reach=REACH)
        return kind.connect(kind.read(form), ground)

    def put(self, name, content):
        (self.root / name).write_bytes(content)

    def names(self):
        return sorted(path.relative_to(self.root).as_posix() for path in self.root.rglob("*.*"))

    def clear(self):
        shutil.rmtree(self.root)
        self.root.mkdir()

    def stop(self):
        return


class SftpServer(FolderPlace):
    key = "sftp"

    def __init__(self, root):
        if not Path(SSHD).exists():
            pytest.skip("no sshd here: install openssh-server to run the tests of SFTP")
        super().__init__(root)
        for name in ("host", "user"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(root / name)]
            subprocess.run(command, check=True)
        shutil.copy(root / "user.pub", root / "keys")
        (root / "keys").chmod(0o600)
        self.port = free_port()
        settings = {
            "Port": self.port,
            "ListenAddress": "127.0.0.1",
            "HostKey": root / "host",
            "AuthorizedKeysFile": root / "keys",
            "PidFile": root / "pid",
            "StrictModes": "no",
            "UsePAM": "no",
            "PermitRootLogin": "yes",
            "PasswordAuthentication": "no",
            "Subsystem": "sftp internal-sftp",
        }
        config = "".join(f"{name} {value}\n" for name, value in settings.items())
        (root / "sshd_config").write_text(config)
        Path("/run/sshd").mkdir(exist_ok=True)
        command = [SSHD, "-D", "-e", "-f", str(root / "sshd_config")]
        self.child = subprocess.Popen(command, stderr=(root / "log").open("wb"))
        wait_for(self.port, self.child)
        shown = subprocess.run(
            ["ssh-keygen", "-l", "-f", str(root / "host.pub")], check=True, capture_output=True
        )
        self.fingerprint = shown.stdout.split()[1].decode()
        self.private_key = (root / "user").read_text()

    def source(self, **fields):
        kind = KINDS[self.key]
        form = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": getpass.getuser(),
            "private_key": self.private_key,
            "host_key": self.fingerprint,
            "folder": str(self.root),
            "settles": 0,
        }
        return kind.connect(kind.read(form | fields), Ground("Asia/Shanghai", reach=REACH))

    def stop(self):
        self.child.terminate()
        self.child.wait(20)

    def kill(self):
        """End the server and every connection it serves."""
        kill_tree(self.child)


class S3Server:
    key = "s3"
    moves = False

    def __init__(self, root):
        self.port = free_port()
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self.child = subprocess.Popen(command, stderr=(root / "log").open("wb"))
        wait_for(self.port, self.child)
        self.client = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id="reader",
            aws_secret_access_key="secret",
            region_name="us-east-1",
        )
        self.client.create_bucket(Bucket="exports")

    def source(self, **fields):
        kind = KINDS[self.key]
        form = {
            "host": "127.0.0.1",
            "port": self.port,
            "tls": False,
            "bucket": "exports",
            "prefix": "erp/",
            "access_key": "reader",
            "secret_key": "secret",
        }
        return kind.connect(kind.read(form | fields), Ground("Asia/Shanghai", reach=REACH))

    def put(self, name, content):
        self.client.put_object(Bucket="exports", Key=f"erp/{name}", Body=content)

    def names(self):
        found = self.client.list_objects_v2(Bucket="exports").get("Contents", [])
        return sorted(each["Key"].removeprefix("erp/") for each in found)

    def clear(self):
        urlopen(Request(f"http://127.0.0.1:{self.port}/moto-api/reset", method="POST")).close()
        self.client.create_bucket(Bucket="exports")

    def stop(self):
        self.child.terminate()
        self.child.wait(20)

    def kill(self):
        """End the server and every connection it serves."""
        kill_tree(self.child)


PLACES = (FolderPlace, S3Server, SftpServer)
