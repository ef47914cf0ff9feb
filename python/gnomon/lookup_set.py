"""Sets of values, or of network ranges, that expressions look up by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gnomon.arguments import checked_keywords, filled, items, texts
from gnomon.definition import Definition, Json
from gnomon.values import value_message


class LookupSet(Definition):
    """Values under a name, applied and versioned like every definition: ``fn.in_set(inputs["ip"], "vpn_ranges")``.

    Parameters
    ----------
    name : str
        Name of the set.
    values : list of int, float, str or bool, optional
        The values, all of one type.
    cidrs : list of str, optional
        Ranges of network addresses instead: ``"10.0.0.0/8"``, ``"2001:db8::/32"``.
    description, owner : str, optional
        Words for the catalog.
    tags : dict of str, optional
        Free labels.

    Examples
    --------
    >>> from gnomon import LookupSet
    >>> LookupSet("vpn_ranges", cidrs=["10.0.0.0/8"])
    LookupSet(name='vpn_ranges')
    """

    section = "lookup_sets"

    @checked_keywords()
    def __init__(
        self,
        name: str,
        *,
        values: Sequence[int | float | str | bool] | None = None,
        cidrs: Sequence[str] | None = None,
        description: str = "",
        owner: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(name, description=description, owner=owner, tags=tags)
        self.values: list[int | float | str | bool] = items(self.label("values"), values, "values")
        self.cidrs = texts(self.label("cidrs"), cidrs)

    def to_manifest(self, project_dir: str) -> Json:
        """The `LookupSet` message."""
        messages = [value_message(self.label(f"values[{i}]"), value, id="GN150") for i, value in enumerate(self.values)]
        return super().to_manifest(project_dir) | filled(values=messages, cidrs=list(self.cidrs))
