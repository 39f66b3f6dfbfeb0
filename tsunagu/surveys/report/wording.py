"""How the report calls things: in Japanese and in English. Pure."""

from tsunagu.surveys.report.shares import Both

KINDS: dict[str, Both] = {
    "single": ("単一選択", "single choice"),
    "multiple": ("複数選択", "multiple choice"),
    "scale": ("段階評価", "scale"),
    "number": ("数値", "number"),
    "text": ("自由記述", "free text"),
    "date": ("日付", "date"),
    "time": ("時刻", "time"),
    "datetime": ("日時", "date and time"),
    "ward": ("区", "ward"),
    "district": ("校区", "school district"),
    "location": ("場所", "location"),
    "photo": ("写真", "photo"),
}
UNITS: dict[str, Both] = {"day": ("日", "Day"), "week": ("週", "Week"), "month": ("月", "Month")}


def duration(seconds: float | None) -> Both:
    """3分20秒, 2時間5分: as a reader says it; ("—", "") where it is not known."""
    if seconds is None:
        return "—", ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}秒", f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes}分{rest}秒", f"{minutes} min {rest} s"
    hours, rest = divmod(whole // 60, 60)
    if hours < 48:
        return f"{hours}時間{rest}分", f"{hours} h {rest} min"
    return f"{hours // 24}日{hours % 24}時間", f"{hours // 24} d {hours % 24} h"
