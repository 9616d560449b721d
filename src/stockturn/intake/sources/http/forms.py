"""The forms of sources over HTTP: a REST list described by fields, and known systems by presets."""

from __future__ import annotations

import re
from typing import Final

from stockturn.intake.sources.http import pushed
from stockturn.intake.sources.http.odoo import OdooSource
from stockturn.intake.sources.http.presets import Preset, packed_presets
from stockturn.intake.sources.http.rest import RestSource
from stockturn.intake.sources.http.spec import Api, Auth, Increment, Paging, Resource
from stockturn.intake.sources.kind import (
    Choice,
    Field,
    Form,
    FormInvalid,
    SourceKind,
    host_field,
    port_field,
)
from stockturn.intake.sources.source import Ground, Source
from stockturn.language import Text

_PATH: Final = re.compile(r"[^\s?#\\:]*")
_NAME: Final = re.compile(r"[A-Za-z0-9_.\[\]-]+")


def _path(text: str) -> Text | None:
    if _PATH.fullmatch(text) and ".." not in text.split("/"):
        return None
    return Text("应为路径，不含主机、问号和“..”。", "takes a path without host, query and “..”.")


def _name(text: str) -> Text | None:
    if _NAME.fullmatch(text):
        return None
    return Text("应为字段名。", "takes the name of a field.")


def _text(key: str, zh: str, en: str, default: str | None = "", **more: object) -> Field:
    required = default is None
    return Field(key, "text", Text(zh, en), required, default, **more)  # type: ignore[arg-type]


def _choice(key: str, zh: str, en: str, **values: Text) -> Field:
    choices = tuple(Choice(value, label) for value, label in values.items())
    return Field(key, "choice", Text(zh, en), default=choices[0].value, choices=choices)


def _number(key: str, zh: str, en: str, default: int, lowest: int, highest: int) -> Field:
    return Field(key, "number", Text(zh, en), default=default, lowest=lowest, highest=highest)


_PLACE: Final = (
    host_field(),
    port_field(443),
    Field(
        "tls",
        "flag",
        Text("加密连接（https）", "encrypted (https)"),
        default=True,
        hint=Text("只有内部主机可以不加密。", "Only a private host may go without."),
    ),
    _text("base_path", "公共路径", "path that all lists lie below", check=_path),
)
_PACE: Final = _number(
    "per_minute", "每分钟最多请求数", "requests a minute at most", 120, 1, 60_000
)

_REST_FIELDS: Final = (
    *_PLACE,
    _text("resource", "列表的路径", "path of the list", None, check=_path),
    _text("record_path", "记录数组的位置（如 data.items）", "where the records are (data.items)"),
    _choice(
        "auth",
        "认证方式",
        "authentication",
        none=Text("无", "none"),
        header=Text("请求头中的密钥", "key in a header"),
        query=Text("网址参数中的密钥", "key in the query"),
        basic=Text("用户名与密码", "user and password"),
        oauth=Text("OAuth 客户端凭证", "OAuth client credentials"),
    ),
    _text(
        "auth_key",
        "密钥所在的请求头或参数",
        "header or query field of the key",
        "Authorization",
        check=_name,
    ),
    _text("auth_prefix", "密钥前缀（如 Bearer）", "prefix of the key (Bearer)"),
    _text("auth_user", "用户名或客户端编号", "user or client id"),
    Field("auth_secret", "secret", Text("密钥或密码", "key or password"), required=False),
    _text("token_path", "取令牌的路径", "path that gives tokens", check=_path),
    _text("auth_scope", "令牌的范围", "scope of the token"),
    _choice(
        "paging",
        "分页方式",
        "paging",
        none=Text("不分页", "none"),
        page=Text("页码", "page number"),
        offset=Text("偏移", "offset"),
        cursor=Text("游标", "cursor"),
        link=Text("Link 头", "Link header"),
    ),
    _text(
        "page_field",
        "页码、偏移或游标的参数",
        "field of page, offset or cursor",
        "page",
        check=_name,
    ),
    _text("size_field", "每页行数的参数", "field of the page size"),
    _number("page_size", "每页行数", "rows a page", 100, 1, 100_000),
    _number("first_page", "第一页的页码", "number of the first page", 1, 0, 1),
    _text("next_path", "下一游标的位置", "where the next cursor is"),
    _text("since_column", "增长的字段（如 updated_at）", "field that grows (updated_at)"),
    _text("since_field", "增量的参数（如 updated_since）", "query field of the bound"),
    _PACE,
)


