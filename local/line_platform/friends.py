"""Who exists and who follows the account. Made for 730,000 residents: an id and a byte each, names only where given."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from local.line_platform import ids

STRANGER, FOLLOWING, BLOCKED = 0, 1, 2
STATE_NAMES = {STRANGER: "stranger", FOLLOWING: "following", BLOCKED: "blocked"}


@dataclass(frozen=True)
class Profile:
    name: str
    language: str | None  # LINE tells it only of those who agreed to its privacy policy


class Friends:
    def __init__(self) -> None:
        self.users: list[str] = []
        self.numbers: dict[str, int] = {}
        self.states = bytearray()
        self.delivered = array("I")  # messages requests that reached the resident
        self.profiles: dict[int, Profile] = {}
        self.named: list[int] = []  # those the phone page lists
        self._next_of_seed: dict[str, int] = {}

    def add(self, seed: str, count: int, state: int) -> range:
        """Adds the next `count` residents of `seed` and returns their numbers."""
        start = self._next_of_seed.get(seed, 0)
        self._next_of_seed[seed] = start + count
        return self.add_ids((ids.user_id(seed, number) for number in range(start, start + count)), state)

    def add_ids(self, users: Iterable[str], state: int) -> range:
        """Adds those of `users` that are new; returns the numbers they were given."""
        first = len(self.users)
        for user in users:
            if user not in self.numbers:
                self.numbers[user] = len(self.users)
                self.users.append(user)
        added = len(self.users) - first
        self.states.extend(bytes([state]) * added)
        self.delivered.extend(array("I", bytes(4 * added)))
        return range(first, len(self.users))

    def describe(self, number: int, name: str | None, language: str | None) -> None:
        self.profiles[number] = Profile(name or f"住民 {number + 1}", language)
        self.named.append(number)

    def profile(self, number: int) -> Profile:
        return self.profiles.get(number) or Profile(f"住民 {number + 1}", "ja")

    def number(self, user: str) -> int | None:
        return self.numbers.get(user)

    def reachable(self, users: Iterable[str]) -> list[int]:
        """The numbers of those who follow; blocked and unknown ids are passed over."""
        states = self.states
        return [number for number in map(self.numbers.get, users) if number is not None and states[number] == FOLLOWING]

    def state(self, user: str) -> int | None:
        number = self.numbers.get(user)
        return None if number is None else self.states[number]

    def set_state(self, user: str, state: int) -> None:
        self.states[self.numbers[user]] = state

    def following(self, start: int = 0) -> Iterator[tuple[int, str]]:
        for number in range(start, len(self.users)):
            if self.states[number] == FOLLOWING:
                yield number, self.users[number]
