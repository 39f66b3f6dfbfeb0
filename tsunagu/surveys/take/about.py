"""What a report says of itself: what it is of, who is counted, and how. The workbook and the PDF begin and end so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tsunagu.surveys.definition import Multiple
from tsunagu.surveys.desk.wording import ANONYMITY, STATES
from tsunagu.surveys.report.count import WHAT_WAS_SAID, Both, Counted, Report
from tsunagu.surveys.report.cross import Crossed
from tsunagu.surveys.report.filters import Filter
from tsunagu.surveys.report.look import Look
from tsunagu.surveys.report.shares import Row
from tsunagu.surveys.report.wording import duration
from tsunagu.web.filters import number, percent

_NOTES: tuple[Both, ...] = (
    (
        "割合の母数（分母）は、それぞれの表の下に示しています。複数選択では、この質問に答えた人に対する割合を示すため、合計が100％を超えることがあります。",
        "Under each table stands what its percentages are of. Where several may be chosen, they can exceed 100 %.",
    ),
    (
        "95％信頼区間はウィルソンの方法によります。無作為に選んだ人が答えたとみなしたときの、偶然による幅です。届かなかった人や答えなかった人による偏りは含みません。",
        "The 95 % intervals are Wilson's: what chance would do to a random sample. Who was not reached is not in them.",
    ),
    (
        "「スキップ」「答えたくない」「対象外（聞いていない）」「未回答」は、別々に数えています。途中でやめた人の回答も、答えた質問まで数えています。",
        "Skipped, prefers not to say, not asked, and not answered so far are counted apart. Who stopped on the way is"
        " counted up to there.",
    ),
    (
        "回答率は、このアンケートへの招待を配信した対象者のうち、一つでも答えた人の割合です。招待した人より多くの人が答えたときは示しません。",
        "The response rate is of those whom invitations were sent to; it is left out where more answered than that.",
    ),
    (
        "数値は作成した時点のすべての回答によるもので、丸めや秘匿の処理をしていません。公表には、件数の少ない欄を秘匿した公表用の表を使ってください。",
        "All figures are exact as of when they were made. For the public there are tables with small cells suppressed.",
    ),
)


_NPS: dict[Both, str] = {
    ("NPS（推奨者の割合 − 批判者の割合）", "Net Promoter Score"): "score",
    ("その95％区間の下限", "lower end of its 95 % interval"): "low",
    ("その95％区間の上限", "upper end of its 95 % interval"): "high",
}


@dataclass(frozen=True)
class Group:
    """Who is looked at. `lines`: the filter in words."""

    name: Both
    lines: tuple[Both, ...]
    report: Report
    crossed: Crossed | None


def groups(look: Look) -> list[Group]:
    """The group, and the one beside it where there is one."""
    found = [_group(look, look.filter, look.report, look.crossed)]
    if look.view.beside is not None and look.other is not None:
        found.append(_group(look, look.view.beside, look.other, look.other_crossed))
    return found


def _group(look: Look, filter: Filter, report: Report, crossed: Crossed | None) -> Group:
    lines = tuple(filter.described(look.definition, look.city)) or (("回答者全員", "all respondents"),)
    name = "、".join(line[0] for line in lines), "; ".join(line[1] for line in lines if line[1])
    return Group(name, lines, report, crossed)


def facts(look: Look, now: datetime) -> list[tuple[Both, Both]]:
    """What the survey is; `now` in city time."""
    survey, definition = look.survey, look.definition
    opened, closed = (at.astimezone(look.zone) if at else None for at in (survey.opened_at, survey.closed_at))
    period = f"{day(opened)}〜{day(closed)}" if opened else "—"
    return [
        (("アンケートのID", "survey"), (survey.id, "")),
        (("期間", "period"), (period, "")),
        (("状態", "state"), STATES[survey.state][:2]),
        (("版", "edition"), (str(survey.edition), "")),
        (("匿名性", "anonymity"), ANONYMITY[definition.anonymity]),
        (("作成", "made"), (f"{day(now)} {now:%H:%M} 現在", f"as of {now:%Y-%m-%d %H:%M}")),
    ]


def reached(report: Report) -> list[tuple[Both, str, str]]:
    """How many answered: the label, the figure, and what it is made of."""
    invited = f"招待 {number(report.invited)}人" if report.invited is not None else "招待なし"
    return [
        (("回答", "answered"), number(report.answered), "人"),
        (("回答率", "response rate"), percent(report.rate), invited),
        (("最後まで回答", "finished"), percent(report.finished_rate), f"{number(report.finished)}人"),
        (("回答時間の中央値", "median time"), duration(report.curves.median_seconds)[0], ""),
    ]


def notes(replaced: int = 0) -> list[Both]:
    """On method. `replaced`: characters that could not be shown."""
    if not replaced:
        return list(_NOTES)
    lost = (
        f"この文書の書体にない文字 {replaced:,} 文字を〓で示しています。元の文字はCSVまたはXLSXにあります。",
        f"{replaced:,} characters that the font of this document lacks are shown as 〓; the CSV and XLSX have them.",
    )
    return [*_NOTES, lost]


def base(counted: Counted) -> Both:
    """What the percentages of a table are of."""
    more = "（複数選択）" if isinstance(counted.question, Multiple) else ""
    return (
        f"割合の母数：{counted.base_is[0]} {counted.base:,}人{more}",
        f"base: {counted.base_is[1]}, n = {counted.base:,}",
    )


def states(counted: Counted) -> list[tuple[Both, int]]:
    """What became of the question among all respondents."""
    return [(label, getattr(counted, name)) for name, label in WHAT_WAS_SAID.items()]


def measures(counted: Sequence[Counted]) -> list[tuple[Both, tuple[float | None, ...]]]:
    """Of numbers and steps: mean and the like, a value for each group; none where nobody has answered."""
    found: list[tuple[Both, tuple[float | None, ...]]] = []
    if any(each.summary for each in counted):
        names = (("平均", "mean"), ("中央値", "median"), ("最小", "lowest"), ("最大", "highest"))
        found = [(name, tuple(getattr(each.summary, name[1], None) for each in counted)) for name in names]
    if any(each.nps for each in counted):
        found += [(label, tuple(getattr(each.nps, name, None) for each in counted)) for label, name in _NPS.items()]
    return found


Line = tuple[Both, tuple[Row | None, ...]]


def lines(rows: Sequence[Sequence[Row]]) -> list[Line]:
    """The rows of one table in one or two groups, side by side; None where a group has no such row."""
    found: dict[tuple[str, Both], list[Row | None]] = {}
    for group, of in enumerate(rows):
        for row in of:
            found.setdefault((row.code, row.label), [None] * len(rows))[group] = row
    return [(label, tuple(of)) for (_, label), of in found.items()]


def day(at: datetime | None) -> str:
    return f"{at.year}年{at.month}月{at.day}日" if at is not None else ""


def flat(words: str) -> str:
    return " ".join(words.split())


def one_line(words: Both) -> str:
    """In Japanese and English, for a cell."""
    return " / ".join(flat(part) for part in words if part)
