"""The web pages: what sessions and batches there are, the statements and the log of each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from html import escape
from typing import Any

from localemr_livy.livy import Livy

STYLE = (
    "body{font:14px sans-serif;margin:2em;color:#222}table{border-collapse:collapse;margin-bottom:2em}"
    "td,th{border:1px solid #ccc;padding:4px 8px;text-align:left;vertical-align:top}pre{margin:0;white-space:pre-wrap}"
)
COLUMNS = {
    "id": "Id",
    "name": "Name",
    "appId": "Application",
    "proxyUser": "Proxy user",
    "kind": "Kind",
    "state": "State",
}


def page(livy: Livy, path: str, base: str) -> str | None:
    """The page below /ui, or None where there is none."""
    if path.rstrip("/") == "":
        return _all(livy, base)
    found = re.fullmatch(r"/(session|batch)/(\d+)(?:/log)?/?", path)
    made: Any = None
    if found:
        made = livy.sessions.get(found[2]) if found[1] == "session" else livy.batches.get(found[2])
    if found is None or made is None:
        return None
    title = f"{found[1].title()} {made.id}: {made.state}"
    parts = [_back(base)]
    if found[1] == "session":
        parts.append(
            _table(("Id", "State", "Code", "Output"), (_statement(each.view()) for each in made.statements.all()))
        )
    parts.append(f"<h2>Log</h2><pre>{escape(chr(10).join(made.log()))}</pre>")
    return _page(title, "".join(parts))


def _all(livy: Livy, base: str) -> str:
    parts = []
    for title, one, every in (("Sessions", "session", livy.sessions.all()), ("Batches", "batch", livy.batches.all())):
        names = [name for name in COLUMNS if name != "kind" or one == "session"]
        rows = [
            [f'<a href="{escape(base)}/ui/{one}/{view["id"]}">{view["id"]}</a>']
            + [escape(str(view[name] or "")) for name in names[1:]]
            for view in (each.view() for each in every)
        ]
        parts.append(f"<h2>{title}</h2>{_table([COLUMNS[name] for name in names], rows)}")
    return _page("Livy", "".join(parts))


def _statement(view: dict[str, Any]) -> list[str]:
    output = view["output"] or {}
    text = output.get("data", {}).get("text/plain") or output.get("evalue") or json.dumps(output.get("data", ""))
    shown = (f"<pre>{escape(str(view['code']))}</pre>", f"<pre>{escape(str(text))}</pre>")
    return [str(view["id"]), escape(view["state"]), *shown]


def _table(names: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{each}</td>' for each in row)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _back(base: str) -> str:
    return f'<p><a href="{escape(base)}/ui/">All sessions and batches</a></p>'


def _page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f"<!doctype html><html><head>{head}</head><body><h1>{escape(title)}</h1>{body}</body></html>"
