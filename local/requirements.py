"""What only the machine can give: Java, Google's emulators, Chromium. Installs what apt has; names what it cannot."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable

from rich.console import Console

from local import emulators

# Chromium with Japanese type, for the browser tests and the demo's pictures.
DEBIAN: dict[str, Callable[[], bool]] = {
    "chromium": lambda: shutil.which("chromium") is not None,
    "chromium-driver": lambda: shutil.which("chromedriver") is not None,
    "fonts-noto-cjk": lambda: os.path.isdir("/usr/share/fonts/opentype/noto"),
    "fonts-noto-color-emoji": lambda: os.path.isfile("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"),
}


def main() -> int:
    missing = [*_java_and_emulators(), *_debian_packages()]
    for sentence in missing:
        Console(stderr=True).print(f"• {sentence}", style="red", highlight=False, markup=False)
    return 1 if missing else 0


def _java_and_emulators() -> list[str]:
    if not _has(emulators.java) and _can_install():
        _apt("default-jre-headless")
        emulators.java.cache_clear()
    return [says for find in (emulators.java, emulators.firestore_jar, emulators.pubsub_jar) if (says := _says(find))]


def _debian_packages() -> list[str]:
    wanted = [package for package, there in DEBIAN.items() if not there()]
    if wanted and _can_install():
        _apt(*wanted)
        wanted = [package for package, there in DEBIAN.items() if not there()]
    if not wanted:
        return []
    return [f"Browser tests need Chromium and Japanese fonts. On Debian: apt-get install {' '.join(wanted)}"]


def _can_install() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _apt(*packages: str) -> None:
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    print(f"apt-get install {' '.join(packages)}", file=sys.stderr)
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-qq", "-y", *packages]):
        subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False)


def _has(find: Callable[[], object]) -> bool:
    return _says(find) is None


def _says(find: Callable[[], object]) -> str | None:
    try:
        find()
    except emulators.Missing as missing:
        return str(missing)
    return None


if __name__ == "__main__":
    sys.exit(main())
