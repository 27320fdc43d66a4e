"""The second pass over study files: contradictions between fields, within one file and between files.

Each rule is a small function in the module of its subject; its docstring says why it is there. A record need not be
complete: fields that could not be read are left out of account, so that a spelling mistake hides no contradiction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from nervegraph import model
from nervegraph.crosschecks import claims, corpus, course, identity, outcomes, people, places, treatments
from nervegraph.crosschecks.corpus import Corpus
from nervegraph.crosschecks.facts import StudyFacts, find_facts
from nervegraph.crosschecks.parts import StudyParts
from nervegraph.crosschecks.rules import Defect, Rule
from nervegraph.crosschecks.unread import fill_unread
from nervegraph.findings import Finding
from nervegraph.study_tree import Tree

_STUDY_RULES = [
    rule for module in (identity, places, people, treatments, outcomes, course, claims) for rule in module.BOOK.rules
]

RULES: Mapping[str, Rule[Any, Any]] = MappingProxyType({rule.id: rule for rule in (*_STUDY_RULES, *corpus.BOOK.rules)})
"""Every rule of the second pass by its id."""


def find_contradictions(record: model.StudyFile, tree: Tree, *, is_whole: bool = False) -> list[Finding]:
    """What does not fit together in one study file, sorted by position; empty if nothing was found.

    :param record: the record made from `tree`; it may lack fields that could not be read.
    :param tree: the file as read; findings stand where the value concerned stands in it.
    :param is_whole: the record is known to lack nothing.
    """
    whole, unread = (record, frozenset[tuple[int, str]]()) if is_whole else fill_unread(record)
    study = StudyParts(whole, tree, unread)
    return sorted(_finding(rule, defect, tree) for rule in _STUDY_RULES for defect in rule.check(study))


def find_corpus_contradictions(facts: Iterable[StudyFacts]) -> list[Finding]:
    """What does not fit together between study files that are built together, sorted.

    Files with errors of their own are left out of account, but the studies in them count as present.
    """
    together = Corpus(facts)
    return sorted(
        Finding(found.study.path, *found.at, rule.id, found.message, found.hint, rule.severity)
        for rule in corpus.BOOK.rules
        for found in rule.check(together)
    )


def _finding(rule: Rule[Any, Any], defect: Defect, tree: Tree) -> Finding:
    line, column = tree.key_position(defect.path) if defect.at_key else tree.position(defect.path)
    return Finding(tree.path, line, column, rule.id, defect.message, defect.hint, rule.severity)


__all__ = ["RULES", "StudyFacts", "find_contradictions", "find_corpus_contradictions", "find_facts"]
