from meters import Server


def results(meters, code=0):
    return {row["check"]: row["result"] for row in meters.json("doctor", code=code)}


def test_a_healthy_project(applied):
    assert set(results(applied).values()) == {"ok"}
    assert "DuckDB" in applied.run("doctor").stdout


def test_a_broken_definition_is_found(applied):
    (applied.folder / "features" / "meters.yaml").write_text("entities: [\n")
    assert results(applied, code=1)["definitions and Python"] == "failed"


def test_a_store_that_a_server_owns_is_no_failure(applied):
    with Server(applied.folder):
        rows = {row["check"]: row for row in applied.json("doctor")}
        assert rows["online store"]["result"] == "note"
        assert "GN510" in rows["online store"]["detail"]


def test_outside_a_project(applied):
    assert applied.run("doctor", "--project", "/nowhere", code=1).stdout.count("failed") == 1
