#!/usr/bin/env python3
"""Writes docs/reference.md from the program's own --help, at every level.

make_reference.py CXR [--check]: with --check it only tells whether the page is what it would write (exit status 1 if not).
"""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "reference.md"


def help_of(program: str, words: list) -> str:
    text = subprocess.run([program, *words, "--help"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE).strip()


def subcommands(text: str) -> list:
    """The names below "Subcommands:"."""
    part = text.partition("Subcommands:")[2]
    return re.findall(r"^  ([a-z][a-z0-9-]*)", part, flags=re.MULTILINE)


def sections(program: str, words: list) -> list:
    text = help_of(program, words)
    title = " ".join(["cxr", *words])
    parts = [f"{'#' * min(len(words) + 2, 4)} {title}\n\n```\n{text}\n```\n"]
    for name in subcommands(text):
        parts += sections(program, [*words, name])
    return parts


def main() -> int:
    program = sys.argv[1]
    page = "# Reference\n\nWhat `--help` says, at every level. Written by `scripts/make_reference.py build/cxr`; a test keeps it up to date.\n\n"
    page += "\n".join(sections(program, []))
    if "--check" in sys.argv[2:]:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page:
            return 0
        print(f"{PAGE} is not what scripts/make_reference.py {program} writes", file=sys.stderr)
        return 1
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
