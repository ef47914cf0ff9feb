"""One training set for many worlds, and the rows in which it differs from the oracle."""

from oracle.feature_row import training_rows
from oracle.order import same
from property.draw import draw_shape, draw_world, generator
from property.projects import check_columns, entity_table, open_project, output_name, python_values


class TrainingCase:
    """A project, its worlds, a request and the product's answer; everything follows from the seed's parts."""

    def __init__(self, folder, *seed, worlds=100, shape=None):
        self.seed, rng = seed, generator(*seed)
        self.shape = shape or draw_shape(rng)
        self.worlds = [draw_world(rng, self.shape, number) for number in range(worlds)]
        self.request = self.draw_request(rng)
        self.write(folder, rng)
        self.rows = [(world, row) for world in self.worlds for row in world.entity_rows]
        rng.shuffle(self.rows)
        self.entities = entity_table(self.shape, [row for _, row in self.rows], rng)
        self.history = rng.choice(["as_known", "as_known", "ideal"])

    def write(self, folder, rng):
        self.store = open_project(folder, self.shape, self.worlds, rng)

    def draw_request(self, rng):
        pairs = [(view, feature) for view in self.shape.views for feature in view.dtypes]
        rng.shuffle(pairs)
        return pairs[: rng.randint(1, len(pairs))]

    def ask(self):
        answer = self.store.get_historical_features(
            entity_df=self.entities,
            features=[f"{view.rules.name}:{feature}" for view, feature in self.request],
            full_feature_names=self.shape.full_feature_names,
            history=self.history,
        ).to_arrow()
        check_columns(self.shape, self.request, self.entities, answer)
        return answer

    def expected(self, rules, world, row):
        request = [(view.rules, world.histories[view.rules.name], [feature]) for view, feature in self.request]
        return training_rows(rules, [row], "event_timestamp", request, self.shape.full_feature_names)[0]

    def differences(self, rules, answer):
        """Texts that each tell one wrong value and what led to it."""
        got = {name: python_values(answer.column(name)) for name in answer.column_names}
        found = []
        for place, (world, row) in enumerate(self.rows):
            expected = self.expected(rules, world, row)
            for view, feature in self.request:
                name = output_name(self.shape, view, feature)
                if not same(expected[name], got[name][place]):
                    found.append(self.explain(view, feature, world, row, expected[name], got[name][place]))
        return found

    def explain(self, view, feature, world, row, expected, got):
        keys = {key: row[key] for key in view.rules.keys}
        rows = [r for r in world.histories[view.rules.name] if all(r[k] in (keys[k], None) for k in keys)]
        history = "\n    ".join(map(str, sorted(rows, key=lambda r: (r["event_time"] is None, r["event_time"]))))
        return (
            f"{view.rules.name}:{feature} of {row}: expected {expected!r}, got {got!r} (seed {self.seed})\n"
            f"  {view}\n  history of these keys:\n    {history}"
        )


def report(found, limit=3):
    return f"{len(found)} wrong values, the first ones:\n" + "\n".join(found[:limit])
