"""A random project behind every face: the SDK on the folder, both HTTP routes, gRPC, and a training set.

Answers are compared in one form: for each feature a list of (value, status, event time in microseconds or 0),
floats by their bits.
"""

import base64
import datetime as dt
import io
import json
import math
import struct

import pyarrow as pa
from feast_grpc import message, vectors

from oracle.times import to_datetime, to_us
from property.draw import draw_instants, draw_key, draw_shape, draw_world, generator, without_one
from property.projects import python_values, written_views
from property.sources import typed_column

PAST = [0, 1_700_000_000_000_000, -2_208_988_800_000_000]
BEGINNING = dt.datetime(1800, 1, 1, tzinfo=dt.UTC)
ARROW = "application/vnd.apache.arrow.stream"
FIELDS = {  # of Feast's Value
    "Int32": "int32_val",
    "Int64": "int64_val",
    "Float64": "double_val",
    "String": "string_val",
    "Bool": "bool_val",
    "Bytes": "bytes_val",
    "UnixTimestamp": "string_val",  # its own is whole seconds
}
REQUEST = {"r_int": "Int64", "r_float": "Float64", "r_text": "String"}
POOLS = {
    "r_int": [None, 0, 1, -7, 2**53 + 1, 2**63 - 1],
    "r_float": [None, 0.1, -0.0, 1e300, float("inf"), float("nan")],
    "r_text": [None, "", "a", "é"],
}


def coalesce(*values):
    from gnomon import functions

    return functions.coalesce(*values)


COMPUTED = {  # of a stored feature's type: the type, and what is made of the feature and the request
    "Int64": ("Int64", lambda f, inputs: f + inputs["r_int"]),
    "Int32": ("Int64", lambda f, inputs: coalesce(f, 7) * inputs["r_int"]),
    "Float64": ("Float64", lambda f, inputs: f * inputs["r_float"]),
    "String": ("String", lambda f, inputs: coalesce(f, inputs["r_text"])),
}


def exact(value):
    """Equal only for the same value: floats by their bits, all NaNs alike."""
    if isinstance(value, list):
        return ("list", *(exact(one) for one in value))
    if isinstance(value, float):
        return ("float", "nan" if value != value else struct.pack("<d", value))
    return (type(value).__name__, value)


class Question:
    """Some entity rows, the features asked for, and the instant; `rows` are its places among all rows asked."""

    def __init__(self, rows, names, features, service, t):
        self.rows, self.names, self.features, self.service, self.t = rows, names, features, service, t

    def asked(self):
        """As the members of a JSON body have it."""
        return {"feature_service": self.service} if self.service else {"features": self.features}

    def at(self):
        return to_datetime(self.t).isoformat()


