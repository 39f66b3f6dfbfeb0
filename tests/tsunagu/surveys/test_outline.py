"""What is asked under which conditions, as those read it who write a survey."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from tsunagu.surveys.conditions import Condition
from tsunagu.surveys.outline import written

CHUO = {"attribute": "ward", "is": ["chuo"]}
OFTEN = {"answer": "use", "is": ["often", "once"]}


@pytest.mark.parametrize(
    ("condition", "japanese", "english"),
    [
        (CHUO, "ward が chuo", "ward = chuo"),
        (OFTEN, "use が oftenかonce", "use = often | once"),
        ({"answer": "trust", "from": 0, "to": 6}, "trust が 0〜6", "trust 0–6"),
        ({"answer": "age", "from": 1.5}, "age が 1.5〜", "age 1.5–"),
        ({"answer": "day", "to": "2026-11-03"}, "day が 〜2026-11-03", "day –2026-11-03"),
        (
            {"answer": "use", "was": ["skipped", "declined"]},
            "use：スキップしたか「答えたくない」とした",
            "use: skipped | declined",
        ),
        ({"not": CHUO}, "（ward が chuo）ではない", "not (ward = chuo)"),
        (
            {"all": [CHUO, {"any": [OFTEN, CHUO]}]},
            "ward が chuo かつ （use が oftenかonce または ward が chuo）",
            "ward = chuo and (use = often | once or ward = chuo)",
        ),
    ],
)
def test_a_condition_reads_in_both_languages(condition: dict[str, Any], japanese: str, english: str) -> None:
    found: Condition = TypeAdapter(Condition).validate_python(condition)
    assert (japanese, english) == written(found)
