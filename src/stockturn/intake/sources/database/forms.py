"""The fields that forms of database servers share."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stockturn.intake.sources.database.extract import Zones
from stockturn.intake.sources.kind import Choice, Field, Form, host_field, port_field
from stockturn.intake.sources.source import Ground
from stockturn.language import Text

TRIED: Final = Text("已在真实服务器上测试", "run against a real server in our tests")
NOT_TRIED: Final = Text(
    "尚未在真实服务器上运行过：我们没有这种服务器",
    "not run against a real server: none was at hand",
)


def check_zone(name: str) -> Text | None:
    """Say what is wrong with the name of a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return Text(
            "应为时区名称，例如 Asia/Shanghai 或 UTC。", "takes a zone such as Asia/Shanghai."
        )
    return None


TLS: Final = Field(
    "tls",
    "choice",
    Text("加密连接", "encryption"),
    default="required",
    choices=(
        Choice("required", Text("必须加密", "required")),
        Choice("verified", Text("必须加密并核对证书", "required, certificate checked")),
        Choice("off", Text("不加密（仅限内网）", "none (private networks only)")),
    ),
)
CERTIFICATE: Final = Field(
    "certificate",
    "text",
    Text("CA 证书（PEM）", "CA certificate (PEM)"),
    required=False,
    multiline=True,
    hint=Text("留空则用系统信任的证书", "empty to trust what the system trusts"),
)
TIME_ZONE: Final = Field(
    "time_zone",
    "text",
    Text("不带时区的时间属于哪个时区", "zone of times that carry none"),
    required=False,
    check=check_zone,
    hint=Text("留空则为工作区的时区；Odoo 等系统为 UTC", "empty for the workspace's; UTC for Odoo"),
)


def server_fields(
    port: int, *, database: Text, default_database: str | None = None
) -> tuple[Field, ...]:
    """Return the fields that connect to a server."""
    return (
        host_field(),
        port_field(port),
        Field("database", "text", database, default=default_database),
        Field("user", "text", Text("用户名", "user")),
        Field("password", "secret", Text("密码", "password"), required=False),
        TLS,
        CERTIFICATE,
        TIME_ZONE,
    )


def zones(form: Form, ground: Ground) -> Zones:
    """Return the zones that a form and the workspace state."""
    return Zones(stored=str(form["time_zone"] or ground.time_zone), business=ground.time_zone)


def server_label(form: Form) -> str:
    """Return where a server is, without secrets."""
    return f"{form['host']}:{form['port']}/{form['database']}"
