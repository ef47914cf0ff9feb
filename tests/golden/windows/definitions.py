"""The same as definitions.yaml: manifest.json is what both become."""

from datetime import timedelta

from gnomon import Aggregation, Entity, FeatureView, FileSource, calendar, last

user = Entity("user", join_keys=["user_id"])
payments = FileSource("payments", path="data/payments.parquet", timestamp_field="paid_at")
spend = FeatureView(
    "spend",
    [user],
    source=payments,
    where="status == 'paid'",
    allowed_lateness="2h",
    aggregations=[
        Aggregation("amount", "mean", ["1d", timedelta(days=30)]),
        Aggregation("*", "count", timedelta(minutes=5), name="payments"),
        Aggregation("*", "count", "lifetime"),
        Aggregation("amount", "sum", last(5), where="amount > 10 and country in ['DE', 'FR']"),
        Aggregation("amount", "sum", [calendar("month", tz="Europe/Berlin"), calendar("week")]),
        Aggregation("amount", "max", "1d12h", offset="7d", default=0),
        Aggregation("amount", "min", timedelta(hours=1, minutes=30), resolution=timedelta(days=1), default=-0.5),
        Aggregation("amount", "std", "1h", sawtooth="10min"),
        Aggregation("shop", "last_distinct_n", "7d", n=3, default=["none", "unknown"]),
        Aggregation("amount", "approx_percentile", "7d", p=0.95),
        Aggregation("shop", "count_distinct", "7d", max_distinct=1000),
        Aggregation("shop", "mode", "7d", default="7"),
    ],
)
refunds = FeatureView(
    "refunds",
    [user],
    source=payments,
    allowed_lateness=0,
    aggregations=[Aggregation("refunded", "last", "60s", default=False)],
)
default_lateness = FeatureView(
    "default_lateness",
    [user],
    source=payments,
    allowed_lateness=timedelta(days=1),
    aggregations=[Aggregation("amount", "sum", "1h")],
)
