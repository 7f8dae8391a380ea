"""`localemr env`: the lines that a shell evaluates."""

import subprocess

from localemr.cli.env import script, variables
from localemr.settings import Settings


def evaluated(text, *names):
    shown = " ".join(f'"${{{name}-unset}}"' for name in names)
    command = f"AWS_SESSION_TOKEN=old\n{text}\nprintf '%s\\n' {shown}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True, env={})
    return done.stdout.split("\n")[:-1]


def test_a_shell_gets_every_variable_to_the_letter():
    settings = Settings(secret_key='it\'s $HOME & "more"', port=5577, region="eu-west-1")
    wanted = variables(settings)
    assert evaluated(script(settings), *wanted, "AWS_SESSION_TOKEN") == [*wanted.values(), "unset"]
    assert wanted["AWS_ENDPOINT_URL_EMR"] == "http://127.0.0.1:5577"
    assert wanted["AWS_REGION"] == wanted["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_unset_takes_all_of_them_away():
    settings = Settings()
    text = script(settings) + "\n" + script(settings, unset=True)
    assert set(evaluated(text, *variables(settings))) == {"unset"}
