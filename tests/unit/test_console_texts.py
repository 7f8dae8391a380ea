"""Values as the console shows them, and its command lines."""

from __future__ import annotations

import doctest
import re
import shlex

import pytest

from localemr.console import commands, fields, texts
from localemr.console.sessions import SECONDS, Sessions
from localemr.console.site import FOLDER
from localemr.console.visits import Form


def test_examples() -> None:
    assert doctest.testmod(texts).failed == 0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"), ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x07", "link"), ("\x1b(B\x1b=x", "x"),
        ("a\r\nb\rc\td", "a\nb\nc\td"), ("\x00\x08\x7f", "␀␈␡"), ("\x9b31m", "\ufffd31m"),
        ("safe\u202egpj.exe", "safe\ufffdgpj.exe"), ("\x1b", "␛"), ("naïve – 日本", "naïve – 日本"),
    ],
)  # fmt: skip
def test_no_text_controls_the_page(text: str, shown: str) -> None:
    assert texts.plain(text) == shown


@pytest.mark.parametrize(
    ("uri", "parts"),
    [("s3n://b/k/x", ("b", "k/x")), ("s3://b", ("b", "")), ("https://b/k", ("", "")), ("", ("", "")), ("x", ("", ""))],
)
def test_places_on_s3(uri: str, parts: tuple[str, str]) -> None:
    assert texts.s3_parts(uri) == parts


def test_a_command_is_one_for_a_shell() -> None:
    name = 'a\'b $(reboot) `x` "y"; z'
    step = {
        "Name": name,
        "ActionOnFailure": "CONTINUE",
        "HadoopJarStep": {"Jar": "j", "MainClass": "m", "Args": [name]},
    }
    words = shlex.split(commands.add_steps({"JobFlowId": "j-1", "Steps": [step]}))
    assert words[:6] == ["aws", "emr", "add-steps", "--cluster-id", "j-1", "--steps"]
    assert len(words) == 7
    assert '"MainClass":"m"' in words[6] and "$(reboot)" in words[6]


@pytest.mark.parametrize("text", ["", "x", "1.5", "-", "٣"])
def test_numbers(text: str) -> None:
    form = Form("")
    form.put("count", [text])
    with pytest.raises(ValueError, match="Count: expected a number"):
        fields.number(form, "count", "Count")


def test_sessions_end() -> None:
    now = 1000.0
    sessions = Sessions({"key": "secret"}, lambda: now)
    cookie = sessions.write(sessions.begin("key"))
    found = sessions.read(cookie)
    assert found is not None and found.access_key == "key" and sessions.good(found, sessions.token(found))
    assert Sessions({"key": "secret"}, lambda: now).read(cookie) is None
    now += SECONDS
    assert sessions.read(cookie) is None


GROUNDS, ON_GROUNDS = ("ground", "raised"), ("text", "faint", "link", "good", "bad", "under-way", "over")


def brightness(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((brightness(one), brightness(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_colours_stand_out_from_their_grounds() -> None:
    sheet = (FOLDER / "static" / "console.css").read_text()
    schemes = [
        dict(re.findall(r"--([\w-]+): (#\w{6})", each)) for each in re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)
    ]
    assert len(schemes) == 2
    for colours in schemes:
        for ground in GROUNDS:
            for name in ON_GROUNDS:
                assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
            assert contrast(colours["edge"], colours[ground]) >= 3
        assert contrast(colours["on-link"], colours["link"]) >= 4.5
