"""How the console calls what is in a broadcast and what became of it: in Japanese and in English. Pure."""

from collections.abc import Mapping
from typing import Any

from tsunagu.broadcasts.rules import Kind, State

Label = tuple[str, str]

STATES = {
    State.DRAFT: ("下書き", "Draft", ""),
    State.WAITING: ("承認待ち", "Waiting for approval", "wait"),
    State.SCHEDULED: ("予約済み", "Scheduled", ""),
    State.FREEZING: ("対象を確定中", "Fixing the audience", "busy"),
    State.SENDING: ("配信中", "Sending", "busy"),
    State.PAUSED: ("一時停止中", "Paused", "wait"),
    State.SENT: ("配信済み", "Sent", "good"),
    State.WITHDRAWN: ("取りやめ", "Withdrawn", ""),
    State.EXPIRED: ("期限切れ", "Expired", ""),
    State.FAILED: ("失敗", "Failed", "bad"),
}
KINDS = {Kind.NEWS: ("お知らせ", "News"), Kind.LIFE_SAFETY: ("命を守る情報", "Life safety")}
ENDS = {
    "accepted": ("LINEが受け付けた", "accepted by LINE"),
    "refused": ("LINEが拒否した", "refused by LINE"),
    "withdrawn": ("送らなかった：取りやめ", "not sent: withdrawn"),
    "expired": ("送らなかった：期限切れ", "not sent: too late"),
    "stopped": ("送らなかった：配信停止", "not sent: asked to stop"),
    "erased": ("送らなかった：登録の消去", "not sent: erased themselves"),
    "failed": ("送らなかった：本文をLINEが拒否", "not sent: LINE refused the message"),
}
# The audit's words for what was done with a broadcast; the third says what stands out.
DEEDS = {
    "broadcast.write": ("下書きを書いた", "wrote the draft", ""),
    "broadcast.rewrite": ("下書きを書き直した", "rewrote the draft", ""),
    "broadcast.submit": ("承認を依頼した", "asked for approval", ""),
    "broadcast.schedule": ("予約した", "scheduled it", ""),
    "broadcast.approve": ("承認した", "approved it", ""),
    "broadcast.emergency": ("緊急のため、自分の配信を自分で承認した", "approved their own, in an emergency", "grave"),
    "broadcast.send_back": ("差し戻した", "sent it back", ""),
    "broadcast.pause": ("一時停止した", "paused it", ""),
    "broadcast.resume": ("再開した", "resumed it", ""),
    "broadcast.withdraw": ("取りやめた", "withdrew it", ""),
    "broadcast.expire": ("期限が過ぎたので終えた", "it expired", "machine"),
    "broadcast.fail": (
        "対象を確定できず、送らなかった",
        "its audience could not be fixed: nobody was sent to",
        "grave",
    ),
    "broadcast.occur": ("くり返しの一回として作られた", "made as one of a series", "machine"),
    "broadcast.test": ("テスト配信した", "sent a test", ""),
    "broadcast.ledger": ("台帳を封印した", "the ledger was sealed", ""),
    "broadcast.download": ("台帳をダウンロードした", "downloaded the ledger", ""),
}
MOMENTS = {
    "frozen_at": ("対象を確定した", "the audience was fixed"),
    "first_accepted_at": ("LINEが最初の人たちへの分を受け付けた", "LINE accepted the first"),
    "last_accepted_at": ("LINEが最後の人たちへの分を受け付けた", "LINE accepted the last"),
    "ended_at": ("終わった", "it ended"),
}
WAITS = {  # what a chunk waits for; a pause of the city's own says "quota" too
    "paused": "一時停止しています。",
    "quota": "今月送れる通数を使い切りました。LINEの契約を確かめてください。通数が戻ると、自動で再開します。",
    "quiet hours": "夜間のため、朝まで待っています。",
    "LINE": "LINEが混み合っています。少し待って、自動で続けます。",
    "access": "LINEがこの市のアクセストークンを受け付けません。運用担当者に知らせてください。",
    "something urgent": "緊急の配信を先に送っています。終わると、自動で続けます。",
    "proof": "LINEが本文を受け付けるかどうかを、一部の人への分で確かめています。",
}
DONE = {
    "written": ("保存しました。", "Saved."),
    "submitted": ("承認を依頼しました。承認する人に伝えてください。", "Submitted. Please tell somebody who approves."),
    "scheduled": ("予約しました。", "Scheduled."),
    "approved": ("承認しました。", "Approved."),
    "sent_back": ("差し戻しました。", "Sent back."),
    "paused": ("一時停止しました。2秒ほどで止まります。", "Paused; it stops within about two seconds."),
    "resumed": ("再開しました。", "Resumed."),
    "withdrawn": ("取りやめました。まだ送っていない人には送りません。", "Withdrawn; nobody else is sent to."),
    "tested": ("テスト配信を送りました。LINEで確かめてください。", "The test was sent. Look at it in LINE."),
    "removed": ("登録を外しました。", "Removed."),
}
REFUSED = {
    "edit": (
        "下書きではないため、書き直せません。直したいときは、「複製して作る」で新しい下書きにしてください。",
        "It is no draft, so it cannot be rewritten. To change it, copy it as a new draft.",
    ),
}
CLICKS = (
    ("操作から最初の受付まで", "from the click to the first acceptance"),
    ("操作から最後の受付まで", "from the click to the last acceptance"),
)
OFFERED = {
    "survey_started": ("アンケートに答え始めた人", "began to answer the survey"),
    "survey_finished": ("アンケートに答え終えた人", "answered all of the survey"),
}
WEEKDAYS = {"mon": "月", "tue": "火", "wed": "水", "thu": "木", "fri": "金", "sat": "土", "sun": "日"}
PLACES = {"1st": "第1", "2nd": "第2", "3rd": "第3", "4th": "第4", "5th": "第5", "last": "最終"}


