"""`python -m localemr`: the same as the command `localemr`."""

from localemr.cli.main import app

if __name__ == "__main__":
    app(prog_name="localemr")