class FacesCase:
    """Views of several types, an on-demand view over them and the request, two services; and `count` questions."""

    def __init__(self, folder, *seed, count, worlds=15):
        self.folder, self.seed, self.rng = folder, seed, generator(*seed)
        self.shape = draw_shape(self.rng)
        anchor = self.rng.choice(PAST)
        self.worlds = [draw_world(self.rng, self.shape, number, [anchor]) for number in range(worlds)]
        self.dtypes = {feature: dtype for view in self.shape.views for feature, dtype in view.dtypes.items()}
        self.view_of = {feature: view.rules.name for view in self.shape.views for feature in view.dtypes}
        views, entities = written_views(folder, self.shape, self.worlds, self.rng, as_of_retention="all")
        with self.open() as store:
            store.apply([*entities, *views, *self.computed_and_services(views)])
            store.materialize(BEGINNING, dt.datetime.now(dt.UTC))
        self.asked, self.questions = [], []
        for _ in range(count):
            self.questions.append(self.draw_question(anchor))

    def open(self):
        from gnomon import FeatureStore

        return FeatureStore(repo_path=str(self.folder))

    def computed_and_services(self, views):
        """An on-demand view of whatever can be computed, and two services."""
        from gnomon import FeatureService, Field, RequestSource, on_demand_feature_view

        everything = list(views)
        inputs_of = {f"made_{feature}": feature for feature, dtype in self.dtypes.items() if dtype in COMPUTED}
        if inputs_of:
            self.dtypes |= {name: COMPUTED[self.dtypes[feature]][0] for name, feature in inputs_of.items()}
            self.view_of |= dict.fromkeys(inputs_of, "made")
            schema = [Field(name=name, dtype=dtype) for name, dtype in REQUEST.items()]

            def made(inputs):
                return {
                    name: COMPUTED[self.dtypes[feature]][1](inputs[feature], inputs)
                    for name, feature in inputs_of.items()
                }

            everything.append(
                on_demand_feature_view(
                    name="made",
                    sources=[*everything, RequestSource(name="said", schema=schema)],
                    schema=[Field(name=name, dtype=self.dtypes[name]) for name in inputs_of],
                )(made)
            )
        services = {"everything": everything, "last": everything[-1:]}
        self.services = {
            name: [f for f, view in self.view_of.items() if view in {one.name for one in of}]
            for name, of in services.items()
        }
        return [*everything[len(views) :], *(FeatureService(name=name, features=of) for name, of in services.items())]

    def draw_question(self, anchor):
        rng = self.rng
        worlds = rng.sample(self.worlds, rng.choice([1, 1, 2, 3, 5, 8]))
        rows = []
        for world in worlds:
            known = [
                {key: row[key] for key in self.shape.keys if key in row}
                for rows_of_view in world.histories.values()
                for row in rows_of_view
            ]
            key = draw_key(rng, self.shape.keys, self.worlds.index(world))
            key |= rng.choice(known) if known and rng.random() < 0.8 else {}
            key = key if rng.random() > 0.04 else without_one(rng, key, self.shape.keys)
            rows.append(key | {name: rng.choice(pool) for name, pool in POOLS.items()})
        histories = {
            view.rules.name: [row for world in worlds for row in world.histories[view.rules.name]]
            for view in self.shape.views
        }
        [t] = draw_instants(rng, self.shape, histories, anchor, 1)
        service = rng.choice([None, *self.services])
        features = (
            self.services[service] if service else rng.sample(list(self.dtypes), rng.randint(1, len(self.dtypes)))
        )
        places = range(len(self.asked), len(self.asked) + len(rows))
        self.asked += [(row, t) for row in rows]
        named = features if service else [f"{self.view_of[feature]}:{feature}" for feature in features]
        return Question(places, features, named, service, t)

    def columns(self, question):
        """{name: (type, values)} of the entity rows: those that the features asked for need, and no others."""
        views = {self.view_of[feature] for feature in question.names}
        keys = {
            key for view in self.shape.views if view.rules.name in views or "made" in views for key in view.rules.keys
        }
        wanted = {name: kind for name, kind in self.shape.keys.items() if name in keys}
        wanted |= REQUEST if "made" in views else {}
        rows = [self.asked[place][0] for place in question.rows]
        return {name: (kind, [row[name] for row in rows]) for name, kind in wanted.items()}

    def table(self, question):
        return pa.table({name: typed_column(values, kind) for name, (kind, values) in self.columns(question).items()})

    def read(self, values, statuses, times):
        return [(exact(value), status, time) for value, status, time in zip(values, statuses, times, strict=True)]

    # ── the faces ──

    def embedded(self, store, question):
        features = question.service or question.features
        asked = store.get_online_features(
            features=features, entity_rows=self.table(question), as_of=to_datetime(question.t)
        )
        table = asked.to_arrow(include_metadata=True)
        return {
            name: self.read(
                python_values(table[name]),
                table[f"{name}__status"].to_pylist(),
                [time or 0 for time in python_values(table[f"{name}__event_time"])],
            )
            for name in question.names
        }

    def over_arrow(self, server, question):
        members = json.dumps(question.asked() | {"as_of": question.at()})
        table = self.table(question).replace_schema_metadata({"gnomon.request": members})
        sink = io.BytesIO()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        server.connection.request("POST", "/v1/features", sink.getvalue(), {"Content-Type": ARROW, "Accept": ARROW})
        response = server.connection.getresponse()
        content = response.read()
        assert response.status == 200, content
        table = pa.ipc.open_stream(content).read_all()
        return {
            name: self.read(
                python_values(table[name]),
                table[f"{name}__status"].to_pylist(),
                [time or 0 for time in python_values(table[f"{name}__event_time"])],
            )
            for name in question.names
        }

    def can_be_said_in_json(self, question):
        """Not keys of bytes; nor a column of "NaN" and "Infinity" alone, which is one of text."""
        columns = self.columns(question)
        floats = [value for value in columns.get("r_float", ("", []))[1] if value is not None]
        only_special = bool(floats) and not any(math.isfinite(value) for value in floats)
        return not only_special and all(kind != "Bytes" for kind, _ in columns.values())

    def over_feast_json(self, server, question):
        def said(value, kind):
            if kind == "UnixTimestamp" and value is not None:
                return to_datetime(value).isoformat()
            if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
                return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
            return value

        entities = {
            name: [said(value, kind) for value in values] for name, (kind, values) in self.columns(question).items()
        }
        answer = server.post("/get-online-features", question.asked() | {"entities": entities, "as_of": question.at()})
        found = dict(zip(answer["metadata"]["feature_names"], answer["results"], strict=True))
        return {
            name: self.read(
                [from_json(value, self.dtypes[name]) for value in found[name]["values"]],
                found[name]["statuses"],
                [to_us(time) for time in found[name]["event_timestamps"]],
            )
            for name in question.names
        }

    def over_grpc(self, client, question):
        def column(kind, values):
            out = message("feast.types.RepeatedValue")
            for value in values:
                one = out.val.add()
                if value is not None:
                    value = to_datetime(value).isoformat() if kind == "UnixTimestamp" else value
                    setattr(one, FIELDS[kind], value)
            return out

        columns = {name: column(*what) for name, what in self.columns(question).items()}
        context = {name: columns.pop(name) for name in REQUEST if name in columns}
        answer = client.get_online_features(
            question.service or question.features, columns, request_context=context, as_of=question.at()
        )
        found = vectors(answer)
        return {name: self.read(*zip(*found[name], strict=True)) for name in question.names}

    def trained(self, store):
        """{feature: [value]} for every row asked, each at its instant, in one training set."""
        columns = {
            name: typed_column([row[name] for row, _ in self.asked], kind)
            for name, kind in (self.shape.keys | REQUEST).items()
        }
        columns["event_timestamp"] = typed_column([t for _, t in self.asked], "UnixTimestamp")
        table = store.get_historical_features(
            entity_df=pa.table(columns), features="everything", history="ideal"
        ).to_arrow()
        return {name: [exact(value) for value in python_values(table[name])] for name in self.dtypes}

    def in_whole_seconds(self, answer):
        """What Feast's shapes can say of a time."""

        def floored(value):
            kind, *held = value
            if kind == "list":
                return ("list", *map(floored, held))
            return value if held == [None] else (kind, held[0] // 1_000_000)

        return {
            name: [(floored(value), *rest) for value, *rest in rows] if "UnixTimestamp" in self.dtypes[name] else rows
            for name, rows in answer.items()
        }

    def explain(self, face, question, expected, got):
        rows = [self.asked[place][0] for place in question.rows]
        differing = {
            name: (expected[name], got[name]) for name in expected if repr(expected[name]) != repr(got.get(name))
        }
        views = "\n  ".join(map(str, self.shape.views))
        return f"{face} (seed {self.seed}), {question.asked()} at {question.t} of {rows}:\n  {differing}\n  {views}"


def from_json(value, dtype):
    if dtype.startswith("Array(") and value is not None:
        return [from_json(one, dtype[6:-1]) for one in value]
    if value is None:
        return None
    if dtype.startswith("Float"):
        number = float(value)  # of "NaN" and "Infinity", too
        return struct.unpack("<f", struct.pack("<f", number))[0] if dtype == "Float32" else number
    return base64.b64decode(value) if dtype == "Bytes" else value
