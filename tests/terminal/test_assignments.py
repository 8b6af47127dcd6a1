from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sidecar.terminal.assignments import parameters_of
from sidecar.terminal.faults import UsageError
from sidecar.terminal.interface import Interface


def typed(interface: Interface, name: str, *words: str, **given: Any) -> dict[str, Any]:
    return parameters_of(interface, interface.method(name), words, given)


def refusal(interface: Interface, name: str, *words: str, **given: Any) -> str:
    with pytest.raises(UsageError) as refused:
        typed(interface, name, *words, **given)
    return str(refused.value)


def test_text_is_taken_as_it_is_and_numbers_and_truth_as_json(interface: Interface) -> None:
    assert typed(interface, "speech.make", "text=12", "title=true", "seed=7", "speed=1.5", "stream=false") == {
        "text": "12",
        "title": "true",
        "seed": 7,
        "speed": 1.5,
        "stream": False,
        "wait": True,
    }


def test_only_the_first_equals_sign_divides(interface: Interface) -> None:
    assert typed(interface, "speech.make", "text=1 + 1 = 2")["text"] == "1 + 1 = 2"


def test_null_clears_only_what_may_be_null(interface: Interface) -> None:
    params = typed(interface, "speech.make", "text=null", "title=null", "seed=null")
    assert (params["text"], params["title"], params["seed"]) == ("null", None, None)


def test_a_dot_leads_into_an_object_of_any_form(interface: Interface) -> None:
    words = ("sampling.top_k=5", "sampling.top_p=0.5", "voice.kind=preset", "voice.voice_id=7")
    params = typed(interface, "speech.make", *words)
    assert params["sampling"] == {"top_k": 5, "top_p": 0.5}
    assert params["voice"] == {"kind": "preset", "voice_id": "7"}


def test_a_dot_gives_a_value_to_a_name_of_ones_own_where_the_schema_leaves_names_open(interface: Interface) -> None:
    params = typed(interface, "speech.make", "speakers.Ada=7", "speakers.Ben=null")
    assert params["speakers"] == {"Ada": "7", "Ben": "null"}


def test_objects_and_lists_can_be_given_whole(interface: Interface) -> None:
    params = typed(interface, "speech.make", 'sampling={"top_k": 5}', 'effects=[{"type": "echo"}]')
    assert (params["sampling"], params["effects"]) == ({"top_k": 5}, [{"type": "echo"}])


def test_an_at_sign_reads_a_file(interface: Interface, tmp_path: Path) -> None:
    (tmp_path / "story.txt").write_text("Käse, =\nand more", "utf-8")
    (tmp_path / "seed.txt").write_text("7\n", "utf-8")
    words = (f"text=@{tmp_path}/story.txt", f"seed=@{tmp_path}/seed.txt")
    params = typed(interface, "speech.make", *words)
    assert (params["text"], params["seed"]) == ("Käse, =\nand more", 7)


def test_a_file_that_cannot_be_read_is_named(interface: Interface, tmp_path: Path) -> None:
    assert "nothing.txt" in refusal(interface, "speech.make", f"text=@{tmp_path}/nothing.txt")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in refusal(interface, "speech.make", f"text=@{tmp_path}/binary")


def test_words_are_added_to_a_given_object_and_leave_it_alone(interface: Interface) -> None:
    given = {"sampling": {"top_k": 5}}
    params = typed(interface, "speech.make", "sampling.top_p=0.5", "text=a", **given)
    assert params == {"sampling": {"top_k": 5, "top_p": 0.5}, "text": "a", "wait": True}
    assert given == {"sampling": {"top_k": 5}}


def test_a_job_is_waited_for_unless_one_says_otherwise(interface: Interface) -> None:
    assert typed(interface, "speech.make", "wait=false")["wait"] is False
    assert typed(interface, "speech.make", wait=False)["wait"] is False
    assert typed(interface, "speech.count") == {}


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("txt=a", "Did you mean text"),
        ("zzz=a", "There are: text, title"),
        ("sampling.topk=5", "sampling has no parameter 'topk'. Did you mean top_k"),
        ("text.more=a", "text is no object"),
        ("effects.type=a", "effects='[…]'"),
        ("seed=seven", "seed is integer or null, and 'seven' is not"),
        ("effects=echo", "effects is array"),
        ("hello", "'hello' is not of the form key=value"),
    ],
)
def test_what_makes_no_sense_is_refused_with_advice(interface: Interface, word: str, says: str) -> None:
    assert says in refusal(interface, "speech.make", word)


def test_an_unknown_name_in_json_is_refused_too(interface: Interface) -> None:
    assert "Did you mean text" in refusal(interface, "speech.make", txt="a")


def test_a_method_without_parameters_takes_none(interface: Interface) -> None:
    assert refusal(interface, "speech.count", "a=b") == "speech.count takes no parameters."


def test_a_parameter_given_whole_and_in_part_is_refused(interface: Interface) -> None:
    assert "whole and in part" in refusal(interface, "speech.make", "sampling=null", "sampling.top_k=5")


def test_an_unknown_method_brings_near_ones_to_mind(interface: Interface) -> None:
    with pytest.raises(UsageError, match=r"'speech\.mak'\. Did you mean speech\.make"):
        interface.method("speech.mak")
    with pytest.raises(UsageError, match=r"rpc\.discover lists them"):
        interface.method("x")
