"""The faults of a definition, which it tells in English, in the Japanese that the console shows first. Pure."""

import re

_SENTENCES: tuple[tuple[str, str], ...] = (
    (r"is required", "必ず入れてください。"),
    (r"is ([\d,]+) characters? too long \(([\d,]+) fit\)", r"\1文字長すぎます（\2文字まで）。"),
    (r"must have at least ([\d,]+) characters", r"\1文字以上にしてください。"),
    (r"needs a text in at least one language.*", "どれか一つの言語で、文を入れてください。"),
    (r"(?:\S+: )?(.*?) is ([\d,]+) UTF-16 units? too long \(([\d,]+) fit\)", r"\2文字分長すぎます（UTF-16で\3まで）。"),
    (r"(?:\S+: )?(?:what .* says|it) is ([\d,]+) UTF-16 units? too long", r"\1文字分長すぎます（UTF-16で300まで）。"),
    (
        r"(?:\S+: )?the card takes ([\d,]+) bytes, ([\d,]+) too many",
        r"カードが大きすぎます（\1バイト。\2バイト減らしてください）。",
    ),
    (r"(?:\S+: )?(?:.*) is empty", "空です。文を入れてください。"),
    (
        r"(?:\S+: )?the button .*?has (\d+) characters on it; 1 to (\d+) fit",
        r"ボタンの文字は1〜\2文字です（今は\1文字）。",
    ),
    (r"the link must begin with https:// or tel:", "リンクは https:// で始めてください。"),
    (r"the link is (\d+) characters too long", r"リンクが\1文字長すぎます。"),
    (
        r"choose a picture, or give an address that begins with https://",
        "画像を選ぶか、https:// で始まるアドレスを入れてください。",
    ),
    (r"(?:\S+: )?.* must be an https:// address", "https:// で始まるアドレスにしてください。"),
    (r"the address of .* is (\d+) characters too long", r"アドレスが\1文字長すぎます。"),
    (r"must be a phone number such as \S+, not '(.*)'", r"「\1」は電話番号ではありません。例：096-328-2111"),
    (
        r"must be 3 to 40 of .*, not '(.*)'",
        r"「\1」は使えません。半角の小文字・数字・ハイフンで3〜40文字にしてください。",
    ),
    (r"must be 1 to 5 messages, not 0", "内容がありません。一通以上入れてください。"),
    (r"must be (\d+) to (\d+) messages, not (\d+)", r"一度に送れるのは\2通までです（今は\3通）。"),
    (r"must be (\d+) to (\d+) buttons, not (\d+)", r"ボタンは\2個までです（今は\3個）。"),
    (r"must be `now`,.* a time in the city such as .*", "日付と時刻を入れてください。例：2026年11月1日 9:00"),
    (r"(\S+) is past: in the city it is (\S+)", r"\1 は過ぎています（今は \2 です）。"),
    (r"must be a time of the day such as .*", "時刻を入れてください。例：09:00"),
    (r"must be a date such as .*", "日付を入れてください。例：2026-12-01"),
    (r"must be days of the week such as .*", "曜日を選んでください。"),
    (r"must be days of the month such as .*, not (.*)", r"月の日に使えないものがあります：\1"),
    (r"must be days of the month such as .*", "何日に送るかを選んでください。"),
    (r"every (?:week|month) needs `on`: which days", "どの日に送るかを選んでください。"),
    (r"ends on (\S+), before it begins on (\S+)", r"最後の日（\1）が、始まる日（\2）より前です。"),
    (r"there is no such day ahead: .*", "これから送る日がありません。どの日も過ぎたか、除かれています。"),
    (r"must be later than `when`, and .* is not", "配信期限は、送る日時よりあとにしてください。"),
    (r"must be how long each may wait, such as .*", "待つ長さを入れてください。例：3h、90m"),
    (r"must be a time in the city such as .*", "日付と時刻を入れてください。例：2026年11月1日 9:00"),
    (r"must be 1 to ([\d,]+) minutes, not .*", r"1〜\1の数で、分を入れてください。"),
    (r"what may save a life goes to everyone at once.*", "命を守る情報は一度に送ります。空にしてください。"),
    (r"a reminder saves no life: it is news", "催促は「お知らせ」でだけ送れます。"),
    (r"a reminder needs a card with a button.*", "催促には、アンケートのボタンがあるカードが必要です。"),
    (r"there is no survey '(.*)'", r"「\1」というアンケートはありません。"),
    (r"the survey '(.*)' is paused: .*", r"アンケート「\1」は一時停止中のため、催促できません。"),
    (r"the survey '(.*)' is draft: .*", r"アンケート「\1」はまだ受付を始めていないため、催促できません。"),
    (r"the survey '(.*)' is (?:closed|archived): .*", r"アンケート「\1」は締め切られたため、催促できません。"),
    (
        r"nobody can be reminded of the survey '(.*)': no invitation .* last (\d+) days",
        r"アンケート「\1」への招待で、この\2日間に送り終えたものがないため、催促できません。",
    ),
    (r"it is about saving lives", "命を守る情報です。"),
    (r"it goes to ([\d,]+) people, more than ([\d,]+)", r"\1人に送ります（\2人より多い）。"),
    (r"needs `from`, `to` or both.*", "始まる日か終わる日を入れてください。"),
    (r"`to`, (\S+), is before `from`, (\S+)", r"終わる日（\1）が、始まる日（\2）より前です。"),
    (r"the tag is (\d+) characters long; (\d+) fit", r"タグは\2文字までです（今は\1文字）。"),
    (
        r"there is no uploaded list '(.*?)'; did you mean `(.*?)`\?.*",
        r"「\1」という名簿はありません。もしかして「\2」のことですか。",
    ),
    (
        r"there is no saved audience '(.*?)'; did you mean `(.*?)`\?.*",
        r"「\1」という保存した対象はありません。もしかして「\2」のことですか。",
    ),
    (r"there is no (?:uploaded list) '(.*?)'.*", r"「\1」という名簿はありません。期限が切れたかもしれません。"),
    (r"there is no (?:saved audience) '(.*?)'.*", r"「\1」という保存した対象はありません。"),
    (r"the uploaded list '(.*?)' has expired.*", r"名簿「\1」は期限が切れました。もう一度取り込んでください。"),
    (r"the tag is empty", "タグが空です。"),
    (r"`any` of nothing is nobody.*", "any の下に何か書いてください。空のままでは誰にも当てはまりません。"),
    (r"goes more than (\d+) levels deep.*", r"\1段より深くは書けません。一部を保存して、その名前を使ってください。"),
    (r"every day has no `on`.*", "毎日のときは、日や曜日を選びません。"),
    (
        r"somebody else has saved the audience '.*' meanwhile.*",
        "見ていた間に、ほかの人が保存しました。開き直してください。",
    ),
    (r"the saved audience is made of itself: (.*)", r"自分自身を使っています：\1"),
    (
        r"the name of (?:a list|an audience) is 1 to 40 of .*, not '(.*)'",
        r"短い名前「\1」は使えません。半角の小文字・数字・ハイフンで40文字までにしてください。",
    ),
    (
        r"'(.*)' is part of (.*): change or delete that first",
        r"「\1」は \2 で使われています。先にそちらを直してください。",
    ),
    (r"there is no user id in it.*", "ユーザーIDが一つもありません。一行に一つ、Uと32文字で書いてください。"),
    (r"there are ([\d,]+) user ids in it; ([\d,]+) fit", r"\1人分あります。取り込めるのは\2人までです。"),
    (r"holds more than a user id", "ユーザーIDのほかにも何か書かれています"),
    (r"does not begin with U", "Uで始まっていません"),
    (r"has (\d+) characters, not 33", r"\1文字です（33文字のはずです）"),
    (r"holds what is no hexadecimal digit", "使えない文字が入っています"),
    (r"choose at least one tester.*", "送る相手を一人以上選んでください。"),
    (r"that phone is not a tester's.*", "この登録は、もうありません。"),
    (r"the file is not UTF-8 text", "このファイルはUTF-8の文章ではありません。"),
    (r"must be 'day', 'week' or 'month', not .*", "毎日・毎週・毎月のどれかを選んでください。"),
    (r"must be ('\w[\w-]*'(?:, '[\w-]+')* or '[\w-]+'), not .*", r"この中から選んでください：\1"),
    (
        r"the city has no [a-z ]+ '(.*?)'; did you mean `(.*?)` \((.*?)\)\?.*",
        r"「\1」は市の一覧にありません。もしかして「\2」（\3）のことですか。",
    ),
    (r"the city has no (?:ward|district|topic|age band|language) '(.*?)'.*", r"「\1」は市の一覧にありません。"),
    (r"this is not YAML: .*", "YAMLとして読めません。字下げ・コロン・引用符を確かめてください。"),
    (r"the file is empty", "何も書かれていません。"),
    (r"is not known here; did you mean `(.*)`\?.*", r"知らない項目です。「\1」のことですか。"),
    (r"is not known here.*", "知らない項目です。"),
    (r"needs exactly one of (.*); it has (.*)", r"\1 のうち、ちょうど一つが必要です（今は：\2）。"),
    (r"is written twice: first on line (\d+); keep one", r"二度書かれています（最初は\1行目）。一つにしてください。"),
)
_AT_LINE = re.compile(r"line (\d+): (?:([\w.\[\]-]+): )?(.+)", re.S)
_KNOWN = [(re.compile(pattern, re.S), japanese) for pattern, japanese in _SENTENCES]


def japanese(sentence: str) -> str:
    """A fault as the definition tells it, in Japanese; as it is where nobody put it into Japanese yet."""
    for pattern, said in _KNOWN:
        if match := pattern.fullmatch(sentence):
            return match.expand(said)
    if placed := _AT_LINE.fullmatch(sentence):
        line, place, says = placed.groups("")
        return f"{line}行目 {place}：{japanese(says)}" if place else f"{line}行目：{japanese(says)}"
    return sentence
