"""Documents beside clusters, in the store."""

from __future__ import annotations

from pathlib import Path

from localemr.store import Resource, Store


def test_documents_are_kept_by_kind_and_id(tmp_path: Path) -> None:
    store = Store(tmp_path / "db")
    store.resources.put("studio", Resource("es-2", 2.0, {"Name": "b", "Tags": []}))
    store.resources.put("studio", Resource("es-1", 3.0, {"Name": "a"}))
    store.resources.put("notebook", Resource("es-1", 1.0, {}))
    store.resources.put("studio", Resource("es-2", 9.0, {"Name": "changed"}))
    store.close()
    store = Store(tmp_path / "db")
    assert store.resources.all("studio") == [
        Resource("es-2", 2.0, {"Name": "changed"}),
        Resource("es-1", 3.0, {"Name": "a"}),
    ]
    store.resources.delete("studio", "es-1")
    store.resources.delete("studio", "es-1")
    assert store.resources.get("studio", "es-1") is None
    assert store.resources.get("notebook", "es-1") == Resource("es-1", 1.0, {})
    store.close()
