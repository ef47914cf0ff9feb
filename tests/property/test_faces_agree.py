"""The SDK on a folder, both HTTP routes, gRPC and a training set say the same of the same instant, bit for bit.

Each of 20 random projects is asked 100 random questions: some rows, some features or a service, an instant.
"""

import pytest
from feast_grpc import FeastGrpc
from meters import Server

from property.faces import FacesCase
from property.seeds import CASES, SEED

QUESTIONS = 100


def folder_of(tmp_path):
    (tmp_path / "data").mkdir()
    return tmp_path


def answers_on_the_folder(case):
    """The SDK's answers, and the training set; the store is closed before a server opens it."""
    with case.open() as store:
        return [case.embedded(store, question) for question in case.questions], case.trained(store)


def check_training(case, question, expected, trained):
    for name, rows in expected.items():
        got = [trained[name][place] for place in question.rows]
        values = [value for value, _, _ in rows]
        assert got == values, case.explain("training", question, {name: values}, {name: got})


@pytest.mark.parametrize("batch", range(max(1, round(20 * CASES))))
def test_every_face_says_the_same(tmp_path, batch):
    case = FacesCase(folder_of(tmp_path), SEED, "faces", batch, count=QUESTIONS)
    embedded, trained = answers_on_the_folder(case)
    with Server(case.folder, "--grpc-port", "0") as server, FeastGrpc(server.grpc_address) as client:
        for question, expected in zip(case.questions, embedded, strict=True):
            check_training(case, question, expected, trained)
            got = case.over_arrow(server, question)
            assert got == expected, case.explain("/v1/features", question, expected, got)
            in_feasts_shape = case.in_whole_seconds(expected)
            got = case.over_grpc(client, question)
            assert got == in_feasts_shape, case.explain("gRPC", question, in_feasts_shape, got)
            if case.can_be_said_in_json(question):
                got = case.over_feast_json(server, question)
                assert got == in_feasts_shape, case.explain("/get-online-features", question, in_feasts_shape, got)


def test_the_questions_are_worth_asking(tmp_path):
    """Most projects have values, nulls and what was too old; some have text keys and computed values."""
    seen, computed = set(), 0
    for batch in range(4):
        (tmp_path / str(batch)).mkdir()
        case = FacesCase(folder_of(tmp_path / str(batch)), SEED, "faces", batch, count=50)
        answers, _ = answers_on_the_folder(case)
        seen |= {status for answer in answers for rows in answer.values() for _, status, _ in rows}
        computed += sum(name.startswith("made_") for name in case.dtypes)
    assert seen >= {"PRESENT", "NULL_VALUE", "NOT_FOUND", "OUTSIDE_MAX_AGE"} and computed > 0


def test_an_answer_of_another_instant_is_noticed(tmp_path):
    """The negative control: asked for a microsecond earlier, some answers differ, and some are the same."""
    case = FacesCase(folder_of(tmp_path), SEED, "faces", 0, count=QUESTIONS)
    embedded, _ = answers_on_the_folder(case)
    same = []
    with Server(case.folder, "--grpc-port", "0") as server, FeastGrpc(server.grpc_address) as client:
        for question, expected in zip(case.questions, embedded, strict=True):
            question.t -= 1
            same.append(case.over_grpc(client, question) == case.in_whole_seconds(expected))
    assert True in same and False in same
