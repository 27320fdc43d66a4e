"""Study files as trees of strings: nothing is changed silently, every trap is refused at its place."""

from __future__ import annotations

import errno
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nervegraph import yaml_positions
from nervegraph.errors import Misuse, SurroundingsError
from nervegraph.findings import Finding, did_you_mean, has_errors
from nervegraph.study_text import MAX_BYTES
from nervegraph.study_tree import Tree
from nervegraph.yaml_positions import parse_tree, read_tree

REFUSED = sorted((Path(__file__).parent / "invalid" / "yaml").glob("*.yaml"))
FILE = Path("study.yaml")
# What the contract allows for refusing a hostile file.
SECONDS_TO_REFUSE = 1.0

FRAGMENTS = [
    *("study: a\n", "groups:\n", "  - ", "id: x\n", "patients: ", "\n", " ", ": ", ":", "-", '"', "'", "[", "]", "{"),
    *("}", ",", "#", " #x", "&a ", "*a", "!x ", "!!int ", "|", ">", ">5", "%", "@", "`", "? ", "<<: ", "~", "null"),
    *("\n---\n", "...", "\t", "\r", "\x00", "\x85", "\u2028", "\ufeff", "\u00a0", "é", "\\", "\\ud800"),
    *("\\UFFFFFFFF", "\\x0", "🙂"),
]


def rules(tree: Tree) -> set[str]:
    return {finding.rule for finding in tree.findings}


def places(tree: Tree) -> list[tuple[int, int, str]]:
    return [(finding.line, finding.column, finding.rule) for finding in tree.findings]


def tree_of(text: str, *, fast: bool = yaml_positions.FAST_PARSER) -> Tree:
    return parse_tree(text.encode(), FILE, fast=fast)


@pytest.mark.parametrize("fast", [True, False], ids=["libyaml", "pure Python"])
@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_a_refused_file_is_reported_by_the_rule_it_is_named_after_and_by_no_other(path: Path, fast: bool) -> None:
    if fast and not yaml_positions.FAST_PARSER:
        pytest.skip("this PyYAML was built without libyaml")
    started = time.perf_counter()
    tree = parse_tree(path.read_bytes(), path, fast=fast)
    assert rules(tree) == {path.stem}
    assert has_errors(tree.findings)
    assert time.perf_counter() - started < SECONDS_TO_REFUSE


@pytest.mark.skipif(not yaml_positions.FAST_PARSER, reason="this PyYAML was built without libyaml")
@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_both_parsers_give_the_same_findings_and_the_same_tree(path: Path) -> None:
    data = path.read_bytes()
    assert parse_tree(data, path, fast=True) == parse_tree(data, path, fast=False)


def test_every_finding_says_what_is_wrong_and_what_to_write_instead() -> None:
    findings = [finding for path in REFUSED for finding in parse_tree(path.read_bytes(), path).findings]
    assert len({finding.rule for finding in findings}) == len(REFUSED) > 30
    for finding in findings:
        assert finding.message.endswith(".")
        assert finding.hint.endswith(".")
        assert "\n" not in str(finding)


def test_values_stay_the_text_that_was_typed() -> None:
    typed = {
        "country": "no",
        "version": "1.10",
        "id": "007",
        "time": "12:30:45",
        "date": "2020-13-45",
        "yes": "Yes",
        "size": "1_000",
        "hex": "0x1F",
        "infinity": ".inf",
        "sign": "=",
    }
    tree = tree_of("".join(f"{key}: {value}\n" for key, value in typed.items()))
    assert tree.root == typed
    assert tree.findings == ()


def test_quoted_and_folded_text_is_read_whole() -> None:
    tree = tree_of("a: \"x: y # z\"\nb: 'it''s'\nc: >-\n  one\n  two\nd: |\n  one\n  two\ne: one\n  two\n")
    assert tree.root == {"a": "x: y # z", "b": "it's", "c": "one two", "d": "one\ntwo\n", "e": "one two"}
    assert tree.findings == ()


