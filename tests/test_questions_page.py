"""The page of the questions says what the questions say today, and every question can be found on it."""

from __future__ import annotations

import re

from gold import QUESTIONS
from questions_page import PAGE, build_page


def test_the_page_is_up_to_date() -> None:
    advice = "docs/questions.md is out of date; renew it with: python tests/questions_page.py"
    assert PAGE.read_text(encoding="utf-8") == build_page(), advice


def test_every_question_has_a_heading_and_a_link_and_stands_there_once() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert sorted(re.findall(r"^### (\w+)$", page, re.MULTILINE)) == sorted(QUESTIONS)
    assert sorted(re.findall(r"\]\(#(\w+)\)", page)) == sorted(QUESTIONS)
