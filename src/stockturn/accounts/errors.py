"""What is refused to people, each with words and a code."""

from __future__ import annotations

from stockturn.language import StockTurnError, Text, UsageError


class SignInNeeded(StockTurnError):
    """Nobody is signed in."""

    code = "sign_in_needed"
    status = 401

    def __init__(self) -> None:
        super().__init__(
            Text("请先登录。登录可能已过期。", "Sign in first; your session may have ended.")
        )


class SignInFailed(StockTurnError):
    """Name or password is wrong; which of the two is not said."""

    code = "sign_in_failed"
    status = 401

    def __init__(self) -> None:
        super().__init__(
            Text(
                "登录名或密码不对。忘记密码请联系管理员重置。",
                "The sign-in name or the password is wrong. Ask an administrator for a new "
                "password if you have forgotten yours.",
            )
        )


class TooManyAttempts(StockTurnError):
    """Too many failed sign-ins within a minute."""

    code = "too_many_attempts"
    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(
            Text(
                f"失败次数过多，请在 {seconds} 秒后重试。",
                f"Too many failed attempts. Try again in {seconds} seconds.",
            )
        )
        self.retry_seconds = seconds


class NotAllowed(StockTurnError):
    """The caller's role does not include this."""

    code = "not_allowed"
    status = 403

    def __init__(self, needed: Text) -> None:
        super().__init__(
            Text(
                f"您的角色没有「{needed.zh}」的权限。需要时请联系管理员。",
                f"Your role does not include “{needed.en}”. Ask an administrator if you need it.",
            )
        )


class BeyondOwnRights(StockTurnError):
    """A person can give only what they have themselves."""

    code = "beyond_own_rights"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            Text(
                "只能管理权限和数据范围都不超过自己的用户。请由所有者操作。",
                "You can manage only people whose rights and rows lie within your own. Ask the "
                "owner to do it.",
            )
        )


class OwnAccount(StockTurnError):
    """Nobody changes their own role or rows."""

    code = "own_account"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            Text(
                "不能更改自己的角色、数据范围或停用自己。请由另一位管理员操作。",
                "You cannot change your own role or rows, nor disable yourself. Ask another "
                "administrator.",
            )
        )


class LastOwner(StockTurnError):
    """A workspace keeps at least one owner."""

    code = "last_owner"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            Text(
                "这是最后一位所有者，不能停用或改为其他角色。请先指定另一位所有者。",
                "This is the last owner; appoint another one before disabling or changing them.",
            )
        )


class LinkRefused(StockTurnError):
    """A one-time link that was used, has expired, or never was."""

    code = "link_refused"
    status = 410

    def __init__(self) -> None:
        super().__init__(
            Text(
                "链接已使用、已过期或不完整。请向管理员索取新的链接；在本机可重新运行"
                " stockturn serve。",
                "The link was used, has expired or is incomplete. Ask an administrator for a new "
                "one; on this computer, run stockturn serve again.",
            )
        )


class PersonMissing(StockTurnError):
    """There is no such person, or none the caller may know of."""

    code = "person_missing"
    status = 404

    def __init__(self) -> None:
        super().__init__(
            Text(
                "没有这个用户。请在用户列表中选择。",
                "There is no such person. Choose from the list.",
            )
        )


class SessionMissing(StockTurnError):
    """The caller has no such session."""

    code = "session_missing"
    status = 404

    def __init__(self) -> None:
        super().__init__(
            Text("没有这个登录会话，可能已经结束。", "There is no such session; it may have ended.")
        )


class TokenMissing(StockTurnError):
    """The caller has no such token."""

    code = "token_missing"
    status = 404

    def __init__(self) -> None:
        super().__init__(
            Text(
                "没有这个访问令牌。请在令牌列表中选择。",
                "There is no such token. Choose from the list.",
            )
        )


class LoginTaken(StockTurnError):
    """Another person has this sign-in name."""

    code = "login_taken"
    status = 409

    def __init__(self, login: str) -> None:
        super().__init__(
            Text(
                f"登录名“{login}”已被使用。请换一个。",
                f"The sign-in name '{login}' is taken. Choose another.",
            )
        )


class FieldRefused(UsageError):
    """Something typed about a person cannot be taken; ``field`` names it."""

    code = "field_refused"

    def __init__(self, field: str, why: Text) -> None:
        super().__init__(why)
        self.field = field


class PasswordRefused(FieldRefused):
    """A new password that is too easy to guess."""

    code = "password_refused"

    def __init__(self, why: Text) -> None:
        super().__init__("password", why)


class OwnerRefused(FieldRefused):
    """A person who cannot own a feed: nobody would be told of what waits."""

    code = "owner_refused"

    def __init__(self, why: Text) -> None:
        super().__init__("owner", why)
