"""plan and apply."""

import os
import pty
import subprocess

from meters import DEFINITIONS, GNOMON


def change(meters, old, new):
    file = meters.folder / "features" / "meters.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_plan_shows_and_apply_does(meters):
    assert "reading" in meters.run("plan").stdout
    plan = meters.json("plan")
    assert {change["name"] for change in plan["changes"]} >= {"meter", "readings", "reading", "billing"}
    applied = meters.json("apply")
    assert applied["revision"] >= 1
    assert meters.json("plan")["changes"] == []


def test_detailed_exitcode(meters):
    meters.run("plan", "--detailed-exitcode", code=4)
    meters.run("apply")
    meters.run("plan", "--detailed-exitcode", code=0)


def test_a_mistake_names_file_line_and_hint(meters):
    change(meters, "features: [reading]", "features: [readin]")
    done = meters.run("plan", code=1)
    assert "features/meters.yaml" in done.stderr
    assert "reading" in done.stderr.split("readin", 1)[1]


def test_destructive_changes_need_yes_and_are_refused_without_a_terminal(applied):
    (applied.folder / "features" / "meters.yaml").write_text(DEFINITIONS.split("feature_views:")[0])
    error = applied.error("apply")
    assert error["id"] == "GN141"
    assert [view["name"] for view in applied.json("list", "views")] == ["reading"]
    applied.run("apply", "--yes")
    assert applied.json("list", "views") == []


def answer_on_a_terminal(meters, answer):
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [GNOMON, "apply"], cwd=meters.folder, stdin=follower, stdout=subprocess.PIPE, stderr=follower
    )
    os.close(follower)
    os.write(leader, answer)
    process.stdout.read()
    code = process.wait(60)
    os.close(leader)
    return code


def test_a_person_is_asked(applied):
    (applied.folder / "features" / "meters.yaml").write_text(DEFINITIONS.split("feature_views:")[0])
    assert answer_on_a_terminal(applied, b"n\n") == 1
    assert [view["name"] for view in applied.json("list", "views")] == ["reading"]
    assert answer_on_a_terminal(applied, b"y\n") == 0
    assert applied.json("list", "views") == []


def test_list_and_describe(applied):
    assert "site, number" in applied.run("list", "entities").stdout
    described = applied.run("describe", "reading").stdout
    assert "phases" in described
    assert applied.json("describe", "billing")["kind"] == "service"
    assert applied.error("describe", "readin")["id"] == "GN102"
    assert "reading" in applied.error("describe", "readin")["hint"]
    assert applied.error("list", "nonsense")["code"] == "InvalidArgument"
    assert any(row["name"] == "between" for row in applied.json("list", "expectations"))
