"""What a download is told of while it is written, and what is said of it when it is."""

from collections.abc import Callable
from dataclasses import dataclass

Told = Callable[[int, int], None]  # so many responses (or steps) are written, of so many
GETA = "〓"  # what Japanese printers set where a type was missing


@dataclass(frozen=True)
class Taken:
    """`replaced`: characters that the format cannot hold, each of which has become a 〓."""

    responses: int
    replaced: int = 0

    def says(self) -> tuple[str, str]:
        """About what could not be held, in Japanese and English; empty where there is nothing to say."""
        if not self.replaced:
            return "", ""
        many = "characters that this form cannot hold are" if self.replaced > 1 else "character that it cannot hold is"
        return (
            f"この形式で表せない文字 {self.replaced:,} 文字を〓に置き換えました。",
            f"{self.replaced:,} {many} written as 〓.",
        )


def nobody(done: int, of: int) -> None:
    """For whoever does not want to be told."""
