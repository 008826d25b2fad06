"""The look, said once: colours in both modes, spacing, type, chart series. CSS and charts use the names, never the values.

Every pair of text and ground named in PAIRS has a contrast of at least 4.5 : 1 (WCAG 2.2 AA); a test computes it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reflex.plugins import Plugin

#: Warm paper and ink, the green of a counting-house, the brass of a bell.
LIGHT = {
    "ground": "#f7f5f1",
    "surface": "#ffffff",
    "sunken": "#f1eee8",
    "hover": "#f4f1ec",
    "trough": "#eeebe5",
    "raised": "#ffffff",
    "line": "#e5e0d8",
    "line-strong": "#8d8577",
    "ink": "#1d1a16",
    "ink-2": "#534d44",
    "ink-3": "#6b6459",
    "accent": "#0b6a5b",
    "accent-strong": "#08554a",
    "accent-soft": "#e1f1ed",
    "on-accent": "#ffffff",
    "brass": "#c08a1e",
    "good": "#18713f",
    "good-soft": "#e2f3e8",
    "warn": "#835300",
    "warn-soft": "#fbf0d8",
    "bad": "#b0261d",
    "bad-soft": "#fcebe9",
    "quiet-soft": "#eeebe5",
    "veil": "rgb(29 26 22 / 0.45)",
    "shadow": "0 1px 2px rgb(60 50 35 / 0.06), 0 4px 16px rgb(60 50 35 / 0.05)",
    "shadow-high": "0 8px 40px rgb(40 32 20 / 0.22)",
    "series-opens": "#0e8472",
    "series-clicks": "#b77a12",
    "series-bounces": "#c4453b",
    "series-d": "#3a6fb0",
    "series-e": "#7b52a1",
}
DARK = {
    "ground": "#131211",
    "surface": "#1c1a19",
    "sunken": "#171514",
    "hover": "#242120",
    "trough": "#0d0c0b",
    "raised": "#2f2c29",
    "line": "#33302d",
    "line-strong": "#7d766d",
    "ink": "#f3f0ea",
    "ink-2": "#c3bcb1",
    "ink-3": "#a29a8f",
    "accent": "#55c8b3",
    "accent-strong": "#7cd9c8",
    "accent-soft": "#16332e",
    "on-accent": "#06231e",
    "brass": "#e0ae4b",
    "good": "#6bd199",
    "good-soft": "#15301f",
    "warn": "#eab957",
    "warn-soft": "#362a12",
    "bad": "#f58f85",
    "bad-soft": "#3c1c19",
    "quiet-soft": "#2a2725",
    "veil": "rgb(0 0 0 / 0.6)",
    "shadow": "0 1px 2px rgb(0 0 0 / 0.4)",
    "shadow-high": "0 8px 40px rgb(0 0 0 / 0.6)",
    "series-opens": "#4fc4ae",
    "series-clicks": "#e3b04f",
    "series-bounces": "#ef8279",
    "series-d": "#86b4ea",
    "series-e": "#c3a1e6",
}
#: Text on ground.
PAIRS = (
    *((text, ground) for text in ("ink", "ink-2", "ink-3") for ground in ("ground", "surface", "sunken", "hover")),
    *((tone, f"{tone}-soft") for tone in ("accent", "good", "warn", "bad")),
    ("ink", "accent-soft"),
    ("ink-3", "accent-soft"),
    *((tone, "surface") for tone in ("accent", "good", "warn", "bad")),
    ("on-accent", "accent"),
    ("ink", "raised"),
    ("ink-2", "trough"),
    ("ink-2", "quiet-soft"),
    ("ink-2", "bad-soft"),
    ("ink-2", "warn-soft"),
)
#: Steps of 4 px: --s1 … --s8.
SPACING = ("4px", "8px", "12px", "16px", "24px", "32px", "48px", "64px")
TYPE = {
    "font": 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif',
    "font-mono": 'ui-monospace, "SF Mono", "Cascadia Code", "JetBrains Mono", "DejaVu Sans Mono", Menlo, monospace',
    "text-xs": "0.75rem",
    "text-s": "0.8125rem",
    "text-m": "0.875rem",
    "text-l": "1rem",
    "text-xl": "1.375rem",
    "text-number": "1.75rem",
}
SHAPE = {"radius": "10px", "radius-s": "7px", "sidebar": "236px", "measure": "1240px"}
#: The lines of every chart: field → (name in legend and tooltip, colour, dashes).
SERIES = {
    "human_opens": ("Opens by people", "var(--series-opens)", "0"),
    "opens": ("All opens", "var(--series-opens)", "5 4"),
    "human_clicks": ("Clicks by people", "var(--series-clicks)", "0"),
    "clicks": ("All clicks", "var(--series-clicks)", "5 4"),
    "bounces": ("Bounces", "var(--series-bounces)", "2 3"),
    "complaints": ("Complaints", "var(--series-clicks)", "0"),
}
#: Those of the chart of events, in the order of its legend.
EVENTS = ("human_opens", "opens", "human_clicks", "clicks", "bounces")
#: The curves by the time since sending: field → (name, colour, dashes). Campaigns that are compared are a to e.
CURVES = {
    "human_opened": ("Opened by people", "var(--series-opens)", "0"),
    "opened": ("Opened by anybody", "var(--series-opens)", "5 4"),
    "human_clicked": ("Clicked by people", "var(--series-clicks)", "0"),
    "clicked": ("Clicked by anybody", "var(--series-clicks)", "5 4"),
    "a": ("A", "var(--series-opens)", "0"),
    "b": ("B", "var(--series-clicks)", "9 3"),
    "c": ("C", "var(--series-bounces)", "3 3"),
    "d": ("D", "var(--series-d)", "9 3 2 3"),
    "e": ("E", "var(--series-e)", "1 3"),
}
FILE = "tokens.css"


def stylesheet() -> str:
    """The tokens as CSS custom properties; dark mode is the class that Reflex sets on the root."""
    steps = {f"s{n}": step for n, step in enumerate(SPACING, start=1)}
    both = _rule(":root", {**LIGHT, **steps, **TYPE, **SHAPE}, "light") + _rule(":root.dark", DARK, "dark")
    return both + "@media print {\n" + _rule(":root.dark", LIGHT, "light") + "}\n"  # paper is white


def _rule(selector: str, tokens: Mapping[str, str], scheme: str) -> str:
    lines = "".join(f"  --{name}: {value};\n" for name, value in tokens.items())
    return f"{selector} {{\n  color-scheme: {scheme};\n{lines}}}\n"


class Theme(Plugin):
    """Puts the tokens in front of the app's own stylesheets when Reflex builds the web app."""

    def get_static_assets(self, **context: Any) -> Sequence[tuple[Path, str | bytes]]:
        return [(Path("styles") / FILE, stylesheet())]

    def get_stylesheet_paths(self, **context: Any) -> Sequence[str]:
        return [f"./{FILE}"]
