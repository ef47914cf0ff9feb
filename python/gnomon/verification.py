"""What `FeatureStore.verify` found."""

from __future__ import annotations

from typing import Any

from gnomon import html


class Verification:
    """Of each feature that was served: how many values are what they were made of, and why others are not.

    Parameters
    ----------
    report : dict
        The engine's report, as `to_dict` gives it.
    """

    def __init__(self, report: dict[str, Any]) -> None:
        self._report = report

    @property
    def all_match(self) -> bool:
        """Whether no value that could be compared differs."""
        return bool(self._report["all_match"])

    @property
    def answers(self) -> int:
        """How many answers were looked at."""
        return int(self._report["answers"])

    @property
    def features(self) -> list[dict[str, Any]]:
        """A dict each: name, compared, matched, match_rate, not_covered, reasons, first_differing, as_trained …."""
        features: list[dict[str, Any]] = self._report["features"]
        return features

    def to_dict(self) -> dict[str, Any]:
        """All of it."""
        return self._report

    def __repr__(self) -> str:
        compared = sum(feature["compared"] for feature in self.features)
        matched = sum(feature["matched"] for feature in self.features)
        return f"<Verification: {matched} of {compared} values match, of {self.answers} answers>"

    def _repr_html_(self) -> str:
        rows = [
            (
                feature["name"],
                str(feature["compared"]),
                str(feature["matched"]),
                ", ".join(f"{reason} {count}" for reason, count in feature["reasons"].items()),
                str(feature["as_trained"]),
                ", ".join(f"{reason} {count}" for reason, count in feature["training_differs"].items()),
            )
            for feature in self.features
        ]
        head = ("feature", "compared", "matched", "differ because", "as trained today", "differ from it because")
        return html.table(repr(self), head, rows)
