"""What the command prints is what was written, and no more than printed."""

import pytest
from rich.table import Table

from tsunagu.cloud import terminal

HOSTILE = "\x1b[31mred\x1b[2J \x9b31m \u202eabc [b]bold[/b] مياه :smile:"
SHOWN = "〓[31mred〓[2J 〓31m 〓abc [b]bold[/b] مياه :smile:"


def test_signs_that_a_terminal_obeys_are_only_shown(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("text", title=HOSTILE, caption=HOSTILE)
    table.add_row(HOSTILE)
    terminal.show(table)
    terminal.say(HOSTILE)
    terminal.say(HOSTILE, error=True)
    printed = capsys.readouterr()
    assert (4, 1) == (printed.out.count(SHOWN), printed.err.count(SHOWN))
    assert not set("\x1b\x9b\u202e") & set(printed.out + printed.err)
