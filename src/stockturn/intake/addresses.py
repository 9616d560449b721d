"""Which hosts may be reached, and which of the addresses they resolve to may be connected to.

A name is judged by the addresses it has at the moment of connecting, and the connection goes to
one of those, so a name that changes its address in between gains nothing (DNS rebinding).
"""

from __future__ import annotations

import fnmatch
import ipaddress
import socket
from dataclasses import dataclass
from typing import Final

from stockturn.language import StockTurnError, Text

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

METADATA: Final = frozenset(
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "169.254.170.2", "100.100.100.200", "fd00:ec2::254")
)
"""Where clouds hand out their machines' credentials; never reached, whoever allows it."""

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class HostForbidden(StockTurnError):
    """A host, or an address of it, that this installation may not reach."""

    code = "outbound_host_forbidden"
    status = 403
    can_pass = False


class HostUnknown(StockTurnError):
    """A host name that has no address."""

    code = "outbound_host_unknown"
    status = 502
    can_pass = True


@dataclass(frozen=True)
class Reach:
    """What may be reached.

    Attributes:
        hosts: patterns of names (``*.example.com``); ``*`` is every public host.
        private: names or addresses inside the own network that the administrator has listed.
    """

    hosts: tuple[str, ...] = ("*",)
    private: tuple[str, ...] = ()

    def allows_private(self, host: str) -> bool:
        """Tell whether a host is one of the own network's that were listed."""
        return host.casefold() in {each.casefold() for each in self.private}

    def check_host(self, host: str) -> None:
        """Refuse a host that no pattern covers.

        Raises:
            HostForbidden: before anything is looked up.
        """
        plain = host.casefold().rstrip(".")
        covered = any(fnmatch.fnmatchcase(plain, pattern.casefold()) for pattern in self.hosts)
        if not covered and not self.allows_private(host):
            raise HostForbidden(
                Text(
                    f"不允许连接主机“{host}”。请让管理员在设置 outbound_hosts 中加入它。",
                    f"The host “{host}” may not be reached. Ask an administrator to add it to the "
                    "setting outbound_hosts.",
                )
            )

    def addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host, each of which may be connected to.

        Raises:
            HostForbidden: one of them lies where nothing may be reached.
            HostUnknown: it has none.
        """
        self.check_host(host)
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as failure:
            raise HostUnknown(
                Text(
                    f"找不到主机“{host}”的地址。请检查写法与本机的域名解析。",
                    f"The host “{host}” has no address. Check how it is written and this "
                    "machine's name resolution.",
                )
            ) from failure
        texts = list(dict.fromkeys(str(each[4][0]) for each in found))
        for text in texts:
            self._check_address(host, text)
        return texts

    def _check_address(self, host: str, text: str) -> None:
        address = unwrapped(ipaddress.ip_address(text.partition("%")[0]))
        if is_never(address):
            raise HostForbidden(
                Text(
                    f"主机“{host}”的地址 {text} 属于链路本地、元数据或组播地址，不会连接。",
                    f"The host “{host}” has the address {text}, a link-local, metadata or "
                    "multicast one, which is never connected to.",
                )
            )
        if not address.is_global and not self.allows_private(host):
            raise HostForbidden(
                Text(
                    f"主机“{host}”的地址 {text} 在内部网络。若确实要连接，请让管理员在设置 "
                    "outbound_private_hosts 中写明这台主机。",
                    f"The host “{host}” has the address {text} inside a private network. If it is "
                    "meant, ask an administrator to name the host in outbound_private_hosts.",
                )
            )


def unwrapped(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_never(address: Address) -> bool:
    """Tell whether an address is never connected to."""
    special = address.is_link_local or address.is_multicast or address.is_unspecified
    return special or address in METADATA