def test_each_value_and_each_field_name_has_its_line_and_column() -> None:
    tree = tree_of("---\nstudy: a\ngroups:\n  - id: x\n    patients: 5\n    neuropathy: [é, ataxic]\n...\n")
    assert tree.position(("study",)) == (2, 8)
    assert tree.position(("groups", 0)) == (4, 5)
    assert tree.position(("groups", 0, "patients")) == (5, 15)
    assert tree.key_position(("groups", 0, "patients")) == (5, 5)
    assert tree.position(("groups", 0, "neuropathy", 1)) == (6, 21)
    assert tree.key_position(("groups", 0, "neuropathy", 1)) == (6, 21)


def test_the_position_of_something_absent_is_that_of_the_part_around_it() -> None:
    tree = tree_of("groups:\n  - id: x\n")
    assert tree.position(("groups", 0, "patients")) == (2, 5)
    assert tree.position(("groups", 7, "patients")) == (2, 3)
    assert tree.key_position(("people", 0)) == tree.position(()) == (1, 1)


def test_a_byte_order_mark_and_windows_line_ends_are_accepted() -> None:
    tree = parse_tree(b"\xef\xbb\xbfstudy: a\r\ntitle: b\r\n", FILE)
    assert (tree.root, tree.findings) == ({"study": "a", "title": "b"}, ())
    assert tree.position(("study",)) == (1, 8)
    assert tree.position(("title",)) == (2, 8)


def test_field_names_are_normalised_and_texts_are_kept() -> None:
    tree = tree_of("cafe\u0301: cafe\u0301\n")
    assert tree.root == {"caf\u00e9": "cafe\u0301"}
    assert rules(tree_of("cafe\u0301: 1\ncaf\u00e9: 2\n")) == {"duplicate-key"}


def test_several_mistakes_are_reported_in_one_run_in_the_order_of_the_file() -> None:
    tree = tree_of("a: 1\na: 2\nb: &x 3\nc: !!int 4\nd: *x\ne:\nf: 6\ng:\n  - <<: *x\n    h: \u00ad\n")
    assert places(tree) == [
        (2, 1, "duplicate-key"),
        (3, 4, "anchor"),
        (4, 4, "tag"),
        (5, 4, "alias"),
        (6, 1, "empty-value"),
        (9, 5, "merge-key"),
        (10, 5, "empty-value"),
        (10, 8, "invisible-character"),
    ]
    assert tree.root == {"a": "1", "f": "6", "g": [{}]}
    assert tree.refused == {("b",), ("c",), ("d",), ("e",), ("g", 0, "h")}


def test_of_a_duplicate_field_the_first_counts_and_its_line_is_named() -> None:
    tree = tree_of("a: 1\nb: 2\na: {x: [3]}\nc: 4\n")
    assert tree.root == {"a": "1", "b": "2", "c": "4"}
    assert "line 1" in tree.findings[0].message


