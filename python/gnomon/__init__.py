"""Gnomon: features for machine learning that are the same in training and in serving.

Definitions are plain values; `FeatureStore` applies and reads them. Importing this package loads neither pyarrow nor
pandas nor polars nor the engine: each comes with the first call that needs it.
"""

from gnomon import errors, expect, functions, types
from gnomon.aggregation import Aggregation
from gnomon.entity import Entity
from gnomon.errors import Error
from gnomon.feature_service import FeatureService
from gnomon.feature_view import FeatureView
from gnomon.lookup_set import LookupSet
from gnomon.on_demand_feature_view import OnDemandFeatureView, on_demand_feature_view
from gnomon.online_answer import OnlineAnswer
from gnomon.plan import Plan
from gnomon.python_transform import batch_feature_view
from gnomon.schema import Field
from gnomon.sources import FileSource, PushSource, RequestSource
from gnomon.store import FeatureStore
from gnomon.training_set import TrainingSet
from gnomon.windows import calendar, last

__version__ = "0.1.0"

# Batch or stream follows from a view's source; these names are for who comes with them.
BatchFeatureView = FeatureView
StreamFeatureView = FeatureView

__all__ = [
    "Aggregation",
    "BatchFeatureView",
    "Entity",
    "Error",
    "FeatureService",
    "FeatureStore",
    "FeatureView",
    "Field",
    "FileSource",
    "LookupSet",
    "OnDemandFeatureView",
    "OnlineAnswer",
    "Plan",
    "PushSource",
    "RequestSource",
    "StreamFeatureView",
    "TrainingSet",
    "batch_feature_view",
    "calendar",
    "errors",
    "expect",
    "functions",
    "last",
    "on_demand_feature_view",
    "types",
]
