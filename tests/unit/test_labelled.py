"""Finding things by labels."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from localemr.runtime.labelled import Labelled

LABELS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy"))


@given(st.dictionaries(st.text("pqrs", min_size=1, max_size=3), LABELS), st.sets(st.text("pqrs", max_size=3)), LABELS)
def test_it_finds_what_looking_at_all_finds(
    things: dict[str, Mapping[str, str]], gone: set[str], wanted: Mapping[str, str]
) -> None:
    kept = Labelled[str]()
    for name, labels in things.items():
        kept.add(name, labels, name.upper())
    for name in gone:
        assert kept.pop(name) == (name.upper() if name in things else None)
    left = {name: labels for name, labels in things.items() if name not in gone}
    assert list(kept) == list(left)
    assert kept.with_labels(wanted) == {name: name.upper() for name in left if wanted.items() <= left[name].items()}
