#!/usr/bin/env python3
"""Checks the shape of the source tree: who includes whom, and how long a file is.

check_arrows.py [ROOT]: prints `file:line: rule` for each `#include "folder/..."` that the arrows of docs/architecture.md
do not allow, and for each source file that is too long. Exit status 1 if there is any.

The linker sees to most of this, since each layer is a target of its own; it does not see headers.
"""

import re
import sys
from pathlib import Path

MAX_LINES = 400

# The folders whose headers a folder may include, besides its own.
CORE_IO = {"core", "io"}
MODELS = CORE_IO | {"nn", "models"}
RUN = CORE_IO | {"dist", "run"}
LIBRARY = MODELS | RUN | {"text", "data", "metrics", "diffusion", "training", "study"}
ALLOWED = {
    "src/core": set(),
    "src/io": {"core"},
    "src/text": CORE_IO,
    "src/data": CORE_IO,
    "src/nn": {"core"},
    "src/models": CORE_IO | {"nn"},
    "src/diffusion": MODELS,
    "src/training": MODELS | RUN | {"diffusion"},
    "src/dist": {"core"},
    "src/run": CORE_IO | {"dist"},
    "src/metrics": {"core"},
    "src/study": CORE_IO,
    "data_prep": RUN | {"text", "data"},
    "experiments": LIBRARY - {"study"},
    "analysis": CORE_IO | {"text", "data", "metrics"},
    "app": LIBRARY | {"data_prep", "experiments", "analysis"},
}
FOLDERS = {Path(folder).name for folder in ALLOWED}

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"/]+)/')
SOURCES = {".h", ".cpp", ".cu", ".cuh"}


def broken_rules(path: Path, folder: str):
    """Yields (line number, rule) for each broken rule in the file `path`, which belongs to `folder`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    own = Path(folder).name
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if match and match[1] in FOLDERS - {own} and match[1] not in ALLOWED[folder]:
            may = ", ".join(sorted(ALLOWED[folder])) or "nothing"
            yield number, f"{folder} must not include {match[1]} (it may include {may})"
    if len(lines) > MAX_LINES:
        yield len(lines), f"a source file has at most {MAX_LINES} lines"


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent)
    unknown = [path for path in sorted((root / "src").iterdir()) if path.is_dir() and f"src/{path.name}" not in ALLOWED]
    broken = [f"src/{path.name}:1: a layer without a rule; add it to scripts/check_arrows.py" for path in unknown]
    for folder in ALLOWED:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SOURCES:
                name = path.relative_to(root)
                broken += [f"{name}:{number}: {rule}" for number, rule in broken_rules(path, folder)]
    print("\n".join(broken) if broken else "every include follows the arrows")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
