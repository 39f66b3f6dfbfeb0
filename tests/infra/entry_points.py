"""What an entry point of functions/ reaches: settings, topics, modules. Read from the source, by the names it uses."""

import ast
import dataclasses
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import grimp

from tsunagu.cloud import pubsub

ROOT = Path(__file__).parents[2]
FUNCTIONS = ROOT / "functions"
# The city's emulators and its gate give these themselves; infra/ never does.
OF_THE_LOCAL_CITY = {"FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "STAFF_KEYS_URL"}
TOPICS = {name: value for name, value in vars(pubsub).items() if name.isupper() and isinstance(value, str)}


@dataclass(frozen=True)
class EntryPoint:
    """`required` and `optional` are names in the environment, `modules` all that is imported for it."""

    bundle: str
    name: str
    required: set[str]
    optional: set[str]
    topics: set[str]
    modules: set[str]


@cache
def entry_points() -> list[EntryPoint]:
    """Every function of functions/*/main.py that functions-framework serves."""
    return [
        _entry_point(main, node.name)
        for main in sorted(FUNCTIONS.glob("*/main.py"))
        for node in _tree(main).body
        if isinstance(node, ast.FunctionDef) and _is_served(node)
    ]


def _is_served(function: ast.FunctionDef) -> bool:
    return any(ast.unparse(decorator).startswith("functions_framework.") for decorator in function.decorator_list)


def _entry_point(main: Path, name: str) -> EntryPoint:
    kinds: list[Any] = []
    imported: set[str] = set()
    for node in _reached(_tree(main), name):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "settings.read":
            kinds.append(vars(_module(main))[ast.unparse(node.args[0])])
        if isinstance(node, ast.Name | ast.Attribute):
            imported |= _imports(_tree(main)).get(ast.unparse(node), set())
    fields = {field.name.upper(): field.default for kind in kinds for field in dataclasses.fields(kind)}
    required = {field for field, default in fields.items() if default is dataclasses.MISSING}
    modules = {
        one for module in imported & _graph().modules for one in (module, *_graph().find_upstream_modules(module))
    }
    topics = {value for word, value in TOPICS.items() if f"{pubsub.__name__}.{word}" in imported}
    topics |= {topic for module in modules for topic in _topics_of(module)}
    return EntryPoint(main.parent.name, name, required, set(fields) - required - OF_THE_LOCAL_CITY, topics, modules)


def _reached(tree: ast.Module, name: str) -> Iterator[ast.AST]:
    """Every node of `name`, of what it names on the module's level, of what that names, and so on."""
    defined: dict[str, ast.stmt] = {}
    for statement in tree.body:
        match statement:
            case ast.FunctionDef(name=word) | ast.ClassDef(name=word):
                defined[word] = statement
            case ast.Assign(targets=[ast.Name(id=word)]) | ast.AnnAssign(target=ast.Name(id=word)):
                defined[word] = statement
    waiting, seen = [name], {name}
    while waiting:
        for node in ast.walk(defined[waiting.pop()]):
            yield node
            if isinstance(node, ast.Name) and node.id in defined and node.id not in seen:
                seen.add(node.id)
                waiting.append(node.id)


def _imports(tree: ast.Module) -> dict[str, set[str]]:
    """The words a module uses for what it imports → what they may be called in full."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.asname or alias.name: {alias.name} for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found |= {alias.asname or alias.name: {node.module, f"{node.module}.{alias.name}"} for alias in node.names}
    return found


def _topics_of(module: str) -> Iterator[str]:
    if module == pubsub.__name__:
        return
    path = ROOT.joinpath(*module.split("."))
    tree = _tree(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))
    known = _imports(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in TOPICS and node.id in known:
            yield TOPICS[node.id]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph("tsunagu", cache_dir=None)


@cache
def _module(main: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"wired_{main.parent.name}", main)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks its own module up by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
