"""maplib's part of the measurements: `python maplib_steps.py load|ask TRIPLES [QUERY]` prints its figures as JSON.

It imports nothing of NerveGraph, because maplib brings libraries of its own; so it may run in another environment.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from pathlib import Path

from maplib import Model


def loaded(path: str) -> tuple[Model, float]:
    model = Model()
    start = time.perf_counter()
    model.read(path)
    return model, time.perf_counter() - start


def value_of(cell: object) -> str:
    """A cell as the text of its value: terms of mixed columns come in the syntax of N-Triples, others as they are."""
    text = "" if cell is None else str(cell)
    if text.startswith("<") and text.endswith(">"):
        return text[1:-1]
    if text.startswith('"'):
        return text[1 : text.rindex('"')].replace('\\"', '"').replace("\\\\", "\\")
    return text


def main() -> None:
    step, path, *query = sys.argv[1:]
    model, seconds = loaded(path)
    figures: dict[str, object] = {"seconds": seconds}
    if step == "ask":
        text = Path(query[0]).read_text(encoding="utf-8")
        times: list[float] = []
        while len(times) < 6 and sum(times) < 3:
            start = time.perf_counter()
            answer = model.query(text)
            times.append(time.perf_counter() - start)
        rows = [[value_of(cell) for cell in row] for row in answer.rows()]
        figures = {"seconds": statistics.median(times[1:] or times), "answer": rows}
    print(json.dumps({**figures, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


main()
