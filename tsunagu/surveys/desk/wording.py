"""How the console calls what is in a survey and what became of it: in Japanese and in English. Pure."""

from tsunagu.surveys.definition import Anonymity
from tsunagu.surveys.moves import LABELS, Verb
from tsunagu.surveys.rules import State

Label = tuple[str, str]

_LOOKS = {State.OPEN: "good", State.PAUSED: "wait"}
STATES = {state: (*LABELS[state], _LOOKS.get(state, "")) for state in State}
ANONYMITY = {
    Anonymity.ANONYMOUS: ("匿名（締切後に匿名化します）", "anonymous: anonymised after closing"),
    Anonymity.CONFIDENTIAL: ("仮の番号（だれの回答か職員には分かりません）", "confidential: under a pseudonym"),
    Anonymity.NAMED: ("記名（だれの回答か市に分かります）", "named: the city sees whose an answer is"),
}
BY = {"ward": ("区", "ward"), "age_band": ("年代", "age band")}
# The audit's words for what was done with a survey.
DEEDS = {
    "survey.draft": ("下書きを書いた", "wrote the draft"),
    "survey.open": ("受付を始めた（または予約した）", "opened it, or left it to the clock"),
    "survey.revise": ("改訂した", "revised it"),
    "survey.pause": ("一時停止した", "paused it"),
    "survey.resume": ("受付を再開した", "resumed it"),
    "survey.close": ("締め切った", "closed it"),
    "survey.archive": ("保管した", "archived it"),
    "survey.unarchive": ("保管から戻した", "took it out of the archive"),
    "survey.import": ("取り込んだ", "imported it"),
    "survey.publish": ("公表用の表を作った", "made tables for the public"),
}
DONE = {
    "draft": ("下書きを保存しました。まだ、だれにも見えません。", "The draft is saved; nobody sees it yet."),
    "waits": ("予約しました。開始日時になると、受付が始まります。", "It opens by itself when its time has come."),
    "revise": (
        "改訂しました。これから始める人は、新しい版に答えます。",
        "Whoever begins now is asked the new edition.",
    ),
    Verb.OPEN.value: ("受付を始めました。", "It is open."),
    Verb.PAUSE.value: ("一時停止しました。再開するまで、だれも回答できません。", "It is paused until it is resumed."),
    Verb.RESUME.value: ("受付を再開しました。", "It takes answers again."),
    Verb.CLOSE.value: ("締め切りました。", "It is closed."),
    Verb.ARCHIVE.value: ("保管しました。一覧には出なくなります。", "It is archived; the list leaves it out."),
    Verb.UNARCHIVE.value: ("保管から戻しました。締切のままです。", "It is out of the archive, and stays closed."),
}
EXAMPLE = """\
id: park-2026
title: {ja: 公園についてのアンケート, en: Survey about parks}
closes: 2026-12-25T17:00
questions:
  - id: use
    type: single
    text: {ja: 公園をよく使いますか, en: "Do you often use parks?"}
    options:
      - {id: often, text: {ja: よく使う, en: Often}}
      - {id: never, text: {ja: 使わない, en: Never}}
  - id: more
    type: text
    required: false
    text: {ja: ご意見をお聞かせください, en: "Anything else?"}
"""
