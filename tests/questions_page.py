"""The page `docs/questions.md`: every shipped question by topic, from its front matter.

`python tests/questions_page.py` writes it anew; a test fails when it is out of date.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from gold import QUESTIONS
from nervegraph.questions import Question
from nervegraph.report import SECTIONS
from tracked_files import ROOT

PAGE = ROOT / "docs" / "questions.md"
_HEAD = """\
# The questions that come with NerveGraph

This page is written by `python tests/questions_page.py` from the questions themselves, in `queries/questions/`; nobody
edits it. `nervegraph questions` lists the names, and `nervegraph query NAME` asks one. A parameter is set with
`--set drug=rituximab`; a drug stands for all that lies below it, such as `glucocorticoid` for every one of them, unless
the question says otherwise. With `all`, a parameter is left open.
"""
_WIDTH = 120


def build_page() -> str:
    """The whole page: a list of the topics, then each topic with its questions in the order of their names."""
    topics = [(heading, [one for one in QUESTIONS.values() if topic_of(one) == tag]) for tag, heading in SECTIONS]
    blocks = [_HEAD, "\n".join(_list_of_topics(topics)) + "\n"]
    for heading, questions in topics:
        blocks.append(f"## {heading}\n")
        blocks += ["\n".join(_question_lines(one)) + "\n" for one in questions]
    return "\n".join(blocks)


def topic_of(question: Question) -> str:
    """The tag under which the report and this page show a question."""
    return next(tag for tag, _ in SECTIONS if tag in question.tags)


def _list_of_topics(topics: Iterable[tuple[str, list[Question]]]) -> Iterator[str]:
    for heading, questions in topics:
        yield f"- {heading}"
        yield from (f"  - [{one.summary}](#{one.name})" for one in questions)


def _question_lines(question: Question) -> Iterator[str]:
    yield f"### {question.name}\n"
    yield f"**{question.summary}**\n"
    yield from textwrap.wrap(question.description, _WIDTH)
    if question.parameters:
        yield ""
    for one in question.parameters.values():
        yield from textwrap.wrap(
            f"- `{one.name}`: {one.about} (default `{one.default}`)", _WIDTH, subsequent_indent="  "
        )


if __name__ == "__main__":
    PAGE.write_text(build_page(), encoding="utf-8", newline="\n")
