"""An account with residents in every language, and the menus brought to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from google.cloud.firestore import Client

from local.phones import Phone, Phones
from local.stand_in import StandIn
from tsunagu.line.client import Line
from tsunagu.menus import store
from tsunagu.menus.definition import menus
from tsunagu.menus.deploy import deploy
from tsunagu.menus.draw import Drawn, draw
from tsunagu.menus.rules import Mode
from tsunagu.menus.switch import Switched, switch
from tsunagu.packs.fill import fill
from tsunagu.residents.city import city
from tsunagu.residents.rules import Resident, row
from tsunagu.residents.store import ROSTER_SCHEMA, documents_of, key_of, residents_shelf

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
LANGUAGES = ("ja", "ja-easy", "en")


def drawn_anew(bar: str = "メニュー") -> list[Drawn]:
    """The city's menus, with these words under the ordinary Japanese one."""
    found = menus()
    ordinary = found.menus[Mode.ORDINARY]
    changed = ordinary.model_copy(update={"bar": {**ordinary.bar, "ja": bar}})
    found = found.model_copy(update={"menus": {**found.menus, Mode.ORDINARY: changed}})
    return [draw(found, mode, language, city()) for mode in Mode for language in LANGUAGES]


@pytest.fixture(scope="session")
def drawn() -> list[Drawn]:
    return drawn_anew()


@dataclass
class Account:
    """`people`: language → those who chose it."""

    db: Client
    phones: Phones
    line: Line
    drawn: list[Drawn]
    people: dict[str, list[Phone]]
    ahead: float = 0  # seconds, LINE's clock

    def deploy(self, drawn: list[Drawn] | None = None, line: Line | None = None) -> store.Now:
        line = line or self.line
        return deploy(self.db, line, line, drawn or self.drawn, "hanako@city.example", BEGIN, lambda *_: None)

    def switch(self, mode: Mode, line: Line | None = None) -> Switched:
        return switch(self.db, line or self.line, mode, "hanako@city.example", BEGIN, lambda *_: None, self.pass_time)

    def pass_time(self, seconds: float) -> None:
        """On LINE's clock."""
        self.ahead += seconds
        self.phones.control("POST", "/clock", {"ahead": self.ahead})

    def sees(self, phone: Phone) -> str:
        """The alias of the menu that this phone shows."""
        menu = self.phones.control("GET", f"/residents/{phone.user}/menu")
        return "/".join(menu["name"].split("/")[1:3]) if menu else ""

    def all_see(self, mode: str) -> bool:
        seen = {language: {self.sees(phone) for phone in phones} for language, phones in self.people.items()}
        return {language: {f"{mode}/{language}"} for language in self.people} == seen

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.phones.control("GET", f"/requests?since={since}")["requests"]
        return found

    def asked(self, since: int = 0) -> list[str]:
        """What LINE was asked to do; questions left out."""
        return [call["endpoint"] for call in self.requests(since) if call["endpoint"] != "menu_progress"]

    def names(self) -> list[str]:
        """Of all menus at LINE."""
        return sorted(menu["name"] for menu in self.line.call("GET", "/v2/bot/richmenu/list").answer["richmenus"])

    def fault(self, **order: Any) -> None:
        self.phones.control("POST", "/faults", order)

    def no_more_faults(self) -> None:
        self.phones.control("DELETE", "/faults")


@pytest.fixture
def account(db: Client, phones: Phones, platform: StandIn, drawn: list[Drawn]) -> Account:
    people = {language: phones.add(2, seed=language, following=True) for language in LANGUAGES}
    settle(db, ((phone.user, language) for language, phones_ in people.items() for phone in phones_))
    line = Line(platform.channel_access_token, platform.url)
    return Account(db, phones, line, drawn, people)


def settle(db: Client, who: Iterable[tuple[str, str]]) -> None:
    """They follow and have chosen a language."""
    rows = []
    for user, language in who:
        resident = Resident(since=BEGIN, language=language, changed={"language": 1}, version=1)
        (truth, content), _note = documents_of(db, user, resident)
        truth.set(content)
        rows.append({"key": key_of(user), "version": 1, **row(resident, city().ward_of)})
    fill(residents_shelf(db), pl.DataFrame(rows, schema=ROSTER_SCHEMA))
