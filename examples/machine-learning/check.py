"""Is the model as good as an independent one? `python check.py DATA OUTPUT` prints a JSON report.

The independent one is scikit-learn's logistic regression where it is installed, else Newton's method in plain Python.
"""

import csv
import json
import math
import sys
from pathlib import Path

PLANS = ("monthly", "yearly")
"""Columns of their own; the third plan is where both are 0."""
NEAR = 0.005
"""How far the AUC of two models of the same kind may be apart."""


def customers(path):
    """Features and labels of a CSV file."""
    with Path(path).open(newline="") as file:
        rows = list(csv.DictReader(file))
    features = [
        [float(row["months"]), float(row["fee"]), float(row["calls"]), *(float(row["plan"] == plan) for plan in PLANS)]
        for row in rows
    ]
    return features, [int(row["left"]) for row in rows]


def area(scores, labels):
    """Area under the ROC curve: how often who left has the higher score than who stayed; equal scores count half."""
    order = sorted(zip(scores, labels, strict=True))
    ranks, position = 0.0, 0
    while position < len(order):
        end = position
        while end < len(order) and order[end][0] == order[position][0]:
            end += 1
        ranks += sum(label for _, label in order[position:end]) * (position + 1 + end) / 2
        position = end
    ones = sum(labels)
    return (ranks - ones * (ones + 1) / 2) / (ones * (len(labels) - ones))


def solve(matrix, right):
    """Solution of linear equations, by elimination with pivots."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for row in range(size):
            if row != column:
                factor = rows[row][column] / rows[column][column]
                rows[row] = [old - factor * new for old, new in zip(rows[row], rows[column], strict=True)]
    return [rows[row][size] / rows[row][row] for row in range(size)]


def by_newton(features, labels, rounds=8):
    """A function from features to a score."""
    inputs = [[1.0, *row] for row in features]
    size = len(inputs[0])
    weights = [0.0] * size
    for _ in range(rounds):
        slope = [0.0] * size
        curve = [[0.0] * size for _ in range(size)]
        for row, label in zip(inputs, labels, strict=True):
            chance = 1 / (1 + math.exp(-sum(weight * value for weight, value in zip(weights, row, strict=True))))
            for i, value in enumerate(row):
                slope[i] += (label - chance) * value
                for j in range(i + 1):
                    curve[i][j] += chance * (1 - chance) * value * row[j]
        whole = [[curve[max(i, j)][min(i, j)] for j in range(size)] for i in range(size)]
        weights = [old + step for old, step in zip(weights, solve(whole, slope), strict=True)]
    return lambda rows: [sum(w * x for w, x in zip(weights, [1.0, *row], strict=True)) for row in rows]


def by_scikit_learn(features, labels):
    """The same with scikit-learn. ImportError where it is not installed."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(features, labels)
    return lambda rows: [float(score) for score in model.decision_function(rows)]


def independent(data):
    """Name and AUC of the independent model."""
    features, labels = customers(Path(data, "train.csv"))
    try:
        name, score = "scikit-learn", by_scikit_learn(features, labels)
    except ImportError:
        name, score = "Newton's method in plain Python", by_newton(features, labels)
    unseen, truth = customers(Path(data, "test.csv"))
    return name, area(score(unseen), truth)


def read(folder):
    """The text of what Spark wrote to a folder."""
    return "".join(path.read_text() for path in sorted(Path(folder).glob("part-*")))


def tenths(rows):
    """Customers in ten groups, those with the highest scores first: how many of each left."""
    ordered = sorted(rows, key=lambda row: -row[2])
    size = len(ordered) / 10
    groups = [ordered[round(size * number) : round(size * (number + 1))] for number in range(10)]
    for number, group in enumerate(groups, 1):
        left = sum(left for _, left, _ in group) / len(group)
        mean = sum(score for _, _, score in group) / len(group)
        yield [f"{number}", f"{mean:.2f}", round(100 * left, 1)]


def report(data, output):
    """What a run shows: how many really left, by tenths of the scores, and what was compared."""
    trials = json.loads(read(Path(output, "training")))["auc"]
    spark = json.loads(read(Path(output, "evaluation")))
    rows = [
        (int(row["id"]), int(row["left"]), float(row["score"]))
        for row in csv.DictReader(read(Path(output, "scores")).splitlines())
    ]
    truth = customers(Path(data, "test.csv"))[1]
    own = area([score for _, _, score in rows], [left for _, left, _ in rows])
    name, other = independent(data)
    return {
        "title": f"Who left, by the model's score (AUC {spark['auc']:.4f})",
        "columns": ["tenth", "mean score", "left %"],
        "rows": list(tenths(rows)),
        "chart": "left %",
        "checks": [
            {
                "what": f"all {len(truth)} customers are scored once",
                "right": sorted(row[:2] for row in rows) == list(enumerate(truth)),
            },
            {
                "what": f"AUC of the scores in plain Python, {own:.6f}, is Spark's {spark['auc']:.6f}",
                "right": abs(own - spark["auc"]) < 1e-6,
            },
            {"what": f"AUC of {name}, {other:.4f}, is within {NEAR} of it", "right": abs(other - spark["auc"]) < NEAR},
            {
                "what": f"cross-validation's best mean AUC, {max(trials.values()):.4f}, is within 0.03 of it",
                "right": abs(max(trials.values()) - spark["auc"]) < 0.03,
            },
        ],
    }


if __name__ == "__main__":
    json.dump(report(*sys.argv[1:3]), sys.stdout)
