"""The demo's data and the answer it is measured by."""

import csv
import io

from localemr.demo import inspections


def test_data_is_the_same_for_the_same_seed_and_large_enough():
    assert list(inspections.rows(500)) == list(inspections.rows(500))
    assert list(inspections.rows(500, seed=1)) != list(inspections.rows(500, seed=2))
    assert inspections.ROWS >= 100_000


def test_csv_has_a_header_and_survives_a_round_trip():
    data = list(inspections.rows(2000))
    header, *read = csv.reader(io.StringIO(inspections.as_csv(data)))
    assert tuple(header) == inspections.COLUMNS
    assert [tuple(row) for row in read] == data
    names = {row[0] for row in data}
    # The names that careless CSV code breaks are among the data, else the demo would not try them.
    assert any("," in name for name in names)
    assert any('"' in name for name in names)
    assert any(not name.isascii() for name in names)


def test_top_red_counts_red_only_and_settles_ties_by_name():
    rows = ["b,RED", "a,RED", "c,RED", "c,RED", "d,BLUE", "d,", "a,BLUE"]
    text = "\n".join(["name,violation_type", *rows])
    assert inspections.top_red(text) == [("c", 2), ("a", 1), ("b", 1)]
    assert inspections.top_red(text, limit=2) == [("c", 2), ("a", 1)]


def test_top_ten_of_the_demo_is_ten_establishments():
    totals = inspections.top_red(inspections.as_csv(inspections.rows(20_000)))
    assert len(totals) == 10
    assert [total for _, total in totals] == sorted((total for _, total in totals), reverse=True)


def test_result_is_read_from_all_parts():
    parts = ['name,total_red_violations\n"Smith, Jones",3\n', 'name,total_red_violations\n"The ""X""",2\n']
    assert inspections.read_result(parts) == [("Smith, Jones", 3), ('The "X"', 2)]
