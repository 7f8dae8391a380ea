"""What both jobs need; `--py-files` takes it to them."""

import argparse


def read_arguments(own):
    """The job's arguments: a database with its user, a table of the lake, and what this job has of its own."""
    parser = argparse.ArgumentParser()
    for name in ("url", "user", "password", "table", own):
        parser.add_argument(f"--{name}", required=True)
    return parser.parse_args()
