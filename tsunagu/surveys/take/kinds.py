"""The forms in which a survey can be taken away, as addresses, jobs and the command line name them.

taken = KINDS["csv"].write(path, look, now, told)
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tsunagu.surveys.report.count import Both
from tsunagu.surveys.report.look import Look
from tsunagu.surveys.take import csv, json, pdf, xlsx
from tsunagu.surveys.take.taken import Taken, Told

Write = Callable[[Path, Look, datetime, Told], Taken]


@dataclass(frozen=True)
class Kind:
    """`file`: what the file's name says it is. `write` makes the file at the path, which is whole when it returns;
    `now` is in city time. Raises Rejected, TryAgain, and whatever `told` raises."""

    id: str
    name: Both
    file: str
    ending: str
    content_type: str
    write: Write


_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ALL = (
    Kind("csv", ("CSV（UTF-8）", "CSV (UTF-8)"), "回答", "csv", "text/csv; charset=utf-8", csv.write),
    Kind(
        "csv-cp932",
        ("CSV（Shift_JIS系・cp932）", "CSV (cp932)"),
        "回答",
        "csv",
        "text/csv; charset=windows-31j",
        csv.write_cp932,
    ),
    Kind("xlsx", ("Excel（XLSX）", "Excel (XLSX)"), "集計", "xlsx", _SPREADSHEET, xlsx.write),
    Kind("pdf", ("報告書（PDF）", "Report (PDF)"), "報告書", "pdf", "application/pdf", pdf.write),
    Kind("json", ("集計値（JSON）", "Figures (JSON)"), "集計", "json", "application/json", json.write),
)
KINDS = {kind.id: kind for kind in _ALL}
