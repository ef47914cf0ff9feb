"""A feature row as of `t`, for training and online: the rules of views without aggregations.

A row is a dict. Times in it are int microseconds UTC or None. A view's rows may come in any order.
"""

from dataclasses import dataclass

from oracle.order import rank

PRESENT, NULL_VALUE, NOT_FOUND, OUTSIDE_MAX_AGE = "PRESENT", "NULL_VALUE", "NOT_FOUND", "OUTSIDE_MAX_AGE"


@dataclass(frozen=True)
class View:
    """What a view declares. Column names are those after field_mapping; features are in declared order."""

    name: str
    keys: tuple
    features: tuple
    event_time: str = "event_time"
    created_time: str | None = None
    known_at: str | None = None
    ttl_us: int = 0
    serving_lag_us: int = 0


class FeatureRows:
    """Answers by the rules. Each rule is a method of its own, so that a test can break one and must then fail."""

    def is_bad(self, view, row):
        """Null event_time or null join key: quarantined, never served."""
        return row[view.event_time] is None or any(row[key] is None for key in view.keys)

    def known_time(self, view, row):
        """When the fact could first be used; null means event_time; the serving lag comes on top."""
        known = row[view.known_at] if view.known_at else None
        return (row[view.event_time] if known is None else known) + view.serving_lag_us

    def is_visible(self, view, row, t):
        return self.known_time(view, row) <= t

    def has_happened(self, view, row, t):
        return row[view.event_time] <= t

    def is_fresh(self, view, row, t):
        """Both ends included, as in Feast; 0 is no limit."""
        return view.ttl_us == 0 or row[view.event_time] >= t - view.ttl_us

    def created_rank(self, view, row):
        """A null created_time loses against any other; without the column all are alike."""
        created = row[view.created_time] if view.created_time else None
        return rank(created)

    def content_rank(self, view, row):
        """All features of the view in declared order, whichever were asked for."""
        return [rank(row[feature]) for feature in view.features]

    def newness(self, view, row):
        return (row[view.event_time], self.created_rank(view, row), self.content_rank(view, row))

    def matches(self, view, row, key):
        """A null in the asked key matches nothing, since no row that is served has one."""
        return all(row[name] == key.get(name) for name in view.keys)

    def newest(self, view, rows, key, t):
        """The newest row that had happened and was known at `t`, however old; None if there is none."""
        candidates = [
            row
            for row in rows
            if not self.is_bad(view, row)
            and self.matches(view, row, key)
            and self.is_visible(view, row, t)
            and self.has_happened(view, row, t)
        ]
        return max(candidates, key=lambda row: self.newness(view, row), default=None)

    def as_of(self, view, rows, key, t):
        """The row that answers at `t`, or None. The newest is the freshest, so the TTL need only look at it."""
        row = self.newest(view, rows, key, t)
        return row if row is not None and self.is_fresh(view, row, t) else None


def training_rows(rules, entity_rows, timestamp, request, full_feature_names=False):
    """Rows out = rows in. `request`: (view, rows of its history, features asked for), in order."""
    out = []
    for entity_row in entity_rows:
        answer = dict(entity_row)
        for view, history, features in request:
            row = rules.as_of(view, history, entity_row, entity_row[timestamp])
            for feature in features:
                name = f"{view.name}__{feature}" if full_feature_names else feature
                answer[name] = None if row is None else row[feature]
        out.append(answer)
    return out


def online_row(rules, view, rows, key, t):
    """{feature: (value, status, event_time)} as of `t`, with every version kept; no event_time if there is no row."""
    row = rules.newest(view, rows, key, t)
    if row is None:
        return dict.fromkeys(view.features, (None, NOT_FOUND, None))
    event_time = row[view.event_time]
    if not rules.is_fresh(view, row, t):
        return dict.fromkeys(view.features, (None, OUTSIDE_MAX_AGE, event_time))
    return {
        feature: (row[feature], NULL_VALUE if row[feature] is None else PRESENT, event_time)
        for feature in view.features
    }
