"""What a rule of the second pass is, and how a module lists its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from nervegraph.findings import Severity
from nervegraph.study_tree import TreePath

Subject = TypeVar("Subject")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Defect:
    """What a rule found: the path of the value concerned, what is wrong, and what to do.

    `at_key` puts the finding on the field's name instead of its value.
    """

    path: TreePath
    message: str
    hint: str = ""
    at_key: bool = False


@dataclass(frozen=True)
class Rule(Generic[Subject, Found]):
    """One rule: its id never changes, its reason is the docstring of the function that carries it out."""

    id: str
    severity: Severity
    check: Callable[[Subject], Iterator[Found]]

    @property
    def reason(self) -> str:
        """Why the rule is there."""
        return (self.check.__doc__ or "").strip()


class RuleBook(Generic[Subject, Found]):
    """The rules of one module, in the order in which they are written."""

    def __init__(self) -> None:
        self.rules: list[Rule[Subject, Found]] = []

    def rule(
        self, rule_id: str, severity: Severity = "error"
    ) -> Callable[[Callable[[Subject], Iterator[Found]]], Callable[[Subject], Iterator[Found]]]:
        """A decorator that enters a function as the rule `rule_id`."""

        def enter(check: Callable[[Subject], Iterator[Found]]) -> Callable[[Subject], Iterator[Found]]:
            self.rules.append(Rule(rule_id, severity, check))
            return check

        return enter
