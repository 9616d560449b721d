"""``stockturn token``: keys for programs, each of which acts as a person."""

from __future__ import annotations

import json

import click

from stockturn.cli.options import in_workspace, plain_format
from stockturn.cli.people_house import open_people
from stockturn.cli.shell import Shell
from stockturn.cli.words import LazyGroup, command, option
from stockturn.language import Text

_HERE = "stockturn.cli.tokens:"

token = LazyGroup(
    "token",
    Text("访问令牌：程序以某个用户的身份访问。", "API tokens: a program acts as a person."),
    {
        "list": (_HERE + "list_tokens", Text("列出令牌", "list tokens")),
        "create": (_HERE + "create", Text("创建令牌，只显示一次", "make a token, shown once")),
        "revoke": (_HERE + "revoke", Text("吊销令牌", "revoke a token")),
    },
)
in_workspace(token)

_TITLES = (
    Text("编号", "Number"),
    Text("名称", "Name"),
    Text("用户", "Person"),
    Text("用途", "For"),
    Text("状态", "State"),
    Text("有效至（UTC）", "Valid until (UTC)"),
    Text("最近使用（UTC）", "Last used (UTC)"),
)
_STATES = {
    "active": Text("有效", "active"),
    "expired": Text("已过期", "expired"),
    "revoked": Text("已吊销", "revoked"),
}
_NONE = Text("没有令牌。", "There are no tokens.")
_MADE = Text(
    "令牌“{name}”以 {login} 的身份访问，有效至 {until}（UTC）。密钥只显示这一次：",
    "Token '{name}' acts as {login} until {until} (UTC). Its key is shown this once:",
)
_REVOKED = Text("令牌 {token_id} 已吊销，立即失效。", "Token {token_id} is revoked as of now.")


@command(Text("列出令牌。", "List tokens."), "list")
@plain_format
@in_workspace
@click.pass_obj
def list_tokens(shell: Shell, form: str) -> None:
    """Print everybody's tokens as a table."""
    from stockturn.accounts.api_tokens import VERB_NAMES
    from stockturn.cli.terminal import print_table

    with open_people(shell) as house:
        found = house.tokens()
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    if not found["tokens"]:
        shell.say(_NONE)
        return
    rows = [
        (
            [
                each["token_id"],
                each["name"],
                each["login"],
                VERB_NAMES[each["verbs"]].read(shell.language),
                _STATES[each["state"]].read(shell.language),
                _minute(each["expires_at"]),
                _minute(each["used_at"]),
            ],
            False,
        )
        for each in found["tokens"]
    ]
    print_table([(title.read(shell.language), False) for title in _TITLES], rows)


@command(
    Text(
        "创建令牌；密钥打印在标准输出，只有这一次。",
        "Make a token; its key is printed on standard output, this once.",
    )
)
@click.argument("name")
@option(
    "--for",
    "login",
    required=True,
    metavar="LOGIN",
    words=Text("以谁的身份访问。", "Whom it acts as."),
)
@option(
    "--verbs",
    type=click.Choice(["read", "load", "manage"]),
    default="read",
    words=Text("用途：只读、导入、读写；默认 read。", "What it is for; read by default."),
)
@option(
    "--days",
    type=click.IntRange(1, 366),
    default=90,
    words=Text("有效天数，默认 90。", "Days it is valid; 90 by default."),
)
@in_workspace
@click.pass_obj
def create(shell: Shell, name: str, login: str, verbs: str, days: int) -> None:
    """Make the token; the key alone goes to standard output, so that it can be piped."""
    wish = {"name": name, "login": login, "verbs": verbs, "days": days}
    with open_people(shell) as house:
        made = house.make_token(wish)
    until = _minute(made["token"]["expires_at"])
    shell.tell(_MADE, name=made["token"]["name"], login=made["token"]["login"], until=until)
    click.echo(made["key"])


@command(Text("吊销令牌。", "Revoke a token."))
@click.argument("token_id")
@in_workspace
@click.pass_obj
def revoke(shell: Shell, token_id: str) -> None:
    """End the token."""
    with open_people(shell) as house:
        house.revoke_token(token_id)
    shell.say(_REVOKED, token_id=token_id)


def _minute(instant: str | None) -> str:
    return instant[:16].replace("T", " ") if instant else ""
