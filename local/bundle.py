"""Bundles: what is deployed of one function, as `build/<name>.zip`. The same input gives the same bytes.

A bundle is `main.py`, the modules of `tsunagu/` it imports (directly or not), the files beside these that they read,
and a `requirements.txt` in which what the function's own requirements need in turn is pinned too.
"""

import ast
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import grimp
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FUNCTIONS = ROOT / "functions"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment a zip can tell


def names() -> list[str]:
    return sorted(folder.name for folder in FUNCTIONS.iterdir() if (folder / "main.py").exists())


def bundle(name: str, into: Path) -> Path:
    """Writes `into/<name>.zip` and returns its path."""
    into.mkdir(parents=True, exist_ok=True)
    target = into / f"{name}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, content in sorted(contents(name).items()):
            entry = zipfile.ZipInfo(place, LONG_AGO)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return target


def contents(name: str) -> dict[str, bytes]:
    """What is in the bundle: path in the archive → bytes."""
    found = {"main.py": (FUNCTIONS / name / "main.py").read_bytes()}
    found["requirements.txt"] = "".join(f"{pin}\n" for pin in pins(FUNCTIONS / name / "requirements.txt")).encode()
    for module in modules(name):
        path = ROOT.joinpath(*module.split("."))
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        for part in (file, *_named(file)):
            found[part.relative_to(ROOT).as_posix()] = part.read_bytes()
    return found


def modules(name: str) -> set[str]:
    """The modules of tsunagu that the function imports, directly or not, and the packages they are in."""
    graph = grimp.build_graph("tsunagu", cache_dir=None)
    closure: set[str] = set()
    for module in _imported(FUNCTIONS / name / "main.py") & graph.modules:
        closure |= {module, *graph.find_upstream_modules(module)}
    parts = [module.split(".") for module in closure]
    return closure | {".".join(part[:depth]) for part in parts for depth in range(1, len(part))}


def pins(requirements: Path) -> list[str]:
    """Every requirement, and what it needs in turn, at the versions installed here."""
    wanted = [Requirement(line) for line in requirements.read_text().splitlines() if line.strip()]
    pinned: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        installed = distribution(name)
        if not requirement.specifier.contains(installed.version, prereleases=True):
            raise ValueError(f"{requirement} is asked for, {installed.version} is installed: run `make setup`")
        pinned[name] = f"{name}=={installed.version}"
        for extra in {"", *requirement.extras} - {known for at, known in seen if at == name}:
            seen.add((name, extra))
            needs = [Requirement(line) for line in installed.requires or []]
            wanted += [need for need in needs if need.marker is None or need.marker.evaluate({"extra": extra})]
    return sorted(pinned.values())


def _imported(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _named(file: Path) -> list[Path]:
    """What lies beside a module and is named in it: by `with_name("texts")`, or as a folder of templates or assets; and
    what lies above a module in a room: by `parents[1] / "texts"`."""
    places: set[Path] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(attr="with_name"), args=[ast.Constant(value=str(name))]):
                places.add(file.with_name(name))
            case ast.keyword(arg="template_folder" | "static_folder", value=ast.Constant(value=str(name))):
                places.add(file.with_name(name))
            case ast.BinOp(
                left=ast.Subscript(value=ast.Attribute(attr="parents"), slice=ast.Constant(value=int(above))),
                right=ast.Constant(value=str(name)),
            ):
                places.add(file.parents[above] / name)
    inside = [found for place in places for found in (place.rglob("*") if place.is_dir() else (place,))]
    return [found for found in inside if found.is_file() and found.suffix not in (".py", ".pyc")]


if __name__ == "__main__":
    for each in names():
        print(bundle(each, ROOT / "build").relative_to(ROOT))