@pytest.mark.parametrize("fast", [True, False], ids=["libyaml", "pure Python"])
@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"a: " + b"[" * 6000, "too-deep"),
        (b"{a: " * 6000, "too-deep"),
        (b"- " * 6000, "too-deep"),
        (b"".join(b" " * level + b"a:\n" for level in range(1500)), "too-deep"),
        (b"a: 1\na: " + b"[" * 6000, "too-deep"),
        (b"? " * 6000, "too-deep"),
        (b"a: " + b"x" * 6_000_000, "too-large"),
        (b"a: x\x00y\n", "control-character"),
        (b"a: 1\n" * 500, "too-many-findings"),
        (b"a: &a [x,x]\n" + b"".join(b"k%d: &k%d [*a,*a]\n" % (n, n) for n in range(40)), "alias"),
        ("study: a\n".encode("utf-16-le"), "control-character"),
        ("study: a\n".encode("utf-32"), "utf-16"),
        (b"\xff" * 4_000_000, "not-utf-8"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hostile_bytes_are_refused_within_a_second(data: bytes, rule: str, fast: bool) -> None:
    started = time.perf_counter()
    tree = parse_tree(data, FILE, fast=fast and yaml_positions.FAST_PARSER)
    assert rule in rules(tree)
    assert time.perf_counter() - started < SECONDS_TO_REFUSE


@pytest.mark.skipif(not yaml_positions.FAST_PARSER, reason="without libyaml millions of lines take seconds")
@pytest.mark.parametrize(("line", "rule"), [("%", "directive"), ("\x00", "control-character")])
def test_of_millions_of_lines_with_one_mistake_the_first_are_shown_at_their_places(line: str, rule: str) -> None:
    data = f"{line}\n".encode() * (MAX_BYTES // 2)
    *shown, last, empty = sorted(parse_tree(data, FILE).findings, key=lambda finding: finding.rule == "empty-file")
    assert [(finding.line, finding.column, finding.rule) for finding in shown] == [(at, 1, rule) for at in range(1, 20)]
    assert (last.line, last.rule, empty.rule) == (20, rule, "empty-file")
    assert last.hint.endswith("Look for the same further on.")


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_lines_are_counted_the_same_however_they_end(line_break: str) -> None:
    lines = ["% a", "b: \tc", "", "# \t comment", "d: e # \t comment", "f#\tg: h", "i\x07j: k", "% k"]
    assert places(tree_of(line_break.join(lines))) == [
        (1, 1, "directive"),
        (2, 4, "tab"),
        (6, 3, "tab"),
        (7, 2, "control-character"),
        (8, 1, "directive"),
    ]


def test_a_file_over_the_limit_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES * 1000)
    started = time.perf_counter()
    assert rules(read_tree(path)) == {"too-large"}
    assert time.perf_counter() - started < SECONDS_TO_REFUSE


def test_the_bad_byte_of_a_file_that_is_not_utf_8_is_located() -> None:
    (finding,) = parse_tree("study: a\ntitle: é Sjögren\n".encode("cp1252"), FILE).findings
    assert (finding.line, finding.column) == (2, 8)
    assert "'é'" in finding.message
    assert "UTF-8" in finding.hint


def test_a_missing_file_and_a_directory_are_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="no such file"):
        read_tree(tmp_path / "absent.yaml")
    with pytest.raises(Misuse, match="not a file"):
        read_tree(tmp_path)


def test_a_file_that_may_not_be_read_is_an_error_of_the_surroundings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "closed.yaml"
    path.write_text("study: a\n")

    def refuse(*arguments: object, **options: object) -> None:
        # What the system answers; taking the rights away would not stop an administrator from reading.
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SurroundingsError, match="cannot be read"):
        read_tree(path)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.binary(max_size=200))
def test_no_bytes_whatever_raise_an_error(data: bytes) -> None:
    for fast in {yaml_positions.FAST_PARSER, False}:
        tree = parse_tree(data, FILE, fast=fast)
        assert tree.root is not None or tree.findings


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join))
def test_no_text_whatever_raises_an_error_and_each_finding_lies_inside_it(text: str) -> None:
    for fast in {yaml_positions.FAST_PARSER, False}:
        tree = tree_of(text, fast=fast)
        assert tree.root is not None or tree.findings
        assert list(tree.findings) == sorted(tree.findings)
        for finding in tree.findings:
            assert 1 <= finding.line <= text.count("\n") + text.count("\r") + 2
            assert finding.column >= 1


def test_a_finding_reads_as_path_line_column_message_and_hint() -> None:
    finding = Finding(FILE, 3, 7, "duplicate-key", "It stands twice.", "Keep one.")
    assert str(finding) == "study.yaml:3:7: It stands twice. Keep one."
    assert str(Finding(FILE, 3, 7, "x", "Odd.", severity="warning")) == "study.yaml:3:7: warning: Odd."


def test_findings_sort_by_file_and_position() -> None:
    late, early = Finding(FILE, 10, 1, "a", "x"), Finding(FILE, 9, 40, "b", "y")
    assert sorted([late, early]) == [early, late]


@pytest.mark.parametrize(
    ("word", "meant"),
    [("imporved", "improved"), ("Improved", "improved"), ("notimproved", "not-improved"), ("zzz", None), ("", None)],
)
def test_the_nearest_known_word_is_suggested(word: str, meant: str | None) -> None:
    assert did_you_mean(word, ["worsened", "improved", "not-improved"]) == meant
