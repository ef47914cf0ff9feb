"""From definitions to the manifest the engine reads: `proto/gnomon/v1/manifest.proto` in protobuf's JSON mapping."""

from __future__ import annotations

import json
from collections.abc import Iterable

from gnomon.arguments import invalid
from gnomon.definition import Definition, Json

FORMAT_VERSION = 1


def manifest_of(objects: Iterable[Definition], project_dir: str) -> Json:
    """A manifest fragment of `objects` and everything they use as objects; the engine adds the project's name.

    An object is written once however often it is reached. Two objects of one name and meaning (a source written down
    twice) are one as well; when they differ both are written, and the engine says where they clash.
    """
    manifest: Json = {"format_version": FORMAT_VERSION}
    seen: set[int] = set()
    for found in _reachable(objects, seen):
        message = found.to_manifest(project_dir)
        section = manifest.setdefault(found.section, [])
        if not any(_meaning(message) == _meaning(other) for other in section):
            section.append(message)
    return manifest


def manifest_json(objects: Iterable[Definition], project_dir: str) -> str:
    """`manifest_of` as canonical text: keys sorted, no spaces."""
    return json.dumps(
        manifest_of(objects, project_dir), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def _reachable(objects: Iterable[Definition], seen: set[int]) -> Iterable[Definition]:
    for item in objects:
        if not isinstance(item, Definition):
            raise invalid(
                f"cannot apply {item!r}",
                hint="Give an Entity, a source, a FeatureView, a FeatureService, or a list of them",
            )
        if id(item) in seen:
            continue
        seen.add(id(item))
        yield from _reachable(item.uses(), seen)
        yield item


def _meaning(message: object) -> object:
    """The message without the places it was written at."""
    if isinstance(message, dict):
        return {key: _meaning(value) for key, value in message.items() if key != "origin"}
    if isinstance(message, list):
        return [_meaning(value) for value in message]
    return message
