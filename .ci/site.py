"""MkDocs' hook for mkdocs.yml: pages beside docs/ are in the site too, and links lead to where things are there."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[1]
BESIDE = ("*.md", "LICENSE", "compose/*.md", "examples/*/**/*")
"""Patterns of files outside docs/. What is no page is served as it is."""
PASSED_OVER = ("__pycache__", ".terraform")
LIGHT = "-light.png"
WHOLE = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s#]*)(#[^)\s]*)?\)")


def beside() -> list[Path]:
    """The files outside docs/, from the top of the source tree."""
    found = (path for pattern in BESIDE for path in sorted(ROOT.glob(pattern)) if path.is_file())
    inside = (path.relative_to(ROOT) for path in found)
    return [path for path in inside if not any(part.startswith(PASSED_OVER) for part in path.parts)]


def place(path: str) -> str:
    """Where a path of the source tree is in the site: docs/ is its top."""
    return path.removeprefix("docs/")


def dark(path: str) -> str:
    """The picture of the same for the dark scheme; nothing for another path."""
    return path.removesuffix(LIGHT) + "-dark.png" if path.endswith(LIGHT) else ""


def in_both_schemes(picture: str) -> str:
    """The link to a light picture, which the site shows in its own scheme alone, and the dark one's."""
    light = picture.replace(LIGHT, f"{LIGHT}#only-light")
    return light + light.replace(f"{LIGHT}#only-light", "-dark.png#only-dark")


def on_files(files: Any, config: Any) -> Any:
    """MkDocs' event: adds the files that are outside docs/."""
    for path in beside():
        files.append(File.generated(config, place(path.as_posix()), abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """MkDocs' event: links of the source tree become links of the site.

    What exists in the source tree and is not in the site, as a folder of tests, is left as text. What does not exist
    stays a link, which MkDocs reports.
    """
    uri = page.file.src_uri
    here = posixpath.dirname(uri)
    there = here if (ROOT / uri).is_file() else posixpath.join("docs", here)

    def changed(found: re.Match[str]) -> str:
        mark, text, target, anchor = found.groups()
        if not target or ":" in target:
            return found[0]
        path = posixpath.normpath(posixpath.join(there, target))
        if files.get_file_from_path(place(path)):
            link = f"{mark}[{text}]({posixpath.relpath(place(path), here or '.')}{anchor or ''})"
            return in_both_schemes(link) if files.get_file_from_path(place(dark(path))) else link
        return text if (ROOT / path).exists() else found[0]

    return WHOLE.sub(changed, markdown)
