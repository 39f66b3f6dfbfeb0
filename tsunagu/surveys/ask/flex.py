"""The parts of which cards are made."""

from typing import Any

from tsunagu.line.messages import BLUE, Button

GREY = "#595959"  # 7:1 on white
PALE = "#E8F1FE"

Part = dict[str, Any]


def bubble(body: list[Part], footer: list[Part]) -> Part:
    made: Part = {"type": "bubble", "body": box("vertical", body)}
    if footer:
        made["footer"] = box("vertical", footer, spacing="sm")
    return made


def box(layout: str, contents: list[Part], **look: object) -> Part:
    return {"type": "box", "layout": layout, "contents": contents, **look}


def line(words: str, **look: object) -> Part:
    return {"type": "text", "text": words, "wrap": True, **look}


def button(tapped: Button, style: str = "", **look: object) -> Part:
    dress = {"style": "primary", "color": BLUE} if tapped.main else {"style": style or "secondary"}
    return {"type": "button", "action": tapped.action(), "height": "sm", **dress, **look}


def head(title: str, section: str | None, number: int, of: int) -> Part:
    """The survey's name, its section, 3/8, and a bar that fills."""
    names = [line(title, size="xs", color=GREY, flex=1)]
    progress = line(f"{number}/{of}", size="xs", color=GREY, flex=0, margin="md")
    rows = [box("horizontal", [*names, progress])]
    if section is not None:
        rows = [*names, box("horizontal", [line(section, size="sm", weight="bold", flex=1), progress], margin="sm")]
    width = f"{max(2, round(100 * (number - 1) / of))}%"
    filled = box("vertical", [{"type": "filler"}], width=width, height="4px", backgroundColor=BLUE, cornerRadius="2px")
    bar = box("vertical", [filled], height="4px", backgroundColor="#D9E2EC", cornerRadius="2px", margin="sm")
    return box("vertical", [*rows, bar])
