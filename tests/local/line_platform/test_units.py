"""Aggregation units: which a month has, and what becomes of one too many."""

from local.line_platform.app import make_app
from local.line_platform.limits import UNITS_A_MONTH
from local.line_platform.platform import Platform
from local.line_platform.settings import Settings
from local.line_platform.units import Units
from tests.local.line_platform.drive import Line, text

DAY = 24 * 60 * 60
MIDNIGHT = 1_793_458_800_000  # in Japan, the first moment of November 2026


def send(line: Line, user: str, unit: str) -> int:
    body = {"to": [user], "messages": [text("a")], "customAggregationUnits": [unit]}
    return line.api("/message/multicast", body).status_code


def names(line: Line, query: str = "") -> list[str]:
    found: list[str] = line.api(f"/message/aggregation/list{query}").json()["customAggregationUnits"]
    return found


def test_the_names_of_a_month_are_counted_once_and_told_apart_by_case(line: Line) -> None:
    user = line.resident()
    assert [200] * 4 == [send(line, user, unit) for unit in ("news_b", "news_a", "News_a", "news_b")]
    assert {"numOfCustomAggregationUnits": 3} == line.api("/message/aggregation/info").json()
    assert ["news_b", "news_a", "News_a"] == names(line)


def test_a_push_counts_too_and_what_was_refused_does_not(line: Line) -> None:
    user = line.resident()
    push = {"to": user, "messages": [text("a")], "customAggregationUnits": ["pushed"]}
    assert 200 == line.api("/message/push", push).status_code
    line.tell("/settings", {"quota": 1})
    assert 429 == send(line, user, "too_many")
    assert ["pushed"] == names(line)


def test_a_month_is_one_of_japan() -> None:
    units = Units()
    units.use("october", MIDNIGHT - 1)
    units.use("november", MIDNIGHT)
    assert (["october"], ["november"]) == (units.of_month(MIDNIGHT - 1), units.of_month(MIDNIGHT))


def test_a_month_takes_a_thousand_names_and_the_next_a_thousand_others() -> None:
    units = Units()
    assert all(units.use(f"news_{number}", MIDNIGHT - 1) for number in range(UNITS_A_MONTH))
    assert (False, True) == (units.use("one_more", MIDNIGHT - 1), units.use("news_0", MIDNIGHT - 1))
    assert units.use("one_more", MIDNIGHT)
    assert ["one_more"] == units.of_month(MIDNIGHT)


def test_a_send_with_one_name_too_many_is_delivered_without_it() -> None:
    platform = Platform("secret", "token", Settings())
    for number in range(UNITS_A_MONTH):
        platform.units.use(f"news_{number}", platform.clock.now())
    client = make_app(platform).test_client()
    user = client.post("/control/residents", json={"following": True}).json["residents"][0]["id"]  # type: ignore[index]
    body = {"to": [user], "messages": [text("a")], "customAggregationUnits": ["one_more"]}
    answer = client.post("/v2/bot/message/multicast", json=body, headers={"authorization": "Bearer token"})
    assert (200, {user: 1}) == (answer.status_code, client.get("/control/deliveries").json)
    assert "one_more" not in platform.units.of_month(platform.clock.now())
    assert ["the month has no room for another aggregation unit: it was not assigned"] == platform.record.calls[
        -1
    ].notes
    assert 409 == client.post("/control/opens", json={"unit": "one_more", "opened": 20}).status_code


def test_the_list_of_names_comes_in_pages(line: Line) -> None:
    user = line.resident()
    for number in range(3):
        send(line, user, f"news_{number}")
    first = line.api("/message/aggregation/list?limit=2").json()
    assert ["news_0", "news_1"] == first["customAggregationUnits"]
    rest = line.api(f"/message/aggregation/list?limit=2&start={first['next']}").json()
    assert {"customAggregationUnits": ["news_2"]} == rest
    assert [200, 400, 400] == [line.api(f"/message/aggregation/list?limit={n}").status_code for n in (100, 101, 0)]


def test_the_token_of_a_page_of_names_is_good_for_a_day_and_for_no_other_list(line: Line) -> None:
    users = [line.resident() for _ in range(2)]
    for user in users:
        send(line, user, user[:30])
    token = line.api("/message/aggregation/list?limit=1").json()["next"]
    others = line.api("/followers/ids?limit=1").json()["next"]
    assert [400, 400] == [line.api(f"/message/aggregation/list?start={each}").status_code for each in (others, "0")]
    assert 400 == line.api(f"/followers/ids?start={token}").status_code
    line.tell("/clock", {"ahead": DAY + 1})
    assert 400 == line.api(f"/message/aggregation/list?start={token}").status_code
