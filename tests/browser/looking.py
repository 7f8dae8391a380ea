"""What a person would meet in a page of the console, seen by Chromium: width, contrast, names, the keyboard's way."""

from __future__ import annotations

from typing import Any

from selenium.webdriver import Chrome

from tests.browser.chromium import size

WIDTHS = (1280, 360)
MOST_BYTES = 300_000
"""Of a page with all that it loads."""

WEIGHT = (
    "return [performance.getEntriesByType('navigation')[0], ...performance.getEntriesByType('resource')]"
    ".filter(each => each.initiatorType !== 'other').reduce((sum, each) => sum + each.decodedBodySize, 0)"
)

# WCAG 2.2: relative luminance and contrast ratio; 1.4.3 has 4.5 for text, 3 for large text.
FAINT_TEXTS = r"""
const channels = text => text.match(/[\d.]+/g).map(Number);
const luminance = ([red, green, blue]) => [red, green, blue].map(each => each / 255)
  .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
  .reduce((sum, each, at) => sum + each * [0.2126, 0.7152, 0.0722][at], 0);
const ground = element => {
  for (let at = element; at; at = at.parentElement) {
    const found = channels(getComputedStyle(at).backgroundColor);
    if (found.length === 3 || found[3] === 1) return found;
    if (found[3] !== 0) throw new Error('a ground that is seen through: ' + at.outerHTML.slice(0, 80));
  }
  throw new Error('no ground');
};
const written = element => /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName) ||
  [...element.childNodes].some(each => each.nodeType === 3 && each.textContent.trim());
const found = [];
let count = 0;
for (const element of document.body.querySelectorAll('*')) {
  if (!element.checkVisibility({visibilityProperty: true}) || !written(element) || element.disabled) continue;
  const style = getComputedStyle(element), size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  const two = [channels(style.color), ground(element)].map(luminance).sort((one, other) => other - one);
  const ratio = (two[0] + 0.05) / (two[1] + 0.05);
  count += 1;
  if (ratio < (large ? 3 : 4.5)) found.push(`${element.outerHTML.slice(0, 80)}: ${ratio.toFixed(2)}`);
}
return {count, found};
"""

WATCH = """
window.reached = new Set();
window.unseen = [];
document.addEventListener('focusin', event => {
  window.reached.add(event.target);
  const style = getComputedStyle(event.target);
  if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) window.unseen.push(event.target.outerHTML);
});
const usable = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
  .filter(each => each.type !== 'hidden' && !each.disabled && each.checkVisibility({visibilityProperty: true}));
window.usable = usable;
return usable.length + document.querySelectorAll('[tabindex]').length;
"""
MISSED = "return window.usable.filter(each => !window.reached.has(each)).map(each => each.outerHTML.slice(0, 120))"
OPERATED = {"button", "checkbox", "combobox", "link", "listbox", "radio", "searchbox", "spinbutton", "textbox"}


def too_wide(of: Chrome) -> list[int]:
    """The widths at which the page would have to be moved sideways."""
    found = []
    for width in WIDTHS:
        size(of, width, 800)
        if of.execute_script("return document.documentElement.scrollWidth") > width:
            found.append(width)
    return found


def faint_texts(of: Chrome, scheme: str) -> list[str]:
    """Texts whose contrast on their ground is below WCAG AA's, in a colour scheme."""
    size(of, WIDTHS[0], 800, scheme)
    seen: dict[str, Any] = of.execute_script(FAINT_TEXTS)
    assert seen["count"] > 5
    return list(seen["found"])


def unnamed(of: Chrome) -> list[str]:
    """Roles of what is operated and has no name for a screen reader, in Chromium's own tree of accessibility."""
    nodes = of.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    operated = [each for each in nodes if not each["ignored"] and each["role"]["value"] in OPERATED]
    assert operated
    return [each["role"]["value"] for each in operated if not each.get("name", {}).get("value", "").strip()]


def out_of_reach(of: Chrome) -> list[str]:
    """What the key Tab does not reach, and what does not show that it is focused."""
    stops = of.execute_script(WATCH)
    for _ in range(stops + 3):  # parts of the browser are stops too
        for kind in ("rawKeyDown", "keyUp"):
            of.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": kind, "key": "Tab", "code": "Tab",
                                                          "windowsVirtualKeyCode": 9})  # fmt: skip
    return [*of.execute_script(MISSED), *of.execute_script("return window.unseen")]


def weight(of: Chrome) -> int:
    """Bytes of the page with all that it loads, as they are after decompression."""
    return int(of.execute_script(WEIGHT))


def complaints(of: Chrome) -> list[str]:
    """Errors in the browser's console: scripts, and what the policy has blocked."""
    return [each["message"] for each in of.get_log("browser") if each["level"] == "SEVERE"]
