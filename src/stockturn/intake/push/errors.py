"""Why a message is not taken."""

from __future__ import annotations

from stockturn.language import StockTurnError, Text


class KeyMissing(StockTurnError):
    """A message without the number that tells it from its repeats."""

    code = "push_key_missing"
    status = 422

    def __init__(self, header: str) -> None:
        super().__init__(
            Text(
                f"缺少请求头 {header}（1 到 200 个可见字符）。请为每条消息带上唯一编号，"
                "重发时用同一个编号。",
                f"The header {header} is missing (1 to 200 visible characters). Send a number of "
                "its own with each message, and the same one when you repeat it.",
            )
        )


class KeyTaken(StockTurnError):
    """Another message has come under this number."""

    code = "push_key_taken"
    status = 409

    def __init__(self, key: str) -> None:
        super().__init__(
            Text(
                f"编号“{key}”已用于另一条内容不同的消息。请换一个编号。",
                f"Another message with other content has come under “{key}”. Use another number.",
            )
        )


class BodyBad(StockTurnError):
    """A body that holds no records."""

    code = "push_body_bad"
    status = 422

    def __init__(self, row: int, why: Text) -> None:
        super().__init__(
            Text(
                f"内容第 {row} 条有误：{why.zh}应为 JSON 对象、对象的数组，或每行一个对象。",
                f"Record {row} of the body is wrong: {why.en} Send a JSON object, an array of "
                "objects, or one object a line.",
            )
        )


class BodyEncoded(StockTurnError):
    """A body that was compressed: what is signed and numbered is what is read."""

    code = "push_body_encoded"
    status = 415

    def __init__(self, encoding: str) -> None:
        super().__init__(
            Text(
                f"不接受压缩的内容（Content-Encoding：{encoding}）。请发送未压缩的 JSON。",
                f"Compressed content (Content-Encoding: {encoding}) is not taken. Send plain JSON.",
            )
        )


class Replayed(StockTurnError):
    """A webhook's content that came before under another number; the number is not signed."""

    code = "push_replayed"
    status = 409

    def __init__(self, key: str) -> None:
        super().__init__(
            Text(
                f"内容相同的 Webhook 已用编号“{key}”收下，不再收一次：签名不含编号，换个编号就能"
                "重放。若确是另一件事，请让内容自带单号或时间。",
                f"A webhook with the same content was taken under “{key}” and is not taken twice: "
                "the signature does not cover the number, so a replay could change it. If it is "
                "another event, let its content say so by a number or time of its own.",
            )
        )


class SignatureBad(StockTurnError):
    """A webhook that is not signed, or by another secret, or not expected."""

    code = "push_signature_bad"
    status = 401

    def __init__(self) -> None:
        super().__init__(
            Text(
                "签名不对。请核对来源中的签名密钥、请求头与写法。",
                "The signature is wrong. Check the secret, the header and the form in the source.",
            )
        )


class NotPushed(StockTurnError):
    """A feed that is read by us, so nothing is sent to it."""

    code = "push_feed_other"
    status = 409

    def __init__(self, feed: str) -> None:
        super().__init__(
            Text(
                f"“{feed}”不是推送来源的任务，不接收消息。",
                f"“{feed}” belongs to a source that is read, so it takes no messages.",
            )
        )
