"""Entities: what features are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gnomon.arguments import checked_keywords, texts
from gnomon.definition import Definition, Json


class Entity(Definition):
    """A thing that has features, and the columns that tell one from another.

    Parameters
    ----------
    name : str
        Name of the entity.
    join_keys : list of str, optional
        Columns that identify it; ``[name]`` by default.
    description, owner : str, optional
        Words for the catalog.
    tags : dict of str, optional
        Free labels.

    Examples
    --------
    >>> from gnomon import Entity
    >>> Entity(name="origin").join_keys
    ['origin']
    """

    section = "entities"

    @checked_keywords()
    def __init__(
        self,
        name: str,
        *,
        join_keys: Sequence[str] | None = None,
        description: str = "",
        owner: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(name, description=description, owner=owner, tags=tags)
        self.join_keys = texts(self.label("join_keys"), join_keys) or [self.name]

    def to_manifest(self, project_dir: str) -> Json:
        """The `Entity` message."""
        return super().to_manifest(project_dir) | {"join_keys": list(self.join_keys)}
