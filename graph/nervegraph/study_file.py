"""A study file -> its record, or what is wrong with it: every schema error at its line and column, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from nervegraph import record_parts as parts
from nervegraph.crosschecks import StudyFacts, find_facts
from nervegraph.findings import Finding, did_you_mean, has_errors, show_briefly
from nervegraph.model import StudyFile
from nervegraph.partial_record import build_partial_record
from nervegraph.record_types import Vocabularies
from nervegraph.study_tree import Tree, TreePath
from nervegraph.yaml_positions import parse_tree, read_tree

# Longer lists of allowed words are not printed with each mistake.
_MOST_WORDS_SHOWN = 15


@dataclass(frozen=True)
class Reading:
    """What came of reading one study file.

    `record` is None as soon as one finding is an error. `partial` is what could be read in any case, for checks across
    fields (see `build_partial_record`); it is None only if the file is no YAML or has no fields at all. `findings` are
    sorted by position and hold all errors of YAML and schema in the file.
    """

    path: Path
    tree: Tree
    record: StudyFile | None
    partial: StudyFile | None
    findings: tuple[Finding, ...]

    @cached_property
    def facts(self) -> StudyFacts:
        """What checks between study files need of this one."""
        return find_facts(self.record, self.partial, self.tree)


def read_study_file(path: Path, vocabulary: Vocabularies) -> Reading:
    """The record in the study file at `path`, with everything that is wrong in it.

    :raises Misuse: there is no such file, or it is a directory or a device.
    :raises SurroundingsError: the file is there and cannot be opened or read.
    """
    return read_record(read_tree(path), vocabulary)


def parse_study_file(data: bytes, path: Path, vocabulary: Vocabularies) -> Reading:
    """The record in the bytes of a study file; `path` only names it in findings. Never raises."""
    return read_record(parse_tree(data, path), vocabulary)


def read_record(tree: Tree, vocabulary: Vocabularies) -> Reading:
    """The record in a tree, wherever that comes from. Never raises."""
    if tree.root is None:
        return Reading(tree.path, tree, None, None, tree.findings)
    try:
        record = StudyFile.model_validate(tree.root, context={"vocabulary": vocabulary})
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=True)
        translation = _Translation(tree, vocabulary)
        found = [finding for detail in details if (finding := translation.finding(detail))]
        partial = build_partial_record(tree, vocabulary)
        return Reading(tree.path, tree, None, partial, tuple(sorted({*tree.findings, *found})))
    if has_errors(tree.findings):
        return Reading(tree.path, tree, None, build_partial_record(tree, vocabulary), tree.findings)
    return Reading(tree.path, tree, record, record, tree.findings)


class _Translation:
    """Turns pydantic's errors about one tree into findings."""

    def __init__(self, tree: Tree, vocabulary: Vocabularies) -> None:
        self._tree = tree
        self._vocabulary = vocabulary

    def finding(self, error: ErrorDetails) -> Finding | None:
        """The finding for one error; None if an earlier finding has said the same."""
        path = tuple(error["loc"])
        if path in self._tree.refused:
            return None
        match error["type"]:
            case "extra_forbidden":
                return self._unknown_field(path)
            case "missing":
                return self._missing_field(path, error["input"])
            case "model_type" | "model_attributes_type" | "dict_type":
                return self._not_a_block(path, error["input"])
            case "list_type":
                return self._not_a_list(path, error["input"])
            case "too_short":
                return self._too_few(path, error.get("ctx", {}).get("min_length", 1))
            case "not-text":
                return self._not_text(path, error["input"])
            case rule:
                return self._wrong_value(path, rule, error)

    def _at_value(self, path: TreePath, rule: str, message: str, hint: str) -> Finding:
        return Finding(self._tree.path, *self._tree.position(path), rule, message, hint)

    def _unknown_field(self, path: TreePath) -> Finding:
        known = parts.field_names(path[:-1])
        meant = did_you_mean(str(path[-1]), known)
        elsewhere = [name for name in parts.part_names_with(str(path[-1])) if name]
        if meant:
            hint = f"Did you mean '{meant}'?"
        elif elsewhere:
            hint = f"It belongs to {_listed(elsewhere, 'or')}; check the indentation."
        else:
            hint = f"The fields here are {_listed(known, 'and')}."
        line, column = self._tree.key_position(path)
        message = f"'{show_briefly(str(path[-1]))}' is not a field I know {_place_name(path[:-1])}."
        return Finding(self._tree.path, line, column, "unknown-field", message, hint)

    def _missing_field(self, path: TreePath, block: dict[str, object]) -> Finding | None:
        known = parts.field_names(path[:-1])
        if any(did_you_mean(name, known) == path[-1] for name in block if name not in known):
            return None
        expected = parts.expectation(path, self._vocabulary)
        message = f"'{path[-1]}' is missing {_place_name(path[:-1])}."
        advice = self._tree.advice
        template = advice.add_list if parts.is_list_of_parts(path) else advice.add_value
        # Where the place of a missing value is known, as in a table, the finding stands there.
        return self._at_value(path, "missing-field", message, template.format(name=path[-1], expected=expected))

    def _not_a_block(self, path: TreePath, given: object) -> Finding:
        name = _name(path)
        if isinstance(given, str) and ":" in given.strip(": ") and " " not in given.split(":")[0]:
            message = f"There is no space after the colon in '{show_briefly(given)}'."
            return self._at_value(path, "space-after-colon", message, "Write a space between the colon and the value.")
        kind = "a list" if isinstance(given, list) else f"the text '{show_briefly(str(given))}'"
        fields = ", ".join(parts.field_names(path)[:5])
        hint = f"Write its fields, each with a colon and a value, on lines of their own ({fields}, …)."
        return self._at_value(
            path, "not-a-block", f"{name} is made of fields of its own, but {kind} stands here.", hint
        )

    def _not_a_list(self, path: TreePath, given: object) -> Finding:
        kind = "a block of fields" if isinstance(given, dict) else f"the text '{show_briefly(str(given))}'"
        hint = "Begin each entry on a line of its own with a dash and a space, indented by two spaces."
        return self._at_value(path, "not-a-list", f"{_name(path)} is a list, but {kind} stands here.", hint)

    def _too_few(self, path: TreePath, least: int) -> Finding:
        entries = "one entry" if least == 1 else f"{least} entries"
        message = f"{_name(path)} needs at least {entries}."
        return self._at_value(path, "too-few-entries", message, self._tree.advice.add_entry)

    def _not_text(self, path: TreePath, given: object) -> Finding:
        if isinstance(given, list):
            hint = "Write one value only; if the brackets or the dash belong to the text, put double quotes around it."
            return self._at_value(path, "not-text", f"{_name(path)} is one value, but a list stands here.", hint)
        hint = "Write the value on the same line; if braces or a colon belong to the text, put double quotes around it."
        return self._at_value(path, "not-text", f"{_name(path)} is one value, but a block of fields stands here.", hint)

    def _wrong_value(self, path: TreePath, rule: str, error: ErrorDetails) -> Finding:
        context = error.get("ctx", {})
        suggestion, allowed = context.get("suggestion"), context.get("allowed")
        hint = ""
        if suggestion:
            hint = f"Did you mean '{suggestion}'?"
        elif allowed and len(allowed) <= _MOST_WORDS_SHOWN:
            hint = f"Allowed: {', '.join(allowed)}."
        elif allowed:
            hint = f"None of the {len(allowed)} words that may stand here is near; docs/adding-a-study.md lists them."
        message = error["msg"]
        for fact in context.values():
            if isinstance(fact, str):
                message = message.replace(fact, show_briefly(fact))
        sentence = f"{message[0].upper()}{message[1:].rstrip('.')}."
        return self._at_value(path, rule.replace("_", "-"), sentence, hint)


def _listed(words: list[str], last: str) -> str:
    quoted = [f"'{word}'" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"


def _name(path: TreePath) -> str:
    """A part of the file in words: `'drugs'`, or `An entry of 'drugs'`."""
    if path and isinstance(path[-1], int):
        return f"An entry of '{path[-2]}'"
    return f"'{path[-1]}'" if path else "The file"


def _place_name(path: TreePath) -> str:
    names = [step for step in path if isinstance(step, str)]
    return f"under '{names[-1]}'" if names else "at the top of a study file"
