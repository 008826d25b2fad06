"""The look holds what it promises: contrast in both modes, and no name that isn't defined."""

import re
from pathlib import Path

import pytest

from little_bell.ui import theme

ROOT = Path(__file__).resolve().parents[2]
STYLES = sorted((ROOT / "assets" / "styles").glob("*.css"))
USED = re.compile(r"var\(--([a-z0-9-]+)")


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", ["LIGHT", "DARK"])
@pytest.mark.parametrize(("text", "ground"), theme.PAIRS)
def test_text_can_be_read_on_its_ground(mode: str, text: str, ground: str) -> None:
    colours = getattr(theme, mode)
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("mode", ["LIGHT", "DARK"])
@pytest.mark.parametrize("sign", ["line-strong", "series-opens", "series-clicks", "series-bounces", "accent"])
def test_edges_and_lines_can_be_seen(mode: str, sign: str) -> None:
    colours = getattr(theme, mode)
    assert contrast(colours[sign], colours["surface"]) >= 3


def test_both_modes_name_the_same_colours() -> None:
    assert theme.LIGHT.keys() == theme.DARK.keys()


def test_every_name_that_is_used_is_defined() -> None:
    sources = [*STYLES, *(ROOT / "little_bell" / "ui").rglob("*.py")]
    used = {name for path in sources for name in USED.findall(path.read_text())}
    defined = set(re.findall(r"--([a-z0-9-]+):", theme.stylesheet()))
    assert used - defined - {"dot"} == set()  # --dot is set where it is used


def test_no_style_names_a_colour_of_its_own() -> None:
    assert not [line for path in STYLES for line in path.read_text().splitlines() if re.search(r"#[0-9a-f]{3,8}\b|rgb\(", line)]


def test_dark_pages_are_printed_in_light_colours() -> None:
    _screen, _, paper = theme.stylesheet().partition("@media print")
    assert f"--ink: {theme.LIGHT['ink']};" in paper
    assert f"--ink: {theme.DARK['ink']};" not in paper


def test_curves_that_are_compared_are_told_by_more_than_their_colour() -> None:
    dashes = [theme.CURVES[letter][2] for letter in "abcde"]
    assert len(set(dashes)) == len(dashes)
