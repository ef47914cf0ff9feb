"""Applies and materializes the workload with Feast, in its default online store.

feast_project.py DATA_FOLDER PROJECT_FOLDER
"""

from __future__ import annotations

import sys
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feast
from feast.types import Float64
from workload import FEATURES, TTL_DAYS, VIEWS, Workload

CONFIG = """\
project: bench
provider: local
registry: registry.db
online_store: {type: sqlite, path: online.db}
entity_key_serialization_version: 3
"""


def main() -> None:
    warnings.filterwarnings("ignore")  # about deprecations inside Feast
    data, project = Workload(Path(sys.argv[1]), 0), Path(sys.argv[2])
    (project / "feature_store.yaml").write_text(CONFIG)
    store = feast.FeatureStore(repo_path=str(project))
    user = feast.Entity(name="user", join_keys=["user_id"], value_type=feast.ValueType.INT64)
    views = [
        feast.FeatureView(
            name=view,
            entities=[user],
            schema=[feast.Field(name=f"{view}_{name}", dtype=Float64) for name in FEATURES],
            source=feast.FileSource(path=str(data.file(view)), timestamp_field="event_timestamp"),
            ttl=timedelta(days=TTL_DAYS),
        )
        for view in VIEWS
    ]
    store.apply([user, *views])
    now = datetime.now(UTC)
    store.materialize(now - timedelta(days=1), now)


main()
