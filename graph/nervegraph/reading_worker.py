"""A process that reads study files for another one: started, fed and ended by `reading_processes`.

It takes its task and then lists of paths from standard input, and writes one list of results for each. When the other
process is gone, standard input ends, and so does this one.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from typing import Any

from nervegraph.checked_studies import check_study
from nervegraph.errors import NerveGraphError


def main() -> None:
    """Read what is asked for until nothing more is."""
    # An interrupt from the terminal reaches all processes; the one that started this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    try:
        vocabulary, take = pickle.load(requests)  # noqa: S301 - it comes from the process that started this one
        while True:
            results: list[Any] = []
            for path in pickle.load(requests):  # noqa: S301 - as above
                try:
                    results.append(check_study(path, vocabulary, take))
                except NerveGraphError as error:
                    results.append(error)
                    break
            pickle.dump(results, answers, protocol=pickle.HIGHEST_PROTOCOL)
            answers.flush()
    except (EOFError, BrokenPipeError):
        # Nobody waits for what is left; closing the broken pipe in order would complain once more.
        os._exit(0)
