"""Small HTML for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape


def facts(title: str, rows: Mapping[str, object]) -> str:
    """A title and a table of names and values; empty values are left out.

    >>> facts("view a", {"ttl": "3h", "owner": ""})
    '<b>view a</b><table><tr><th style="text-align:left">ttl</th><td style="text-align:left">3h</td></tr></table>'
    """
    lines = "".join(
        f"<tr>{_cell('th', name)}{_cell('td', value)}</tr>" for name, value in rows.items() if value not in ("", None)
    )
    return f"<b>{escape(title)}</b><table>{lines}</table>"


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A title and a table with a header."""
    head = "".join(_cell("th", name) for name in header)
    body = "".join(f"<tr>{''.join(_cell('td', value) for value in row)}</tr>" for row in rows)
    return f"<b>{escape(title)}</b><table><tr>{head}</tr>{body}</table>"


def text(content: str) -> str:
    """Text as it is, spaces kept."""
    return f"<pre>{escape(content)}</pre>"


def _cell(tag: str, value: object) -> str:
    return f'<{tag} style="text-align:left">{escape(str(value))}</{tag}>'