def repeats(rule: Mapping[str, Any]) -> str:
    """When a series goes out: 毎週 月・木 9:00（祝日は送らない）."""
    on = [_day(str(each)) for each in rule.get("on", ())]
    every = {"day": "毎日", "week": "毎週", "month": "毎月"}[rule["every"]]
    said = f"{every} {'・'.join(on)} {rule['at']}".replace("  ", " ")
    notes = [f"{rule['from']} から"] if rule.get("from") else []
    notes += [f"{rule['until']} まで"] if rule.get("until") else []
    notes += [f"{'、'.join(rule['except'])} を除く"] if rule.get("except") else []
    notes += ["祝日は送らない"] if rule.get("holidays") == "skip" else []
    return said + (f"（{'、'.join(notes)}）" if notes else "")


def _day(written: str) -> str:
    nth, _, weekday = written.rpartition(" ")
    if weekday in WEEKDAYS:
        return f"{PLACES.get(nth, '')}{WEEKDAYS[weekday]}{'曜日' if nth else ''}"
    return "末日" if written == "last" else f"{written}日"


_FIELDS = {
    "title": "題名",
    "kind": "種類",
    "when": "送る時刻",
    "not_after": "配信期限",
    "over_minutes": "かける時間",
    "remind": "催促",
    "audience": "届ける相手",
    "not": "除く人",
    "wards": "区",
    "districts": "校区",
    "topics": "分野",
    "languages": "言語",
    "age_bands": "年代",
    "lists": "名簿",
    "tags": "タグ",
    "saved": "保存した対象",
    "all": "すべてに当てはまる人",
    "any": "どれかに当てはまる人",
    "followed": "友だちになった日",
    "from": "始まる日",
    "to": "終わる日",
    "messages": "内容",
    "text": "文章",
    "image": "画像",
    "url": "アドレス",
    "card": "カード",
    "body": "本文",
    "buttons": "ボタン",
    "label": "ボタンの文字",
    "uri": "リンク",
    "tel": "電話番号",
    "survey": "アンケート",
    "say": "返信の言葉",
    "every": "くり返しの単位",
    "on": "くり返す日",
    "at": "時刻",
    "until": "最後の日",
    "except": "送らない日",
    "holidays": "祝日",
    "ja": "日本語",
    "ja-easy": "やさしい日本語",
    "en": "英語",
}


def place(name: str) -> str:
    """`messages.1.card.title.ja` as people say it: 内容 2通目・カード・題名・日本語."""
    said: list[str] = []
    steps = name.split(".") if name else []
    for number, step in enumerate(steps):
        if step.isdecimal():
            counter = "通目" if steps[number - 1] == "messages" else ""
            said[-1] += f" {int(step) + 1}{counter}"
        else:
            said.append(_FIELDS.get(step, step))
    return "・".join(said)
