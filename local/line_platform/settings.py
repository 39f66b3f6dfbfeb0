"""What a test or the demo may change while the platform runs."""

from pydantic import BaseModel, ConfigDict, Field

Seconds = tuple[float, float]  # from, to


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    webhook: str | None = None
    account_name: str = "つなぐ市"
    verified: bool = True  # LINE lists the followers of verified accounts only
    redelivery: bool = False
    redelivery_after: list[float] = Field(default_factory=lambda: [1.0, 3.0, 10.0, 30.0])  # seconds, one a try
    repeat_probability: float = Field(
        default=0.0, ge=0, le=1
    )  # of delivering an event once more although it was answered
    repeat_after: Seconds = (0.5, 3.0)
    delay_probability: float = Field(default=0.0, ge=0, le=1)
    delay: Seconds = (0.1, 2.0)
    quota: int | None = Field(default=None, ge=0)  # messages a month; None: no limit
    quota_used: int = Field(default=0, ge=0)
    menu_moves_after: float = Field(default=0, ge=0)  # seconds that LINE takes for a batch of rich menus
    hold: bool = False  # keep events back until they are released
    random_seed: int = 0
    media: dict[str, str] = Field(default_factory=lambda: {"https://media.tsunagu.example/": "/static/media/"})
    """Where the phone page fetches pictures whose address begins so: LINE takes https only, a local city has none."""
