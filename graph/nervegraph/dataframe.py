"""The boundary around pandas: an answer as a DataFrame whose columns have types that know about empty cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from nervegraph.errors import SurroundingsError
from nervegraph.python_values import PythonValue, python_value
from nervegraph.rdfterms import Iri, Row

if TYPE_CHECKING:
    import pandas

    from nervegraph.answers import Answer


def build_dataframe(answer: Answer) -> pandas.DataFrame:
    """The rows: whole numbers as Int64, other numbers as Float64, yes or no as boolean, everything else as string.

    An empty cell is `pandas.NA` in each of them. IRIs are CURIEs; where their labels are known and no column holds
    them, one called `…_label` follows. `attrs` keeps the question's name, description, and what its columns mean.

    :raises SurroundingsError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise SurroundingsError(
            "pandas is not installed, and a DataFrame needs it; install it with: pip install 'nervegraph[pandas]'. "
            "Without it, to_dicts() gives the same rows."
        ) from error
    columns = dict(_columns_of(answer))
    frame = pandas.DataFrame({name: pandas.array(list(values), dtype=kind) for name, (kind, values) in columns.items()})
    if answer.question is not None:
        frame.attrs = {
            "question": answer.question.name,
            "description": answer.description,
            "empty_means": answer.empty_means,
            "columns": dict(answer.question.columns),
        }
    return frame


def _columns_of(answer: Answer) -> Iterator[tuple[str, tuple[Any, list[Any]]]]:
    for index, name in enumerate(answer.columns):
        values = [python_value(row[index]) for row in answer.rows]
        kind = _kind_of(values)
        yield name, (kind, [_fitted(value, kind) for value in values])
        if f"{name}_label" not in answer.columns and (labels := _labels_of(answer, answer.rows, index)):
            yield f"{name}_label", ("string", labels)


def _labels_of(answer: Answer, rows: Sequence[Row], index: int) -> list[PythonValue]:
    """The labels of the IRIs in a column; empty if none has one."""
    labels: list[PythonValue] = []
    for row in rows:
        term = row[index]
        labels.append(answer.labels.get(term.value) if isinstance(term, Iri) else None)
    return labels if any(labels) else []


def _kind_of(values: Sequence[PythonValue]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "boolean"
    if kinds == {int}:
        return "Int64"
    return "string" if not kinds or kinds & {bool, str} else "Float64"


def _fitted(value: PythonValue, kind: str) -> PythonValue:
    if value is None or kind in ("boolean", "Int64"):
        return value
    if kind == "Float64":
        return float(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
