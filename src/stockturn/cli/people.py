"""``stockturn user``: who may come in, what they may do, which rows they see."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import click

from stockturn.cli.options import in_workspace, plain_format
from stockturn.cli.people_house import PeopleHouse, open_people
from stockturn.cli.shell import Shell
from stockturn.cli.words import LazyGroup, command, option
from stockturn.language import Text, UsageError

_HERE = "stockturn.cli.people:"

user = LazyGroup(
    "user",
    Text("用户：邀请、角色、数据范围、停用。", "People: invite, roles, rows, disable."),
    {
        "list": (_HERE + "list_users", Text("列出用户", "list people")),
        "invite": (_HERE + "invite", Text("邀请用户，得到一次性链接", "invite by a one-time link")),
        "role": (_HERE + "change_role", Text("更改角色", "change a role")),
        "scope": (_HERE + "change_scope", Text("更改数据范围", "change the rows one sees")),
        "disable": (_HERE + "disable", Text("停用", "disable")),
        "enable": (_HERE + "enable", Text("启用", "enable")),
        "reset": (_HERE + "reset", Text("生成新的一次性链接", "make a new one-time link")),
    },
)
in_workspace(user)

_TITLES = (
    Text("登录名", "Sign-in name"),
    Text("姓名", "Name"),
    Text("角色", "Role"),
    Text("数据范围", "Rows"),
    Text("状态", "State"),
    Text("最近登录（UTC）", "Last sign-in (UTC)"),
)
STATES = {
    "invited": Text("已邀请", "invited"),
    "active": Text("正常", "active"),
    "disabled": Text("已停用", "disabled"),
}
_NOBODY = Text(
    "还没有用户。运行 stockturn serve，用打印的链接设立所有者。",
    "There is nobody yet. Run stockturn serve and set up the owner by the link it prints.",
)
_ALL_ROWS = Text("全部数据", "all rows")
_NO_ROWS = Text("看不到数据", "no rows")
_UNASSIGNED = Text("未分类", "not assigned")
_LINK = Text(
    "{name} 的一次性链接（只显示这一次，请交给本人）：\n{link}\n从其他电脑打开时，把主机名换成这台"
    "电脑的地址。",
    "The one-time link of {name}, shown this once, to be handed over:\n{link}\nOn another "
    "computer, put this machine's name in place of the host.",
)
_CHANGED = Text(
    "{name}：{role}，{rows}，{state}。",
    "{name}: {role}, {rows}, {state}.",
)
_STATE_ROWS = Text(
    "请说明数据范围：--all-rows，或一个以上的 --rows 维度=成员。",
    "Say which rows: --all-rows, or --rows DIM=MEMBER once or more.",
)
_BAD_ROWS = Text(
    "--rows {given} 应写成 维度=成员,成员；空成员表示未分类。",
    "--rows {given} is written DIM=MEMBER,MEMBER; an empty member is what has none.",
)
_BAD_DAY = Text("日期 {given} 应写成 2026-12-31。", "{given} is no day; write 2026-12-31.")
_MISSING = Text("没有登录名为 {login} 的用户。", "There is nobody with the sign-in name {login}.")

_all_rows = option("--all-rows", is_flag=True, words=Text("可看全部数据。", "Every row."))
_rows = option(
    "--rows",
    multiple=True,
    metavar="DIM=MEMBER",
    words=Text(
        "只看这些成员，逗号分开；可重复，须同时满足。维度：company、location、category、supplier、"
        "channel、buyer。",
        "These members only, parted by commas; repeatable, all must hold. Dimensions: company, "
        "location, category, supplier, channel, buyer.",
    ),
)
_until = option(
    "--until",
    metavar="DAY",
    words=Text("数据范围到这天（UTC）零点止。", "The rows end at the start of this day (UTC)."),
)


@command(Text("列出用户。", "List people."), "list")
@plain_format
@in_workspace
@click.pass_obj
def list_users(shell: Shell, form: str) -> None:
    """Print people as a table."""
    from stockturn.cli.terminal import print_table

    with open_people(shell) as house:
        found = house.everybody()
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    elif found["people"]:
        titles = [(title.read(shell.language), False) for title in _TITLES]
        print_table(titles, [(_cells(shell, found, each), False) for each in found["people"]])
    else:
        shell.say(_NOBODY)


@command(Text("邀请用户。", "Invite a person."))
@click.argument("login")
@option("--name", required=True, words=Text("姓名。", "Their name."))
@option("--role", required=True, words=Text("角色，例如 purchasing。", "A role: purchasing."))
@_all_rows
@_rows
@_until
@in_workspace
@click.pass_obj
def invite(
    shell: Shell,
    login: str,
    name: str,
    role: str,
    all_rows: bool,
    rows: tuple[str, ...],
    until: str | None,
) -> None:
    """Invite and print the link."""
    invitation = {"login": login, "name": name, "role": role, **_scope(all_rows, rows, until)}
    with open_people(shell) as house:
        _say_link(shell, house, house.invite(invitation))


@command(Text("更改角色。", "Change a role."), "role")
@click.argument("login")
@click.argument("role")
@in_workspace
@click.pass_obj
def change_role(shell: Shell, login: str, role: str) -> None:
    """Change and say what holds now."""
    _change(shell, login, {"role": role})


@command(Text("更改数据范围。", "Change the rows a person sees."), "scope")
@click.argument("login")
@_all_rows
@_rows
@_until
@in_workspace
@click.pass_obj
def change_scope(
    shell: Shell, login: str, all_rows: bool, rows: tuple[str, ...], until: str | None
) -> None:
    """Change and say what holds now."""
    _change(shell, login, _scope(all_rows, rows, until))


@command(
    Text(
        "停用：立即退出，令牌全部失效；记录保留。",
        "Disable: signed out at once, tokens end; the records stay.",
    )
)
@click.argument("login")
@in_workspace
@click.pass_obj
def disable(shell: Shell, login: str) -> None:
    """Disable and say so."""
    _change(shell, login, {"disabled": True})


@command(Text("启用。", "Enable a person again."))
@click.argument("login")
@in_workspace
@click.pass_obj
def enable(shell: Shell, login: str) -> None:
    """Enable and say so."""
    _change(shell, login, {"disabled": False})


@command(
    Text(
        "生成新的一次性链接；原密码、登录和令牌立即失效。",
        "Make a new one-time link; password, sessions and tokens end at once.",
    )
)
@click.argument("login")
@in_workspace
@click.pass_obj
def reset(shell: Shell, login: str) -> None:
    """Make the link and print it."""
    with open_people(shell) as house:
        person = _person(house.everybody(), login)
        _say_link(shell, house, house.link(person["user_id"]))


def _change(shell: Shell, login: str, change: dict[str, Any]) -> None:
    with open_people(shell) as house:
        house.change(_person(house.everybody(), login)["user_id"], change)
        found = house.everybody()
    _, name, role, rows, state, _ = _cells(shell, found, _person(found, login))
    shell.say(_CHANGED, name=name, role=role, rows=rows, state=state)


def _person(found: dict[str, Any], login: str) -> dict[str, Any]:
    from stockturn.accounts.users import login_key

    wanted = login_key(login)
    for each in found["people"]:
        if login_key(each["login"]) == wanted:
            return dict(each)
    raise UsageError(_MISSING.fill(login=login))


def _say_link(shell: Shell, house: PeopleHouse, linked: dict[str, Any]) -> None:
    shell.say(_LINK, name=linked["person"]["name"], link=house.address + linked["path"])


def _cells(shell: Shell, found: dict[str, Any], person: dict[str, Any]) -> list[str]:
    roles = {each["key"]: each["name"] for each in found["roles"]}
    names = {each["key"]: each["name"] for each in found["dimensions"]}
    last = person["last_sign_in_at"]
    return [
        person["login"],
        person["name"],
        roles.get(person["role"], person["role"]),
        _rows_words(shell, person["rows"], names),
        STATES[person["state"]].read(shell.language),
        last[:16].replace("T", " ") if last else "",
    ]


def _rows_words(shell: Shell, rows: dict[str, Any], names: dict[str, str]) -> str:
    if rows["everything"]:
        return _ALL_ROWS.read(shell.language)
    none = _UNASSIGNED.read(shell.language)
    parts = [
        f"{names.get(key, key)} {', '.join(member or none for member in members)}"
        for key, members in rows["rows"].items()
    ]
    return " · ".join(parts) or _NO_ROWS.read(shell.language)


def _scope(all_rows: bool, rows: Sequence[str], until: str | None) -> dict[str, Any]:
    """Return the stated rows as the API takes them; nobody gets all of them by saying nothing."""
    if all_rows == bool(rows):
        raise UsageError(_STATE_ROWS)
    chosen: dict[str, list[str]] = {}
    for given in rows:
        dimension, equals, members = given.partition("=")
        if not equals or not dimension.strip():
            raise UsageError(_BAD_ROWS.fill(given=given))
        chosen.setdefault(dimension.strip(), []).extend(each.strip() for each in members.split(","))
    return {"rows": {"everything": all_rows, "rows": chosen}, "rows_until": _instant(until)}


def _instant(day: str | None) -> str | None:
    if day is None:
        return None
    try:
        return f"{date.fromisoformat(day)}T00:00:00+00:00"
    except ValueError:
        raise UsageError(_BAD_DAY.fill(given=day)) from None
