"""An S3-compatible bucket, asked over the one way out with signatures of version 4.

No software kit of a cloud: those look for credentials on the machine and resolve hosts by
themselves. Two requests are all that is needed, ListObjectsV2 and GetObject.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET

from stockturn.intake.outbound import Answer, Outbound
from stockturn.intake.sources.failures import (
    SourceFailure,
    SourceForbidden,
    SourceGone,
    SourceMissing,
)
from stockturn.intake.sources.files.place import Entry, FilesSource
from stockturn.intake.sources.http.caller import told
from stockturn.intake.sources.kind import Choice, Field, Form, SourceKind, host_field, port_field
from stockturn.intake.sources.source import Ground, Source
from stockturn.language import Text

MOST_PAGES: Final = 1_000
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ERROR: Final = re.compile(rb"<Code>([A-Za-z]{1,60})</Code>")


@dataclass(frozen=True)
class Bucket:
    """A bucket and who reads it. ``secret`` never stands in a message."""

    scheme: str
    host: str
    port: int
    bucket: str
    prefix: str
    region: str
    key: str
    secret: str
    by_path: bool

    @property
    def address(self) -> str:
        """Where the bucket's objects lie."""
        standard = {"https": 443, "http": 80}[self.scheme]
        port = "" if self.port == standard else f":{self.port}"
        host = self.host if self.by_path else f"{self.bucket}.{self.host}"
        return f"{self.scheme}://{host}{port}" + (f"/{self.bucket}" if self.by_path else "")


def signed(
    bucket: Bucket, path: str, query: Mapping[str, str], now: dt.datetime
) -> tuple[str, dict[str, str]]:
    """Return the address and headers of a signed GET (AWS Signature Version 4)."""
    stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    url = urlsplit(bucket.address + "/" + quote(path, safe="/-_.~"))
    pairs = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in query.items())
    asked = "&".join(f"{k}={v}" for k, v in pairs)
    empty = hashlib.sha256(b"").hexdigest()
    headers = {"host": url.netloc, "x-amz-content-sha256": empty, "x-amz-date": stamp}
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"GET\n{url.path}\n{asked}\n{lines}\n{names}\n{empty}"
    scope = f"{day}/{bucket.region}/s3/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    wanted = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}"
    key = f"AWS4{bucket.secret}".encode()
    for part in (day, bucket.region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, wanted.encode(), hashlib.sha256).hexdigest()
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={bucket.key}/{scope}, SignedHeaders={names}, "
        f"Signature={signature}"
    )
    sent = {name: value for name, value in headers.items() if name != "host"}
    return url.geturl() + (f"?{asked}" if asked else ""), sent | {"Authorization": authorization}


