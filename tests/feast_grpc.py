"""A client of Feast's gRPC service, from the messages in proto/feast: what any language would generate."""

import functools
import subprocess
import tempfile
from pathlib import Path

import grpc
from google.protobuf import descriptor_pb2, message_factory

PROTO = Path(__file__).parents[1] / "proto"
SERVICE = "/feast.serving.ServingService/"


@functools.cache
def messages():
    """The classes of all messages by their full names."""
    with tempfile.NamedTemporaryFile() as found:
        source = "feast/serving/ServingService.proto"
        command = ["protoc", f"-I{PROTO}", "--include_imports", f"--descriptor_set_out={found.name}", source]
        subprocess.run(command, check=True)
        files = descriptor_pb2.FileDescriptorSet.FromString(Path(found.name).read_bytes())
    return message_factory.GetMessages(files.file)


def message(name, **fields):
    return messages()[name](**fields)


def repeated(field, values):
    """A column: `values` in one of Value's fields, None as a value that is not set."""
    value = messages()["feast.types.Value"]
    return message(
        "feast.types.RepeatedValue", val=[value() if one is None else value(**{field: one}) for one in values]
    )


def plain(value):
    """What a Value holds."""
    kind = value.WhichOneof("val")
    held = getattr(value, kind) if kind else None
    if kind == "list_val":
        return [plain(one) for one in held.val]
    return list(held.val) if kind and kind.endswith("_list_val") else held


class FeastGrpc:
    """Blocking calls; errors are grpc.RpcError."""

    def __init__(self, address, authorization=None):
        self.channel = grpc.insecure_channel(address)
        self.metadata = [("authorization", authorization)] if authorization else []
        self.read = self.method("GetOnlineFeatures")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.channel.close()

    def method(self, name):
        return self.channel.unary_unary(
            SERVICE + name,
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=messages()[f"feast.serving.{name}Response"].FromString,
        )

    def info(self):
        request = message("feast.serving.GetFeastServingInfoRequest")
        return self.method("GetFeastServingInfo")(request, metadata=self.metadata).version

    def get_online_features(self, features, entities, *, as_of=None, timeout=None, **fields):
        """The answer's message. `features`: a list of names, or a service's name; `entities`: columns by name."""
        if isinstance(features, str):
            fields["feature_service"] = features
        else:
            fields["features"] = message("feast.serving.FeatureList", val=features)
        request = message("feast.serving.GetOnlineFeaturesRequest", entities=entities, **fields)
        metadata = [("gnomon-as-of", as_of)] if as_of else []
        return self.read(request, metadata=self.metadata + metadata, timeout=timeout)


def vectors(answer):
    """{name: [(value, status, event time in microseconds)]}"""
    names = messages()["feast.serving.GetOnlineFeaturesResponse"].FeatureVector.DESCRIPTOR
    statuses = names.fields_by_name["statuses"].enum_type.values_by_number
    return {
        name: [
            (plain(value), statuses[status].name, time.seconds * 1_000_000 + time.nanos // 1_000)
            for value, status, time in zip(vector.values, vector.statuses, vector.event_timestamps, strict=True)
        ]
        for name, vector in zip(answer.metadata.feature_names.val, answer.results, strict=True)
    }