def _base(form: Form) -> str:
    host = str(form["host"])
    shown = f"[{host}]" if ":" in host else host
    scheme = "https" if form["tls"] else "http"
    return f"{scheme}://{shown}:{form['port']}/{str(form['base_path']).strip('/')}".rstrip("/")


def _needed(form: Form, key: str, zh: str, en: str) -> str:
    if not form[key]:
        raise FormInvalid(key, Text(zh, en), Text("没有填写。", "is missing."))
    return str(form[key])


def _rest(form: Form, ground: Ground) -> Source:
    base = _base(form)
    way = str(form["auth"])
    token_url = ""
    if way == "oauth":
        path = _needed(form, "token_path", "取令牌的路径", "path that gives tokens")
        scheme, _, rest = base.partition("://")
        token_url = f"{scheme}://{rest.partition('/')[0]}/{path.lstrip('/')}"
    if way != "none":
        _needed(form, "auth_secret", "密钥或密码", "key or password")
    if form["paging"] == "cursor":
        _needed(form, "next_path", "下一游标的位置", "where the next cursor is")
    since = str(form["since_column"])
    if since:
        _needed(form, "since_field", "增量的参数", "query field of the bound")
    auth = Auth(
        way=way,  # type: ignore[arg-type]  # one of the choices
        key=str(form["auth_key"]),
        prefix=str(form["auth_prefix"]),
        user=str(form["auth_user"]),
        secret=str(form["auth_secret"]),
        token_url=token_url,
        scope=str(form["auth_scope"]),
    )
    paging = Paging(
        way=str(form["paging"]),  # type: ignore[arg-type]
        ask=str(form["page_field"]),
        size_field=str(form["size_field"]),
        size=int(form["page_size"]),
        first=int(form["first_page"]),
        next_path=str(form["next_path"]),
    )
    resource = Resource(
        what=str(form["resource"]),
        path=str(form["resource"]),
        record_path=str(form["record_path"]),
        paging=paging,
        increment=Increment("query", since, str(form["since_field"])) if since else Increment(),
    )
    return RestSource(Api(base, auth, (resource,), per_second=_per_second(form)), ground)


def _per_second(form: Form) -> float:
    return int(form["per_minute"]) / 60


REST: Final = SourceKind(
    key="rest",
    name=Text("REST 接口", "REST interface"),
    group="http",
    fields=_REST_FIELDS,
    connect=_rest,
    tried=Text(
        "用本机的 HTTP 服务试过各种分页、认证、限流与中断。",
        "Run against an HTTP server of our own with every paging, sign-in, limit and break.",
    ),
)


def _preset_kind(preset: Preset) -> SourceKind:
    """Return the kind of source that a preset describes."""
    if preset.dialect == "odoo":
        sign_in: tuple[Field, ...] = (
            _text("database", "数据库名", "database", None),
            _text("user", "登录名", "login", None),
            Field("secret", "secret", Text("密码或 API 密钥", "password or API key")),
        )
    else:
        sign_in = (
            _text("user", "API Key", "API key", None),
            Field("secret", "secret", Text("API Secret", "API secret")),
        )

    def connect(form: Form, ground: Ground) -> Source:
        user, secret = str(form["user"]), str(form["secret"])
        if preset.dialect == "odoo":
            auth = Auth("none", user=user, secret=secret)
        else:
            auth = Auth("header", "Authorization", "token", user, f"{user}:{secret}")
        api = Api(
            _base(form),
            auth,
            preset.resources,
            preset.dialect,
            str(form.get("database", "")),
            preset.probe,
            _per_second(form),
        )
        return (OdooSource if preset.dialect == "odoo" else RestSource)(api, ground)

    return SourceKind(
        preset.key, preset.name, "http", (*_PLACE, *sign_in, _PACE), connect, preset.tried
    )


KINDS: Final = (REST, pushed.KIND, *(_preset_kind(preset) for preset in packed_presets()))