class S3Place:
    """The objects of a bucket below a prefix. An object is whole as soon as it is listed."""

    def __init__(self, bucket: Bucket, ground: Ground) -> None:
        """Take a bucket."""
        self._bucket = bucket
        self._ground = ground
        self._outbound: Outbound | None = None

    @property
    def label(self) -> str:
        """Host, bucket and prefix."""
        return f"{self._bucket.host}/{self._bucket.bucket}/{self._bucket.prefix}".rstrip("/")

    @contextmanager
    def open(self) -> Iterator[S3Place]:
        """Open the way out."""
        reach, seconds = self._ground.reach, self._ground.timeout_seconds
        with Outbound(reach, timeout_seconds=seconds) as outbound:
            self._outbound = outbound
            yield self
        self._outbound = None

    def greeting(self) -> str:
        """Return where it is."""
        return self.label

    def entries(self) -> Iterator[Entry]:
        """Yield the objects below the prefix, page by page."""
        query = {"list-type": "2", "max-keys": "1000"}
        if self._bucket.prefix:
            query["prefix"] = self._bucket.prefix
        for _ in range(MOST_PAGES):
            tree = self._xml(self._get("", query, self._bucket.bucket))
            for item in tree.iter("Contents"):
                path = item.findtext("Key", "").removeprefix(self._bucket.prefix)
                change = item.findtext("LastModified", "") + item.findtext("ETag", "")
                if path and not path.endswith("/"):
                    yield Entry(path, int(item.findtext("Size", "0")), change)
            following = tree.findtext("NextContinuationToken")
            if tree.findtext("IsTruncated") != "true" or not following:
                return
            query["continuation-token"] = following

    def copy(self, entry: Entry, target: Path) -> None:
        """Fetch one object and hold it to the size that was listed."""
        answer = self._get(self._bucket.prefix + entry.path, {}, entry.path)
        if len(answer.body) != entry.size:
            detail = Text("大小与列表不符", "its size differs from the list")
            raise SourceGone(self.label, what=entry.path, detail=detail)
        target.write_bytes(answer.body)

    def set_aside(self, entry: Entry) -> None:
        """Leave it: nothing is written to a bucket."""
        del entry

    def _get(self, path: str, query: Mapping[str, str], what: str) -> Answer:
        assert self._outbound is not None, "open it first"
        url, headers = signed(self._bucket, path, query, dt.datetime.now(dt.UTC))
        with told(self.label, what):
            answer = self._outbound.send("GET", url, headers=headers)
        if answer.status == 200:
            return answer
        found = _ERROR.search(answer.body)
        code = found[1].decode() if found else ""
        kind: type[SourceFailure] = {403: SourceForbidden, 404: SourceMissing}.get(
            answer.status, SourceFailure
        )
        detail = f"HTTP {answer.status} {code}".strip()
        raise kind(self.label, what=what, detail=detail, hidden=self._bucket.secret)

    def _xml(self, answer: Answer) -> Any:
        """Return the tree of a list without its namespace; declarations are refused."""
        if b"<!DOCTYPE" in answer.body or b"<!ENTITY" in answer.body:
            detail = Text("回答不是列表。", "The answer is no list.")
            raise SourceFailure(self.label, what=self._bucket.bucket, detail=detail)
        try:
            tree = ET.fromstring(answer.body)  # noqa: S314 - declarations were refused above
        except ET.ParseError:
            detail = Text("回答不是 XML。", "The answer is not XML.")
            raise SourceFailure(self.label, what=self._bucket.bucket, detail=detail) from None
        for each in tree.iter():
            each.tag = each.tag.rpartition("}")[2]
        return tree


def _bucket_name(text: str) -> Text | None:
    if _BUCKET.fullmatch(text):
        return None
    return Text(
        "应为 3 到 63 个小写字母、数字、点或连字符。",
        "takes 3 to 63 lower-case letters, digits, dots or hyphens.",
    )


def _connect(form: Form, ground: Ground) -> Source:
    bucket = Bucket(
        scheme="https" if form["tls"] else "http",
        host=str(form["host"]),
        port=int(form["port"]),
        bucket=str(form["bucket"]),
        prefix=str(form["prefix"]).lstrip("/"),
        region=str(form["region"]),
        key=str(form["access_key"]),
        secret=str(form["secret_key"]),
        by_path=form["addressing"] == "path",
    )
    return FilesSource(S3Place(bucket, ground), moves=False)


KIND: Final = SourceKind(
    key="s3",
    name=Text("S3 兼容存储", "S3-compatible storage"),
    group="files",
    fields=(
        host_field(),
        port_field(443),
        Field("tls", "flag", Text("加密连接（https）", "encrypted (https)"), default=True),
        Field("bucket", "text", Text("存储桶", "bucket"), check=_bucket_name),
        Field("prefix", "text", Text("前缀", "prefix"), required=False, default=""),
        Field("region", "text", Text("区域", "region"), default="us-east-1"),
        Field("access_key", "text", Text("访问密钥", "access key")),
        Field("secret_key", "secret", Text("私有密钥", "secret key")),
        Field(
            "addressing",
            "choice",
            Text("桶名的位置", "where the bucket's name stands"),
            default="path",
            choices=(
                Choice("path", Text("路径中（MinIO 等）", "in the path (MinIO)")),
                Choice("host", Text("域名中（阿里云 OSS、腾讯云 COS）", "in the host (OSS, COS)")),
            ),
        ),
    ),
    connect=_connect,
    tried=Text(
        "用 moto 的 S3 服务试过，签名与 botocore 的逐字一致；没有在云上试过。",
        "Run against moto's S3 server, with signatures equal to botocore's letter by letter; not "
        "run against a cloud.",
    ),
)
