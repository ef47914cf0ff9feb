"""The stubs that Feast's package ships, against a gRPC server; run where feast is installed, with an address.

Prints one JSON object: what each call answered, or the code and message of its error.
"""

import json
import sys

import grpc
from feast.protos.feast.serving.ServingService_pb2 import (
    FeatureList,
    FieldStatus,
    GetFeastServingInfoRequest,
    GetOnlineFeaturesRequest,
)
from feast.protos.feast.serving.ServingService_pb2_grpc import ServingServiceStub
from feast.protos.feast.types.Value_pb2 import RepeatedValue, Value
from feast.type_map import feast_value_type_to_python_type

CHANNEL = grpc.insecure_channel(sys.argv[1])
STUB = ServingServiceStub(CHANNEL)
SITES = RepeatedValue(val=[Value(string_val="north"), Value(string_val="north"), Value(string_val="nowhere")])
NUMBERS = RepeatedValue(val=[Value(int64_val=7), Value(int64_val=8), Value(int64_val=7)])
AT = (("gnomon-as-of", "2024-06-01T08:30:00Z"),)


def plain(value):
    held = feast_value_type_to_python_type(value)
    return held.decode("latin-1") if isinstance(held, bytes) else held


def read(metadata=AT, **fields):
    fields = {"entities": {"site": SITES, "number": NUMBERS}} | fields
    try:
        answer = STUB.GetOnlineFeatures(GetOnlineFeaturesRequest(**fields), metadata=metadata, timeout=30)
    except grpc.RpcError as error:
        return {"code": error.code().name, "message": error.details()}
    return {
        name: {
            "values": [plain(value) for value in vector.values],
            "kinds": [value.WhichOneof("val") for value in vector.values],
            "statuses": [FieldStatus.Name(status) for status in vector.statuses],
            "times": [time.ToJsonString() for time in vector.event_timestamps],
        }
        for name, vector in zip(answer.metadata.feature_names.val, answer.results, strict=True)
    }


def main():
    answers = {
        "info": STUB.GetFeastServingInfo(GetFeastServingInfoRequest()).version,
        "service": read(feature_service="billing"),
        "list": read(features=FeatureList(val=["reading:pulses", "reading:power"])),
        "full_names": read(features=FeatureList(val=["reading:pulses"]), full_feature_names=True),
        "now": read(metadata=None, features=FeatureList(val=["reading:power"])),
        "unknown_view": read(features=FeatureList(val=["ghost:x"])),
        "unknown_service": read(feature_service="ghosts"),
        "missing_key": read(features=FeatureList(val=["reading:power"]), entities={"site": SITES}),
        "nothing_asked": read(),
    }
    print(json.dumps(answers, default=str))


main()
