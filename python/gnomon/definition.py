"""What every definition has: a name, words about it, and the line it was written on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypeAlias

from gnomon.arguments import filled, text, text_map
from gnomon.origin import caller_origin

Json: TypeAlias = dict[str, Any]  # one message of proto/gnomon/v1/manifest.proto, in protobuf's JSON mapping


class Definition:
    """Base of entities, sources, views and services.

    Definitions are values to be applied; they hold no connection and do no work.
    """

    section: ClassVar[str]  # the list of the manifest it belongs in

    def __init__(self, name: str, *, description: str, owner: str, tags: Mapping[str, str] | None) -> None:
        self.name = text(f"{type(self).__name__}: name", name)
        self.description = text(self.label("description"), description)
        self.owner = text(self.label("owner"), owner)
        self.tags = text_map(self.label("tags"), tags)
        self.origin = caller_origin()

    def label(self, keyword: str) -> str:
        """How a message names one keyword of this definition."""
        return f"{type(self).__name__} {self.name!r}: {keyword}"

    def uses(self) -> Iterator[Definition]:
        """The definitions given to this one as objects: they are applied together with it."""
        return iter(())

    def to_manifest(self, project_dir: str) -> Json:
        """The definition as a message of the manifest; paths become relative to `project_dir`."""
        return filled(
            name=self.name,
            description=self.description,
            owner=self.owner,
            tags=dict(self.tags),
            origin=self.origin.to_manifest(project_dir),
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r})"


def name_of(what: str, value: object, kind: type[Definition]) -> str:
    """The name of a definition of `kind`, or `value` itself where it is a name already."""
    return value.name if isinstance(value, kind) else text(f"{what} must be {kind.__name__} or a name; it", value)
