"""What the documents say is so: settings, targets, commands, links, decisions, collections."""

import ast
import dataclasses
import importlib
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer.main

from local import topology
from tests.infra import data_model
from tsunagu.__main__ import app

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.M | re.S)


def text(document: str) -> str:
    return (ROOT / document).read_text("utf-8")


def section(document: str, heading: str) -> str:
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text(document), re.M | re.S)
    assert found is not None, f"{document} has no section {heading}"
    return found[1]


def first_column(table: str) -> list[str]:
    return re.findall(r"^\| `(.+?)` \|", table, re.M)


def in_code(pattern: str) -> set[str]:
    """What stands in code, in a line or a block, of any document."""
    spans = [span for document in DOCUMENTS for span in CODE.findall(document.read_text("utf-8"))]
    return {found for span in spans for found in re.findall(pattern, span)}


def test_the_settings_in_the_readme_are_those_of_the_code_and_of_infra() -> None:
    infra = {
        name
        for service in topology.read().services.values()
        for name in (*service.settings, *service.secrets, *(f"{used.upper()}_EMULATOR_HOST" for used in service.uses))
    }
    listed = first_column(section("README.md", "Settings"))
    assert sorted(infra | {name for module in modules() for name in settings_read_by(module)}) == sorted(listed)


def settings_read_by(module: ModuleType) -> Iterator[str]:
    """The environment's names behind every `settings.read(Kind, …)`."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "settings.read":
            kind = eval(ast.unparse(node.args[0]), vars(module))
            yield from (field.name.upper() for field in dataclasses.fields(kind))


def test_every_collection_is_in_the_data_model() -> None:
    paths = re.findall(r"^### `([^`]+)`", data_model.text(), re.M)
    documented = {name for path in paths for name in path.split("/")[::2]}
    assert sorted({name for module in modules() for name in collections_of(module)}) == sorted(documented)


def collections_of(module: ModuleType) -> Iterator[str]:
    """What is passed to every `.collection(…)`: a word, or a constant of a module."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "collection":
            yield eval(ast.unparse(node.args[0]), vars(module))


def modules() -> list[ModuleType]:
    """Everything that is deployed, and the `tsunagu` command."""
    shared = [path.relative_to(ROOT).with_suffix("") for path in (ROOT / "tsunagu").rglob("*.py")]
    functions = sorted((ROOT / "functions").glob("*/main.py"))
    return [importlib.import_module(".".join(path.parts)) for path in shared] + [load(path) for path in functions]


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"documented_{path.parent.name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks its own module up by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def tree_of(module: ModuleType) -> ast.Module:
    assert module.__file__ is not None
    return ast.parse(Path(module.__file__).read_text("utf-8"))


def test_every_decision_is_listed_with_its_title() -> None:
    titles = {path.name: path.read_text("utf-8").splitlines()[0] for path in (ROOT / "docs/decisions").glob("0*.md")}
    listed = re.findall(r"^\| \[(\d+)\]\((.+?)\) \| (.+) \|$", text("docs/decisions/README.md"), re.M)
    assert titles == {name: f"# {number}. {title}" for number, name, title in listed}
    assert sorted(titles) == [name for _, name, _ in listed]


def test_every_target_named_in_a_document_is_there_with_a_line_of_help() -> None:
    helped = set(re.findall(r"^([a-z]+):.*## .+$", text("Makefile"), re.M))
    phony = set(re.search(r"^\.PHONY: (.+)$", text("Makefile"), re.M)[1].split())  # type: ignore[index]
    assert phony == helped
    named = in_code(r"\bmake ([a-z]+)\b")
    assert {"setup", "demo", "test", "check", "bundle"} <= named
    assert set() == named - helped


def test_every_command_named_in_a_document_exists() -> None:
    root: Any = typer.main.get_command(app)
    there = {f"tsunagu {name} {verb}" for name, group in root.commands.items() for verb in group.commands}
    named = in_code(r"\btsunagu (?:residents|audience|broadcast|media|menu|survey|staff) [a-z]+")
    assert {"tsunagu broadcast withdraw", "tsunagu residents forget"} <= named
    assert set() == named - there


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(document: Path) -> None:
    links = [link.partition("#")[0] for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", document.read_text("utf-8"))]
    assert [] == [link for link in links if link and not (document.parent / link).exists()]
