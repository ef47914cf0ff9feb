"""What `FeatureStore.plan` and `FeatureStore.apply` return."""

from __future__ import annotations

import json
from typing import Any

from gnomon import html

_SIGNS = {"add": "+", "change": "~", "remove": "-"}


class Plan:
    """What would change, or has changed.

    Attributes
    ----------
    text : str
        For people; ``print(plan)`` shows it.
    changes : list of dict
        One a changed object, as in the JSON that ``gnomon plan --json`` prints.
    revision : int or None
        The registry's revision after an apply.
    """

    def __init__(self, text: str, document: dict[str, Any]) -> None:
        self.text = text
        self.document = document
        self.changes: list[dict[str, Any]] = document.get("changes", [])
        self.revision: int | None = document.get("revision")

    @classmethod
    def planned(cls, text: str, document_json: str) -> Plan:
        """The plan of objects that are not applied yet."""
        return cls(text, json.loads(document_json))

    @classmethod
    def applied(cls, document_json: str) -> Plan:
        """The record of an apply: one line an object, as a plan begins them."""
        document: dict[str, Any] = json.loads(document_json)
        changes = document.get("changes", [])
        lines = [f"{_SIGNS[change['change']]} {change['kind']}  {change['name']}" for change in changes]
        return cls("\n".join([*lines, f"revision {document['revision']}"]), document)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Plan({len(self.changes)} changes)"

    def _repr_html_(self) -> str:
        return html.text(self.text)
