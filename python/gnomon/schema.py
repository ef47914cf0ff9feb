"""Columns with declared types."""

from __future__ import annotations

from collections.abc import Mapping

from gnomon.arguments import checked_keywords, filled, invalid, items, text, text_map
from gnomon.definition import Json
from gnomon.types import DType, dtype_named


class Field:
    """A feature or column and its type.

    Parameters
    ----------
    name : str
        Name of the column.
    dtype : DType or str
        One of `gnomon.types`.
    description : str, optional
        What a value says.
    tags : dict of str, optional
        Free labels.

    Examples
    --------
    >>> from gnomon import Field, types
    >>> Field(name="headwind", dtype=types.Float64)
    Field(name='headwind', dtype=Float64)
    """

    @checked_keywords()
    def __init__(
        self, name: str, dtype: DType | str, *, description: str = "", tags: Mapping[str, str] | None = None
    ) -> None:
        self.name = text("Field: name", name)
        self.dtype = dtype_named(f"Field {name!r}", dtype)
        self.description = text(f"Field {name!r}: description", description)
        self.tags = text_map(f"Field {name!r}: tags", tags)

    def to_manifest(self) -> Json:
        """The `Field` message."""
        return filled(name=self.name, dtype=self.dtype.name, description=self.description, tags=dict(self.tags))

    def __repr__(self) -> str:
        return f"Field(name={self.name!r}, dtype={self.dtype})"


def fields(what: str, value: object) -> list[Field]:
    """`value` as a list of fields."""
    listed = items(what, value, "Field")
    for item in listed:
        if not isinstance(item, Field):
            raise invalid(f"{what} must hold Field(name=..., dtype=...), got {item!r}")
    return listed
