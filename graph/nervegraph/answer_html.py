"""An answer as HTML for a notebook. Every text is escaped; there are no scripts, styles from elsewhere or links."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from nervegraph.rdfterms import Iri, Literal, Term

if TYPE_CHECKING:
    from nervegraph.answers import Answer

MOST_ROWS = 200
"""Rows shown in a notebook before the rest is only counted."""


def format_html(answer: Answer) -> str:
    """A table with its question above and its notes below; triples are Turtle in a block."""
    from nervegraph.answers import for_reading, show_text

    parts = []
    if answer.question is not None and answer.question.summary:
        about = f"<p>{escape(show_text(answer.description))}</p>" if answer.description else ""
        parts.append(f"<details><summary>{escape(show_text(answer.question.summary))}</summary>{about}</details>")
    if answer.kind == "rows":
        shown = for_reading(answer.results)
        head = "".join(f"<th>{escape(show_text(name))}</th>" for name in shown.columns)
        rows = "".join(_row(answer, row) for row in shown.rows[:MOST_ROWS])
        parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
        if (rest := len(shown.rows) - MOST_ROWS) > 0:
            parts.append(f"<p>{rest:,} more rows are not shown.</p>")
    else:
        text = answer.to_text("ttl" if answer.kind == "triples" else "table")
        parts.append(f"<pre>{escape(text)}</pre>")
    parts += [f"<p>{escape(show_text(note))}</p>" for note in answer.notes()]
    return "".join(parts)


def _row(answer: Answer, row: Iterable[Term | None]) -> str:
    return f"<tr>{''.join(_cell(answer, term) for term in row)}</tr>"


def _cell(answer: Answer, term: Term | None) -> str:
    from nervegraph.answers import show_term, show_text

    text = escape(show_term(term))
    if isinstance(term, Iri) and (label := answer.labels.get(term.value)):
        return f'<td title="{text}">{escape(show_text(label))}</td>'
    is_number = isinstance(term, Literal) and term.value.lstrip("+-").replace(".", "", 1).isdigit()
    return f'<td style="text-align: right">{text}</td>' if is_number else f"<td>{text}</td>"
