"""A survey of every kind that a file can hold, its responses at random, and the file and codebook that say the same."""

import csv
import io
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tsunagu.cloud import definitions
from tsunagu.residents.city import city
from tsunagu.surveys.bring import codebook_checks
from tsunagu.surveys.bring.codebook import Codebook
from tsunagu.surveys.bring.file import AUTO, File, look_at
from tsunagu.surveys.rows import Said

TOKYO = ZoneInfo("Asia/Tokyo")
CODES = {None: "-6", Said.SKIPPED: "-9", Said.DECLINED: "-8", Said.NOT_ASKED: "-7"}


def words(ja: str) -> dict[str, str]:
    return {"ja": ja}


def option(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "text": words(f"選択肢{id}"), **more}


BOOK: dict[str, Any] = {
    "id": "earlier",
    "title": words("前の調査"),
    "key": "番号",
    "started": {"column": "開始", "format": "%Y/%m/%d %H:%M:%S"},
    "finished": {"column": "完了"},
    "ward": {"column": "区", "codes": {"1": "chuo", "2": "kita"}},
    "district": {"column": "校区"},
    "age_band": {"column": "年代"},
    "language": {"column": "言語"},
    "blank": -6,
    "skipped": ["-9"],
    "declined": ["-8"],
    "not_asked": ["-7"],
    "ignore": ["備考"],
    "questions": [
        {
            "id": "use",
            "type": "single",
            "column": "Q1",
            "text": words("利用"),
            "options": [option("often", code=[1, 4]), option("never", code=2), option("other", code=3, other="Q1他")],
        },
        {
            "id": "why",
            "type": "multiple",
            "text": words("利用"),
            "chosen": ["1", "○"],
            "options": [
                option("near", column="Q2_1"),
                option("cheap", column="Q2_2"),
                option("other", column="Q2_3", other="Q2他"),
            ],
        },
        {
            "id": "how",
            "type": "multiple",
            "column": "Q3",
            "separator": "/",
            "text": words("手段"),
            "options": [option("bus"), option("car", code="車"), option("foot")],
        },
        {
            "id": "content",
            "type": "scale",
            "column": "Q4",
            "text": words("満足度"),
            "codes": {"とても満足": 5},
        },
        {"id": "age", "type": "number", "column": "Q5", "text": words("年齢"), "min": 0, "max": 120},
        {"id": "more", "type": "text", "column": "Q6", "text": words("ご意見")},
        {"id": "born", "type": "date", "column": "Q7", "text": words("誕生日")},
        {"id": "when", "type": "time", "column": "Q8", "text": words("時刻")},
        {"id": "visit", "type": "datetime", "column": "Q9", "text": words("来庁"), "format": "%Y.%m.%d %H:%M"},
        {"id": "live", "type": "ward", "column": "Q10", "text": words("住まい"), "codes": {"01": "chuo", "02": "kita"}},
        {"id": "school", "type": "district", "column": "Q11", "text": words("校区")},
    ],
}
HEADING = [
    *["番号", "開始", "完了", "区", "校区", "年代", "言語", "備考", "Q1", "Q1他", "Q2_1", "Q2_2", "Q2_3", "Q2他", "Q3"],
    *["Q4", "Q5", "Q6", "Q7", "Q8", "Q9", "Q10", "Q11"],
]

TWICE = "¢£¬‖−〜"  # written to cp932 they come back as others
TEXTS = (
    st.text(
        st.characters(codec="cp932", exclude_categories=["Cc"], exclude_characters=TWICE)
        | st.sampled_from("\n,;\t\"'=+-@"),
        min_size=1,
    )
    .map(lambda said: said.strip())
    .filter(lambda said: said and said not in CODES.values())
)
MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "use": st.sampled_from(["often", "never", "other"]),
    "why": st.lists(st.sampled_from(["near", "cheap", "other"]), min_size=1, unique=True),
    "how": st.lists(st.sampled_from(["bus", "car", "foot"]), min_size=1, unique=True),
    "content": st.integers(1, 5),
    "age": st.integers(0, 120).map(float),
    "more": TEXTS,
    "born": st.dates(datetime(1900, 1, 1).date(), datetime(2100, 12, 31).date()),
    "when": st.times().map(lambda at: f"{at:%H:%M}"),
    "visit": st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(lambda at: f"{at:%Y-%m-%dT%H:%M}"),
    "live": st.sampled_from(["chuo", "kita"]),
    "school": st.sampled_from(["sekidai", "izumi-minami"]),
}
LISTS = {"why": ["near", "cheap", "other"], "how": ["bus", "car", "foot"]}  # in the order of the options


