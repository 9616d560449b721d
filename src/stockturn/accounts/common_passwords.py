"""Words that guessing starts with: a short list of our own, not a copy of anybody's."""

from __future__ import annotations

from typing import Final

_WORDS: Final = """
    password passwort passwd passw0rd pass admin administrator root guest user login welcome
    letmein secret hello test testing demo default changeme change please temp temporary master
    iloveyou love baby angel princess sunshine monkey dragon shadow football baseball superman
    batman starwars computer internet server system office company manager boss money summer winter
    spring autumn january february march april may june july august september october november
    december monday friday sunday
    qwerty qwertz azerty asdf zxcv qazwsx
    stockturn stock turnover inventory warehouse kucun zhouzhuan cangku caigou xiaoshou caiwu
    woaini aini wode mima guanli guanliyuan yonghu zhongguo china beijing shanghai shenzhen
    guangzhou nihao dabao baobao laopo laogong woaiwojia taobao tianmao jingdong weixin wechat
    kingdee jindie yonyou yongyou erp wms
    密码 管理员 我爱你 库存 周转 库存周转 公司 老板 仓库 采购 中国 你好
"""

COMMON_WORDS: Final = frozenset(_WORDS.split())

RUNS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "zyxwvutsrqponmlkjihgfedcba",
    "qwertyuiop",
    "poiuytrewq",
    "asdfghjkl",
    "lkjhgfdsa",
    "zxcvbnm",
    "mnbvcxz",
    "qazwsxedcrfvtgbyhnujmikolp",
)
"""Keys that follow each other."""
