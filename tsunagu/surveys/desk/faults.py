"""The faults of a survey's definition, told in English, in the Japanese that the console shows first. Pure."""

import re

from tsunagu.web import faults

_LEAP = "質問の順序か `when`・`next` を見直してください。"
_SENTENCES: tuple[tuple[str, str], ...] = (
    # of texts
    (
        r"`(.*)` is not one of ja, ja-easy, en",
        r"「\1」という言語はありません。ja・ja-easy・en のどれかにしてください。",
    ),
    (r"needs Japanese: .*", "日本語（ja）を入れてください。"),
    (r"`(.*)` is empty", r"\1 が空です。文を入れてください。"),
    (r"`(.*)` holds a character that cannot be shown .*", r"\1 に、表示できない文字があります。"),
    (r"`(.*)` has ([\d,]+) characters; at most ([\d,]+) fit", r"\1 は\3文字までです（今は\2文字）。"),
    (r"lacks `(ja|ja-easy|en)`, a language of the title", r"\1 がありません。題にある言語は、すべて入れてください。"),
    (r"is a language that the title lacks.*", "題にない言語です。題にも入れるか、ここから除いてください。"),
    (r"`{(.*)}` is filled in only in .*", r"{\1} を入れられるのは、質問とお知らせの文だけです。"),
    (r"`{(.*)}` does not come earlier.*", r"{\1} は後の質問です。入れられるのは、前の質問の答えだけです。"),
    (r"`{(.*)}` is no question's id.*", r"{\1} という質問はありません。中かっこには、前の質問の id を入れます。"),
    (r"`{(.*)}` has no words to fill in.*", r"{\1} の答えは、文に入れられない種類です。"),
    (r"lacks `{(.*)}`, which another language has", r"ほかの言語にある {\1} がありません。"),
    # of times, quotas and sections
    (r"must be later than opens", "開始よりあとにしてください。"),
    (
        r"must be later than closes, .*",
        "締切と休止のどれよりもあとにしてください。保管できるのは、締め切ったものだけです。",
    ),
    (r"must be later than from", "休止の始まりよりあとにしてください。"),
    (r"must be later than the end of the pause before.*", "前の休止の終わりよりあとにして、順に書いてください。"),
    (r"must be later than opens \((.*)\)", r"開始（\1）よりあとにしてください。"),
    (r"must be earlier than closes \((.*)\)", r"締切（\1）より前にしてください。"),
    (r"must lie between (\d+) and (\d+)(?:, as LINE's picker does)?", r"\1年から\2年までにしてください。"),
    (r"`(.*)` has quotas already.*", r"\1 の定員は、もうあります。一つにまとめてください。"),
    (
        r"is required, as the survey has sections \((.*)\)",
        r"区分のあるアンケートなので、どの区分か入れてください（\1）。",
    ),
    (r"`(.*)` is no section's id.*", r"「\1」という区分はありません。"),
    (r"`(.*)` comes before `(.*)`; a section.*", r"区分「\1」は「\2」より前です。区分は、順にまとめて尋ねます。"),
    (r"no question is in `(.*)`: take it out", r"区分「\1」に質問がありません。除いてください。"),
    (r"is not one of the city's [a-z ]+?(?: \(known: (.*)\))?", r"市の一覧にありません。（\1）"),
    (r"`(.*)` is not one of the city's [a-z ]+?(?: \(known: (.*)\))?", r"「\1」は市の一覧にありません。（\2）"),
    # of questions and their ways
    (
        r"take ([\d,]+) bytes together, and ([\d,]+) fit.*",
        r"合わせて\1バイトあります（\2まで）。質問か文を減らしてください。",
    ),
    (r"are all notices.*", "お知らせだけです。質問を一つ以上入れてください。"),
    (r"`end` means the end of the survey.*", "end は終わりを表します。別の id にしてください。"),
    (r"`(.*)` is used twice; ids must differ", r"「\1」が二度使われています。id はそれぞれ別にしてください。"),
    (r"`(.*)` is no question's id(?: \(nor `end`\))?", r"「\1」という質問はありません。"),
    (r"`(.*)` does not come later.*", r"「\1」は前の質問です。進めるのは、後の質問へだけです。"),
    (r"`(.*)` can never be reached.*", rf"「\1」には、どう答えても進めません。{_LEAP}"),
    (
        r"can never hold(?: all at once)? on any way to `(.*)`, .*",
        rf"成り立つことがなく、「\1」は尋ねられません。{_LEAP}",
    ),
    (
        r"is one of more than (\d+) notices in a row.*",
        r"お知らせを続けて出せるのは\1つまでです。まとめるか、間に質問を入れてください。",
    ),
    (
        r"comes with more notices than fit.*",
        "お知らせが、LINEで一度に送れる5通に入りません。短くするか、間に質問を入れてください。",
    ),
    (r"LINE would not take it: (.*)", r"LINEが受け付けません：\1"),
    (
        r"must be 1 to (\d+) above min \((.*)\), .*",
        r"最小（\2）より1〜\1だけ大きくしてください。段階ごとにボタンがあります。",
    ),
    (r"must not be below min(?:_length)? \((.*)\)", r"最小（\1）以上にしてください。"),
    (r"must be later than min \((.*)\), .*", r"最小（\1）よりあとにしてください。"),
    (
        r"only one option may ask for words: `(.*)` does already",
        r"言葉をきく選択肢は一つだけです（「\1」がすでにあります）。",
    ),
    (r"goes with no `other`.*", "other と exclusive は、いっしょには使えません。"),
    (r"reads the same as option `(.*)` \((.*)\): '(.*)'", r"選択肢「\1」と同じ文です（\2）：「\3」"),
    (r"are all exclusive.*", "どれも一つしか選べません。type: single にしてください。"),
    (r"must be at most (\d+): so many options .*", r"\1 以下にしてください。いっしょに選べるのは、そこまでです。"),
    (r"must not be below least \((\d+)\)", r"最少（\1）以上にしてください。"),
    # of conditions
    (r"`(.*)` is a notice: nothing is answered there", r"「\1」はお知らせで、答えがありません。"),
    (r"`(.*)` does not come earlier.*", r"「\1」は後の質問で、まだ答えが分かりません。"),
    (
        r"has conditions inside one another, (\d+) deep; at most (\d+) are taken",
        r"条件が\1段に重なっています（\2段まで）。",
    ),
    (r"`(.*)` cannot be skipped.*", r"「\1」は、とばせない質問です（required: false がありません）。"),
    (r"`(.*)` cannot be declined.*", r"「\1」には「答えたくない」がありません（decline: true がありません）。"),
    (r"`(.*)` has no `from` and `to`: say (.*)", r"「\1」は from と to では尋ねられません。\2 で書いてください。"),
    (r"`(.*)` is no option of `(.*?)`(?: \(known: (.*)\))?", r"「\1」は「\2」の選択肢にありません。（\3）"),
    (r"must be a step of `(.*)`, (.*) to (.*), not (.*)", r"「\1」の段階（\2〜\3）にしてください（今は \4）。"),
    (r"goes with options, steps, wards and districts only: say (.*)", r"この質問には使えません。\1 で書いてください。"),
    (r"must not be below `from`: .*", "from より小さくできません。間に答えがありません。"),
    (
        r"no answer to `(.*)` is so great: the greatest is (.*)",
        r"「\1」に、そこまで大きい答えはありません（最大は \2）。",
    ),
    (r"no answer to `(.*)` is so small: the least is (.*)", r"「\1」に、そこまで小さい答えはありません（最小は \2）。"),
    (r"needs exactly one of (`is.*)", r"\1 のうち、ちょうど一つが必要です。"),
    (r"must be a condition with one of (.*)", r"条件は、\1 のどれか一つで書いてください。"),
    # of editions
    (r"must stay `(.*)`: another id is another survey", r"id は「\1」のままにしてください。"),
    (r"must stay `(.*)`: residents were told so .*", r"「\1」のままにしてください。答えた人に、そう伝えています。"),
    (
        r"must stay `(.*)`: `(.*)` has been asked as one; .*",
        r"「\2」の種類は \1 のままにしてください。新しい質問には、別の id を付けます。",
    ),
    (
        r"must stay with `(.*)`: its words and those of `(.*)` would be mixed up",
        r"言葉を添える選択肢は「\1」のままにしてください。「\2」に移すと、書かれた言葉が混ざります。",
    ),
    (
        r"are (\d+) with those of earlier editions; (\d+) fit: .*",
        r"前の版のものと合わせて\1個あります。\2個までです。質問を分けてください。",
    ),
    # of any file
    (r"type must be one of (.*)", r"種類（type）は、次のどれかにしてください：\1"),
    (r"must be text.*put it in quotes, '(.*)'", r"文字で書いてください。引用符で囲みます：'\1'"),
    (r"must be text", "文字で書いてください。"),
    (r"must be 1 to 20 of .*, not '(.*)'", r"「\1」は使えません。半角の小文字・数字・下線で20文字までにしてください。"),
    (
        r"must be (?:a date and time|a date|a time).* such as (.*?)(?:, not (.*))?",
        r"\1 のように書いてください（今は \2）。",
    ),
    (r"must be an? (?:whole )?number.*", "数で書いてください。"),
    (r"must be fields with values .*", "「名前: 値」の形で書いてください。"),
    (r"must be a list .*", "一覧で書いてください（[a, b] か、「- 」で始まる行）。"),
    (r"fields lie in one another too deep to be read", "項目が深く重なりすぎていて、読み取れません。"),
    (r"cannot be read: write a shorter number, .*", "読み取れません。数は短く、!! の印は付けずに書いてください。"),
    (r"anchors and aliases .*", "& と * は使えません。値をそのまま書いてください。"),
    (r"input should be a valid (?:number|integer).*", "数で書いてください。"),
    (r"input should be a valid boolean.*", "true か false にしてください。"),
    (r"input should be greater than or equal to (\S+?), not (.*)", r"\1 以上の数にしてください（今は \2）。"),
    (r"input should be less than or equal to (\S+?), not (.*)", r"\1 以下の数にしてください（今は \2）。"),
    (r"(?:list|dictionary) should have at least (\d+) items? .*", r"\1つ以上入れてください。"),
    (r"list should have at most (\d+) items? .*", r"\1つまでにしてください。"),
)
_KNOWN = [(re.compile(pattern, re.S), said) for pattern, said in _SENTENCES]


def japanese(sentence: str) -> str:
    """As it is where nobody put it into Japanese yet; of a text's several faults each."""
    parts = sentence.split("; ")
    told = [_of(part) for part in parts]
    if len(parts) > 1 and all(said != part for said, part in zip(told, parts, strict=True)):
        return " ".join(told)
    return _of(sentence)


def _of(sentence: str) -> str:
    for pattern, said in _KNOWN:
        if match := pattern.fullmatch(sentence):
            # A list of what is known is left out where there is none.
            return match.expand(said).replace("（）", "").replace("（今は ）", "")
    return faults.japanese(sentence)
