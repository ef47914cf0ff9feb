"""A project with two views, one of which is a secret to some, and a server that asks who calls."""

import json

from meters import MetersProject

MORE = """\
feature_views:
  - {name: secret, entities: [meter], source: readings_file, ttl: 3h, as_of_retention: all,
     schema: [{name: checked_at, dtype: UnixTimestamp}, {name: pulses, dtype: Int64}]}
on_demand_feature_views:
  - {name: doubled, sources: [reading], features: {twice: "power * 2.0"}}
  - {name: leak, sources: [secret], features: {leaked: "pulses + 1"}}
feature_services:
  - {name: mixed, features: ["reading:power", "secret:pulses"]}
  - {name: leaky, features: [leak]}
"""
AS_OF = "2024-06-01T10:30:00Z"
ENTITIES = {"site": ["north"], "number": [7]}


class GuardedProject(MetersProject):
    def __init__(self, folder):
        folder.mkdir()
        super().__init__(folder)
        (folder / "features" / "more.yaml").write_text(MORE)
        self.run("apply")
        self.run("materialize", "2024-06-01", "2024-06-02")

    def key(self, name, *words):
        """A new key as a header."""
        return bearer(self.json("key", "create", name, *words)["key"])

    def audit(self):
        return [json.loads(line) for line in (self.folder / ".gnomon" / "audit.ndjson").read_text().splitlines()]


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def asking(*features, service=None):
    named = {"feature_service": service} if service else {"features": list(features)}
    return {**named, "entities": ENTITIES, "as_of": AS_OF}


def rows(power=1.5, at="2024-06-01T11:00:00"):
    return {**ENTITIES, "at": [at], "power": [power]}
