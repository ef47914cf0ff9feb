"""Will this flight leave late? What can be known about it at its scheduled departure."""

from gnomon import (
    Aggregation,
    Entity,
    FeatureService,
    FeatureView,
    Field,
    FileSource,
    RequestSource,
    batch_feature_view,
    expect,
    on_demand_feature_view,
)
from gnomon import functions as fn
from gnomon.types import Float64

origin = Entity(name="origin", description="Departure airport: EWR, JFK or LGA", owner="ops")
carrier = Entity(name="carrier", description="Airline, by its two letters", owner="ops")
tail = Entity(name="tail", join_keys=["tailnum"], description="One aircraft, by its registration", owner="ops")

# Hourly observations. One of them holds a wind of 1,048 mph, so a row has to pass before anyone learns from it.
weather = FileSource(
    name="weather",
    path="data/weather.parquet",
    timestamp_field="time_hour",
    expect=[expect.unique("origin", "time_hour"), expect.between("wind_speed", 0, 120, on_fail="quarantine")],
)

# SQL, run by the embedded DuckDB. Hours are missing now and then: after three, old weather is no weather.
weather_now = FeatureView(
    name="weather_now",
    entities=[origin],
    sources=[weather],
    ttl="3h",
    timestamp_field="time_hour",
    sql="select origin, time_hour, temp, wind_speed, wind_dir, precip, visib from weather",
    as_of_retention="all",
    owner="ops",
)

# Rows as they are. A delay belongs to the scheduled departure, but nobody knows it before the plane has landed.
arrivals = FileSource(
    name="arrivals",
    path="data/arrivals.parquet",
    timestamp_field="sched_dep",
    known_at_field="landed_at",
    field_mapping={"arr_delay": "last_arr_delay", "dest": "last_dest"},
)
last_leg = FeatureView(
    name="last_leg",
    entities=[tail],
    source=arrivals,
    ttl="24h",
    as_of_retention="all",
    owner="ops",
)

# Python, run in the pipeline and never while serving.
planes = FileSource(name="planes", path="data/planes.csv")


@batch_feature_view(
    name="plane",
    entities=[tail],
    source=planes,
    timestamp_field="known_from",
    mode="pandas",
    as_of_retention="all",
    owner="ops",
)
def plane(df):
    import pandas as pd

    return df[["tailnum", "seats", "engines"]].assign(known_from=pd.Timestamp("2013-01-01", tz="UTC"))


# Windows over the departures so far: how late has everybody left, from this airport, with this airline? A departure
# counts from the instant at which the plane has left, and never in a window that ends at that instant.
departures = FileSource(name="departures", path="data/departures.parquet", timestamp_field="dep_at")
origin_traffic = FeatureView(
    name="origin_traffic",
    entities=[origin],
    source=departures,
    aggregations=[
        Aggregation("dep_delay", "mean", ["1h", "6h", "7d"], name="origin_delay"),
        Aggregation("dep_delay", "max", "1h", name="origin_worst_1h"),
        Aggregation("*", "count", "1h", name="origin_departures_1h"),
        Aggregation("*", "count", "1h", where="dep_delay > 15", name="origin_late_1h"),
    ],
    owner="ops",
)
carrier_traffic = FeatureView(
    name="carrier_traffic",
    entities=[carrier],
    source=departures,
    aggregations=[
        Aggregation("dep_delay", "mean", ["1h", "6h", "7d"], name="carrier_delay"),
        Aggregation("dep_delay", "std", "6h", name="carrier_spread_6h"),
    ],
    owner="ops",
)

# Computed when it is asked for: from the weather, and from the runway that the request names.
runway = RequestSource(name="runway", schema=[Field(name="runway_deg", dtype=Float64)], owner="ops")


@on_demand_feature_view(sources=[weather_now, runway], schema=[Field(name="headwind", dtype=Float64)], owner="ops")
def wind(inputs):
    return {"headwind": inputs["wind_speed"] * fn.cos(fn.radians(inputs["wind_dir"] - inputs["runway_deg"]))}


takeoff_v1 = FeatureService(name="takeoff_v1", features=[weather_now[["wind_speed", "wind_dir"]], wind], owner="ops")

delay_v1 = FeatureService(name="delay_v1", features=[weather_now, last_leg, plane], owner="ops")
delay_v2 = FeatureService(
    name="delay_v2", features=[weather_now, last_leg, plane, origin_traffic, carrier_traffic], owner="ops"
)
