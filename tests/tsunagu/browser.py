"""axe-core, which knows the rules of accessibility."""

from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = "axe.run({runOnly: {type: 'tag', values: arguments[0]}}).then(arguments[1], error => arguments[1](String(error)))"


def violations(browser: Chrome) -> list[str]:
    """What axe-core finds wrong on the page that is open: the rule and the first element of each."""
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] | str = browser.execute_async_script(RUN, TAGS)
    assert isinstance(found, dict), found
    assert found["passes"], "axe found nothing to look at"
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found["violations"]]
