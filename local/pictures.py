"""`python -m local pictures`: the README's pictures, taken of a city in which the demo's story has just happened."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import typer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from local.browser import chromium, resize
from local.city import LOGS, City, Wish, city
from local.demo import EXAMPLES, PATIENCE, SURVEY, Story, has_broadcast, play, talk, tsunagu, wait_for
from local.gate import CHOICE
from local.phones import Phone, Phones
from local.topology import ROOT

PICTURES = ROOT / "docs" / "pictures"
PROJECT = "tsunagu-pictures"
EXTRAS = 36

app = typer.Typer()


@app.callback()
def root() -> None:
    """Pictures."""


@app.command()
def pictures() -> None:
    """Take the README's pictures again, into docs/pictures/."""
    with city(Wish(project=PROJECT, tick=1.0, heap="2g", logs=LOGS / PROJECT), print) as running:
        PICTURES.mkdir(parents=True, exist_ok=True)
        with chromium() as browser:
            resize(browser, 1400)
            play(running, Story())
            of_phone(browser, running)
            crowd(running)
            of_report(browser, running)
            of_broadcast(browser, running)


def crowd(running: City) -> None:
    """More residents, invited by the same broadcast once more, so that the report has something to show."""
    extras = Phones(running.line_api).add(EXTRAS, seed="extras")
    with ThreadPoolExecutor(4) as talkers:
        list(talkers.map(register, extras))
        tsunagu(running, "broadcast", "schedule", str(EXAMPLES / "broadcast.yaml"), "--by", "editor@city.example")
        for phone in extras:
            wait_for(partial(has_broadcast, phone), "the broadcast")
        list(talkers.map(answer_at_random, range(EXTRAS), extras))


def register(phone: Phone) -> None:
    talk(phone, ("日本語", "中央区", "✎はるたけ", "子育て・教育", "決定", "30代", "わかりました"), following=True)


def answer_at_random(number: int, phone: Phone) -> None:
    chance = random.Random(number)
    talk(phone, ("アンケートに答える",))
    use = chance.choices(["よく使う", "使ったことがある", "使ったことがない"], [4, 3, 2])[0]
    if use == "使ったことがない":
        why = chance.choice(["知らなかった", "場所が遠い", "開いている時間に行けない", "まだ必要がない"])
        talk(phone, (use, f"✎{why}"))
    else:
        services = ["子どもを遊ばせる", "相談する", "ほかの親と知り合う", "講座に出る"]
        chosen = [service for service in services if chance.random() < 0.5] or services[:1]
        satisfied = chance.choices("12345", [1, 2, 4, 8, 7])[0]
        talk(phone, (use, *(f"☐ {service}" for service in chosen), "決定", satisfied))
    visit = "スキップ" if chance.random() < 0.6 else f"✎2026年12月{chance.randrange(1, 29)}日"
    talk(phone, (f"✎{chance.choices('0123', [2, 8, 7, 2])[0]}", visit))


def of_phone(browser: Chrome, running: City) -> None:
    """A resident who is just being asked."""
    (phone,) = Phones(running.line_api).add(1, seed="pictured")
    register(phone)
    talk(phone, ("✎アンケート", "はじめる"))
    browser.get(f"{running.line_api}/#{phone.user}")
    WebDriverWait(browser, PATIENCE).until(lambda page: "よく使う" in page.page_source)
    time.sleep(1)  # for the fonts, which move what is shown
    _save(browser, "phone.png")


def of_report(browser: Chrome, running: City) -> None:
    _enter(browser, running.doors["survey_report"], f"/surveys/{SURVEY}", "analyst@city.example")
    WebDriverWait(browser, PATIENCE).until(lambda page: page.find_elements(By.TAG_NAME, "svg"))
    _save(browser, "report.png")


def of_broadcast(browser: Chrome, running: City) -> None:
    """The one that everybody was invited by."""
    _enter(browser, running.doors["console"], "/broadcasts", "editor@city.example")
    WebDriverWait(browser, PATIENCE).until(lambda page: page.find_elements(By.CSS_SELECTOR, "th a"))
    browser.find_element(By.CSS_SELECTOR, "th a").click()
    WebDriverWait(browser, PATIENCE).until(lambda page: page.find_elements(By.CSS_SELECTOR, "[data-figure=audience]"))
    _save(browser, "broadcast.png")


def _enter(browser: Chrome, door: str, page: str, who: str) -> None:
    """Through the gate."""
    browser.get(f"{door}{CHOICE}?then={page}")
    browser.find_element(By.CSS_SELECTOR, f'button[value="{who}"]').click()


def _save(browser: Chrome, name: str) -> None:
    path: Path = PICTURES / name
    browser.save_screenshot(str(path))
    print(path.relative_to(ROOT))
