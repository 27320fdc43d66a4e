"""The short way to read a study file gives what the YAML parser gives, or leaves the file to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nervegraph.plain_yaml import read_plain_tree
from nervegraph.resources import list_study_files, resource_directory
from nervegraph.simulation import Cohort, build_study_trees
from nervegraph.study_tree import Tree, TreePath, Value
from nervegraph.study_yaml import format_study_yaml
from nervegraph.yaml_positions import parse_tree
from nervegraph.yaml_refusals import MAX_DEPTH

TESTS = Path(__file__).parent
SHIPPED = list_study_files(resource_directory("studies"))
FILES = [*SHIPPED, *list_study_files(TESTS / "data"), *list_study_files(TESTS / "invalid")]
FILE = Path("study.yaml")

PLAIN = """\
# a comment
study: alpha-2001
title: "Two: a title" # with a comment
journal: 'Neurology 7:1-9'
authors: Alpha A, Beta B-\x20\x20
url: https://example.org/a#b   # and another
change: -73.4
condition: [primary Sjögren's syndrome, lymphoma] # words
not read:
  - the tables
  - >-
    what stands
    on the last page

groups:
  - id: all
    note: >-
      One line.
      # no comment

    neuropathy: <painful>
    treatments: # what was given
      - id: first
        drugs:
          -   drug: IVIG
              role: index
people:
  - id: p1
"""

# One thing each that the plain style does not have; all but the last line would be plain.
NOT_PLAIN = [
    "", "# only a comment", "- a", "a", "a:", "a: 1\na: 2", "a: ~", "a: null", "a: 1\n  b: 2", "a: 1\n  2",
    "a:\n  b: 1\n c: 2", "a:\n- b", "a:\n  - b\n  c: 1", "a:\n  b: 1\n  - c", "a: {b: c}", "a: [b, 'c']", "a: []",
    "a: [b, null]", "a: |\n  b", "a: >\n  b", "a: >-\n  b\n\n  c", "a: >-\n  b\n    c", "a: >-\n\n  b", "a: >-",
    "a: >-\nb: 1", "a: >-\n  b\n   \nc: 1", 'a: "b\\n"', "a: 'b''c'", 'a: "b" c', 'a: "b', 'a: ""', "a: b: c", "a: b:",
    "a: b #c", "a: b  #c", "a: &b c", "a: *b", "a: !b c", "a: @b", "a: `b", "a: %b", "? a", '"a": b', "a b:c", "-a: b",
    "<<: b", "a:\n  -", "a:\n  - - b", "a:\n  - ~", "---\na: b", "a: b\n...", "a: b\n---\na: b", " a: b", "a: b\n c: d",
    "a: \u00a0b", "é: b",
]  # fmt: skip


def _paths(value: Value, path: TreePath = ()) -> Iterator[TreePath]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in inner:
        yield from _paths(part, (*path, step))


def _places(tree: Tree) -> list[tuple[TreePath, tuple[int, int], tuple[int, int]]]:
    paths = _paths(tree.root) if tree.root is not None else ()
    return [(path, tree.position(path), tree.key_position(path)) for path in paths]


def _assert_both_ways_agree(data: bytes) -> None:
    short, careful = parse_tree(data, FILE), parse_tree(data, FILE, plain=False)
    assert short == careful
    assert _places(short) == _places(careful)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_study_file_of_this_project_has_one_tree_with_one_set_of_places(path: Path) -> None:
    _assert_both_ways_agree(path.read_bytes())


def test_nearly_all_shipped_files_and_all_simulated_ones_are_read_the_short_way() -> None:
    shipped = [path.read_text(encoding="utf-8") for path in SHIPPED]
    assert sum(read_plain_tree(text) is not None for text in shipped) > 0.9 * len(shipped)
    for tree in build_study_trees(Cohort.of(200, 1)):
        text = format_study_yaml(tree)
        assert read_plain_tree(text) is not None
        _assert_both_ways_agree(text.encode())


def test_everything_the_plain_style_has_is_read_the_short_way() -> None:
    assert read_plain_tree(PLAIN) is not None
    _assert_both_ways_agree(PLAIN.encode())
    tree = parse_tree(PLAIN.encode(), FILE)
    assert tree.findings == ()
    assert tree.root is not None
    assert tree.root["not read"] == ["the tables", "what stands on the last page"]
    assert tree.position(("groups", 0, "treatments", 0, "drugs", 0, "drug")) == (25, 21)


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_whatever_is_not_in_the_plain_style_is_left_to_the_yaml_parser(text: str) -> None:
    assert read_plain_tree(text) is None
    _assert_both_ways_agree(text.encode())


def test_a_file_as_deep_as_may_be_is_plain_and_a_deeper_one_is_refused() -> None:
    def nested(levels: int) -> str:
        return "".join(f"{' ' * level}a:\n" for level in range(levels - 1)) + " " * (levels - 1) + "a: b\n"

    assert read_plain_tree(nested(MAX_DEPTH)) is not None
    assert read_plain_tree(nested(MAX_DEPTH + 1)) is None
    _assert_both_ways_agree(nested(MAX_DEPTH).encode())
    _assert_both_ways_agree(nested(MAX_DEPTH + 1).encode())


def test_thousands_of_texts_over_several_lines_are_read_in_one_pass() -> None:
    text = "".join(f"field {number}: >-\n  one\n  two\n\n" for number in range(7000))
    read = read_plain_tree(text)
    assert read is not None
    assert set(read[0].values()) == {"one two"}


# Pieces of lines, so that whole files come about which are nearly plain.
INDENTATIONS = st.integers(0, 4).map(lambda levels: " " * levels)
STARTS = st.sampled_from(
    ["", "- ", "-", "-  ", "a: ", "b: ", "c d:", "a:  ", "- a: ", "- b:", "'a': ", "# ", "? ", "a :"]
)  # fmt: skip
TEXTS = st.sampled_from([
    "", "x", "x y", "-1", "x: y", "x:", "x:y", "x #y", "x # y", "x#y", "# x", "#x",
    '"x"', '"x" # y', '"x"y', "'x'", "''",
    ">-", ">- # x", ">", "|", "[x, y]", "[x,y ]  # z", "[x, 'y']", "[x, null]", "[", "{x: y}", "~", "null",
    "&x y", "<x>", "x ",
    "x  ", "x\u00a0", "\u00a0x", "é", "...", "---", "\\", "x\ty", "x\r", "%x",
])  # fmt: skip
LINES = st.builds("{}{}{}".format, INDENTATIONS, STARTS, TEXTS)


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.lists(LINES, max_size=9).map("\n".join))
def test_no_text_whatever_is_read_in_two_ways(text: str) -> None:
    _assert_both_ways_agree(text.encode())


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 24), st.sampled_from(["", " ", "  "]), LINES), min_size=1, max_size=3))
def test_no_file_that_was_plain_before_an_edit_is_read_in_two_ways(edits: list[tuple[int, str, str]]) -> None:
    lines = PLAIN.split("\n")
    for at, more, line in edits:
        lines[at : at + len(more)] = [more + line]
    _assert_both_ways_agree("\n".join(lines).encode())