@st.composite
def responses(draw: st.DrawFn) -> dict[str, Any]:
    """A packed row without key, version, edition and `waits_at`, of one who answers at least something."""
    begun = draw(MOMENTS | st.none())
    row: dict[str, Any] = {
        "ward": draw(st.sampled_from(["chuo", "kita"])),
        "district": draw(st.sampled_from(["sekidai", None])),
        "age_band": draw(st.sampled_from(["20s", "80up", None])),
        "language": draw(st.sampled_from(["ja", "en"])),
        "started_at": begun,
        "finished_at": draw(st.none() | MOMENTS.filter(lambda at: begun is None or at >= begun)),
    }
    for id, values in VALUES.items():
        said = draw(st.sampled_from([None, *Said, Said.GIVEN, Said.GIVEN]))
        value = draw(values) if said is Said.GIVEN else None
        if id in LISTS and value is not None:
            value = [option for option in LISTS[id] if option in value]
        row[f"a_{id}"] = value
        row[f"s_{id}"] = said if said is None else int(said)
        if id in ("use", "why"):
            row[f"o_{id}"] = draw(TEXTS | st.none()) if value is not None and "other" in value else None
    if all(row[f"s_{id}"] in (None, Said.NOT_ASKED) for id in VALUES):
        row["s_more"], row["a_more"] = int(Said.SKIPPED), None
    return row


def in_cells(key: str, row: dict[str, Any]) -> list[str]:
    """What the file says of it."""
    cells = dict.fromkeys(HEADING, "")
    cells |= {"番号": key, "備考": "x", "言語": row["language"], "年代": row["age_band"] or "-6"}
    cells["区"] = {"chuo": "1", "kita": "2"}[row["ward"]]
    cells["校区"] = {"sekidai": "碩台", None: ""}[row["district"]]
    if row["started_at"] is not None:
        cells["開始"] = f"{row['started_at'].astimezone(TOKYO):%Y/%m/%d %H:%M:%S}"
    if row["finished_at"] is not None:
        cells["完了"] = f"{row['finished_at'].astimezone(TOKYO).replace(tzinfo=None).isoformat(' ')}"
    columns = dict(zip(VALUES, ["Q1", "", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "Q9", "Q10", "Q11"], strict=True))
    for id, column in columns.items():
        said, value = row[f"s_{id}"], row[f"a_{id}"]
        if id == "why":
            for number, name in enumerate(LISTS[id], start=1):
                cells[f"Q2_{number}"] = CODES[said] if value is None else str(int(name in value))
        else:
            cells[column] = CODES[said] if value is None else _code(id, value)
    cells["Q1他"], cells["Q2他"] = row["o_use"] or "", row["o_why"] or ""
    return list(cells.values())


def _code(id: str, value: Any) -> str:
    match id:
        case "use":
            return {"often": "4", "never": "2", "other": "3"}[value]
        case "how":
            return "/".join({"bus": "選択肢bus", "car": "車", "foot": "foot"}[option] for option in reversed(value))
        case "content":
            return "とても満足" if value == 5 else str(value)
        case "visit":
            return f"{datetime.fromisoformat(value):%Y.%m.%d %H:%M}"
        case "live":
            return {"chuo": "01", "kita": "02"}[value]
        case "school":
            return {"sekidai": "碩台", "izumi-minami": "Izumi-minami"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)


def write(
    folder: Path, rows: list[list[str]], delimiter: str = ",", encoding: str = "utf-8", **book: Any
) -> tuple[Path, Path]:
    """The file and its codebook."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([HEADING, *rows])
    file, codebook = folder / "answers.csv", folder / "codebook.yaml"
    file.write_bytes(text.getvalue().encode(encoding))
    codebook.write_text(json.dumps({**BOOK, **book}, ensure_ascii=False, indent=1), "utf-8")  # which is YAML
    return file, codebook


def opened(file: Path, codebook: Path) -> tuple[Codebook, File]:
    book = _read(codebook.read_text("utf-8"))
    found = look_at(file, AUTO, {column for _, column in book.uses()})
    assert [] == list(codebook_checks.problems(book, found, city()))
    return book, found


@cache
def _read(codebook: str) -> Codebook:
    return definitions.loads(codebook, Codebook)
