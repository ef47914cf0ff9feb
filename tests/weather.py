"""A project with weather, a request and on-demand views, small enough to work out every answer in the head."""

import datetime as dt

import pandas as pd

from gnomon import (
    Entity,
    FeatureService,
    FeatureStore,
    FeatureView,
    Field,
    FileSource,
    LookupSet,
    RequestSource,
    on_demand_feature_view,
)
from gnomon import functions as fn
from gnomon.types import Float64, Int64, String

UTC = dt.UTC


def at(day, hour=0):
    return dt.datetime(2024, 6, day, hour, tzinfo=UTC)


class WeatherProject:
    """EWR and JFK: wind on the 1st and the 3rd; a request brings the runway's direction and a counter."""

    def __init__(self, folder):
        self.folder = folder
        weather = pd.DataFrame(
            {
                "origin": ["EWR", "JFK", "EWR"],
                "time_hour": [at(1), at(1), at(3)],
                "wind_speed": [10.0, 20.0, None],
                "wind_dir": [90, 180, 270],
            }
        )
        weather["wind_dir"] = weather["wind_dir"].astype("Int64")
        weather.to_parquet(folder / "data" / "weather.parquet")
        self.origin = Entity(name="origin")
        source = FileSource(name="weather", path="data/weather.parquet", timestamp_field="time_hour")
        self.now = FeatureView(
            name="weather_now", entities=[self.origin], source=source, ttl="5d", as_of_retention="all"
        )
        fields = [Field(name="runway_deg", dtype=Float64), Field(name="n", dtype=Int64), Field(name="ip", dtype=String)]
        self.request = RequestSource(name="req", schema=fields)
        self.vpn = LookupSet("vpn_ranges", cidrs=["10.0.0.0/8"])
        self.wind = self.make_wind()
        self.more = self.make_more()
        self.service = FeatureService(name="delay_v1", features=[self.now[["wind_speed"]], self.wind, self.more])
        self.store = FeatureStore(repo_path=str(folder))
        self.store.apply([self.service])

    def make_wind(self):
        @on_demand_feature_view(
            name="wind", sources=[self.now, self.request], schema=[Field(name="headwind", dtype=Float64)]
        )
        def wind(inputs):
            return {"headwind": inputs["wind_speed"] * fn.cos(fn.radians(inputs["wind_dir"] - inputs["runway_deg"]))}

        return wind

    def make_more(self):
        @on_demand_feature_view(name="more", sources=[self.wind, self.request, self.now])
        def more(inputs):
            return {
                "is_tailwind": inputs["headwind"] < 0,
                "next": inputs["n"] + 1,
                "is_vpn": fn.in_set(inputs["ip"], self.vpn),
                "bucket": fn.hash_bucket(inputs["origin"], 10),
            }

        return more

    def rows(self, *rows):
        """(origin, day, runway_deg, n, ip)."""
        return pd.DataFrame(
            {
                "origin": [row[0] for row in rows],
                "event_timestamp": [at(row[1], 12) for row in rows],
                "runway_deg": pd.array([row[2] for row in rows], "Float64"),
                "n": pd.array([row[3] for row in rows], "Int64"),
                "ip": [row[4] for row in rows],
            }
        )

    def train(self, frame, features="delay_v1", **options):
        return self.store.get_historical_features(entity_df=frame, features=features, **options)

    def serve(self, frame, features="delay_v1", **options):
        rows = frame.drop(columns=["event_timestamp"]) if "event_timestamp" in frame else frame
        return self.store.get_online_features(features=features, entity_rows=rows, **options)

    def materialize(self):
        self.store.materialize(at(1) - dt.timedelta(days=1), at(30))
