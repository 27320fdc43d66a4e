"""All measurements side by side in one run, as Markdown tables on standard output. See README.md in this folder.

Every figure is the median of several runs, each in a process of its own; what is compared takes turns, and ratios are
the median of the ratios of neighbouring runs, so that they hold on a machine that others use at the same time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path

import virtuoso

STEPS = Path(__file__).with_name("steps.py")
QUESTIONS = (
    "responses_by_study",
    "responses_by_drug",
    "shown_not_counted",
    "origin_of_outcomes",
    "size_of_the_graph",
)
ASKED = {
    "ask_ours": "NerveGraph",
    "ask_raw": "raw, same store",
    "ask_worker": "NerveGraph, own process",
    "ask_raw_union": "raw, engine's union",
    "ask_virtuoso": "Virtuoso",
    "ask_maplib": "maplib",
    "ask_rdflib": "rdflib",
}
PARTS = ("command", "reading", "loading", "checking", "asking")
Figures = dict[str, float]
Step = tuple[str, ...]


@dataclass
class Bench:
    """Runs steps and keeps their figures; a step that ran out of time is not started again."""

    limit_seconds: float
    runs: int
    figures: dict[Step, list[Figures]] = field(default_factory=dict)

    def run(self, *step: str, times_limit: int = 1) -> Figures | None:
        """The figures of one run of a step; None if it took too long, now or before.

        Steps that others stand on get a multiple of the time.
        """
        known = self.figures.setdefault(step, [])
        if known and "over" in known[-1]:
            return None
        print("  ", *step, file=sys.stderr)
        command = [sys.executable, str(STEPS), *step]
        try:
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=times_limit * self.limit_seconds)
        except subprocess.TimeoutExpired:
            known.append({"over": self.limit_seconds})
            return None
        known.append(json.loads(done.stdout))
        if "failed" in known[-1]:
            known[-1]["over"] = self.limit_seconds
            return None
        return known[-1]

    def take_turns(self, *steps: Step) -> None:
        for _ in range(self.runs):
            for step in steps:
                self.run(*step)

    def median(self, step: Step, name: str = "seconds") -> float | None:
        known = self.figures.get(step, [])
        if not known or "over" in known[-1]:
            return None
        return statistics.median(figures[name] for figures in known)

    def shown(self, step: Step, name: str = "seconds") -> str:
        if not self.figures.get(step):
            return "–"
        if "failed" in self.figures[step][-1]:
            return "failed"
        value = self.median(step, name)
        return f"over {self.limit_seconds:.0f}" if value is None else _number(value)

    def answered(self, step: Step, right: Step) -> str:
        """The seconds of an answer, and whether it is the right one: the same values in the same number of rows."""
        shown = self.shown(step)
        own, expected = (self.figures.get(each, [{}])[-1] for each in (step, right))
        if "digest" not in own or "digest" not in expected or own["digest"] == expected["digest"]:
            return shown
        other = "other values" if own["rows"] == expected["rows"] else f"{own['rows']:,} rows, not {expected['rows']:,}"
        return f"{shown} (wrong: {other})"

    def ratio(self, step: Step, floor: Step) -> str:
        """How many times the floor's time the step took."""
        if self.median(step) is None or self.median(floor) is None:
            return "–"
        # From the last ones back: a step may have been tried once before the turns began.
        pairs = zip(reversed(self.figures[step]), reversed(self.figures[floor]), strict=False)
        return f"{statistics.median(one['seconds'] / other['seconds'] for one, other in pairs):.2f}"


@cache
def is_maplib_installed() -> bool:
    python = os.environ.get("MAPLIB_PYTHON", sys.executable)
    return subprocess.run([python, "-c", "import maplib"], capture_output=True).returncode == 0


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print("|", " | ".join(header), "|")
    print("|", " | ".join("---" for _ in header), "|")
    for row in rows:
        print("|", " | ".join(row), "|")
    print(flush=True)


@dataclass(frozen=True)
class Place:
    """Where the data of one size lie."""

    root: Path
    patients: int

    def __getattr__(self, name: str) -> str:
        return str(self.root / str(self.patients) / name)

    @property
    def studies(self) -> str:
        return str(Path(self.nquads) / "synthetic.nq")

    @property
    def whole_nq(self) -> str:
        """The whole graph; engines tell the format by the suffix."""
        return f"{self.whole}.nq"

    @property
    def whole_nt(self) -> str:
        return f"{self.whole}.nt"

    @property
    def studies_nt(self) -> str:
        return f"{self.nquads}.nt"


def prepare(bench: Bench, place: Place, parts: Sequence[str]) -> None:
    Path(place.files).parent.mkdir(parents=True)
    if "reading" in parts:
        bench.run("make_files", str(place.patients), place.files, times_limit=10)
    if {"loading", "checking", "asking"} & {*parts}:
        bench.run("make_nquads", str(place.patients), place.nquads, times_limit=10)
    if {"checking", "asking"} & {*parts}:
        bench.run("make_whole", place.nquads, place.whole_nq, times_limit=10)
        bench.run("keep_stores", place.whole_nq, place.ours, place.raw, times_limit=10)
    if "asking" in parts:
        bench.run("make_triples", place.whole_nq, place.whole_nt, times_limit=10)
        if virtuoso.is_installed():
            bench.run("keep_virtuoso", place.whole_nq, place.virtuoso, times_limit=10)
    if "loading" in parts:
        bench.run("make_triples", place.studies, place.studies_nt, times_limit=10)


def measure_loading(bench: Bench, place: Place, rdflib_up_to: int) -> None:
    made: Step = ("make_nquads", str(place.patients), place.nquads)
    triples = bench.median(made, "triples") or 0
    floor: Step = ("load_raw", place.studies)
    steps: list[tuple[str, Step]] = [
        ("records → N-Quads", ("records", str(place.patients))),
        ("N-Quads → store, raw `bulk_load` (the floor)", floor),
        ("N-Quads → store, raw, then `optimize`", ("load_raw_optimized", place.studies)),
        ("N-Quads → store, NerveGraph", ("load_ours", place.studies)),
        ("N-Quads → memory, raw", ("load_memory_raw", place.studies)),
        ("N-Quads → memory, NerveGraph", ("load_memory_ours", place.studies)),
    ]
    if virtuoso.is_installed():
        steps.append(("N-Quads → store, Virtuoso", ("load_virtuoso", place.studies)))
    if is_maplib_installed():
        steps.append(("N-Triples → memory, maplib", ("load_maplib", place.studies_nt)))
    if place.patients <= rdflib_up_to:
        steps.append(("N-Quads → memory, rdflib", ("load_rdflib", place.studies)))
    bench.take_turns(*(step for _, step in steps))
    print(f"### Loading: {place.patients:,} patients, {triples:,.0f} triples\n")
    rows = []
    for name, step in steps:
        seconds = bench.median(step)
        speed = _number(triples / seconds) if seconds else "–"
        rows.append([name, bench.shown(step), speed, bench.ratio(step, floor), bench.shown(step, "peak_mb")])
    print_table(["step", "seconds", "triples per second", "times the floor", "peak MB"], rows)
    parts = [bench.shown(("records", str(place.patients)), f"{name}_seconds") for name in ("validate", "lines")]
    print(f"Of the records' time, checking the fields took {parts[0]} s and writing the lines {parts[1]} s. ", end="")
    print(f"Writing the cohort as N-Quads took {bench.shown(made)} s and {bench.shown(made, 'peak_mb')} MB. ", end="")
    stores = [bench.shown(step, "store_mb") for step in (("load_ours", place.studies), floor)]
    print(f"On disk: ours {stores[0]} MB, raw {stores[1]} MB.\n")


def measure_reading(bench: Bench, place: Place) -> None:
    one, two, gather = (
        ("check_files", place.files, "1"),
        ("check_files", place.files, "2"),
        ("gather_files", place.files),
    )
    floor: Step = ("read_trees", place.files, "events")
    steps: list[tuple[str, Step]] = [
        ("events of the YAML parser alone (the floor)", floor),
        ("trees, by the YAML parser", ("read_trees", place.files, "yaml")),
        ("trees, in the plain style", ("read_trees", place.files, "plain")),
        ("check, one process", one),
        ("check, two processes", two),
        ("reading part of a build", gather),
    ]
    bench.take_turns(*(step for _, step in steps))
    files = bench.median(one, "files") or 0
    print(f"### Reading: {place.patients:,} patients, {files:,.0f} study files\n")
    rows = []
    for name, step in steps:
        seconds = bench.median(step)
        speed = _number(files / seconds) if seconds else "–"
        processor = "–" if step[0] == "read_trees" else bench.shown(step, "processor_seconds")
        rows.append([name, bench.shown(step), processor, speed, bench.ratio(step, floor), bench.shown(step, "peak_mb")])
    print_table(["step", "seconds", "on processors", "files per second", "times the floor", "peak MB"], rows)
    print(f"Sorting the {bench.shown(gather, 'nquads_mb')} MB took {bench.shown(gather, 'sort_seconds')} s more.\n")


def measure_checking(bench: Bench, place: Place, pyshacl_up_to: int) -> None:
    whole = ("make_whole", place.nquads, place.whole_nq)
    queries, rules, shapes = ("check_queries", place.ours), ("derive_at_once", place.nquads), ("shapes", place.ours)
    pyshacl = ("shapes_pyshacl", place.whole_nq)
    bench.take_turns(queries, shapes, rules)
    if place.patients <= pyshacl_up_to:
        bench.run(*pyshacl)
    print(f"### Checking: {place.patients:,} patients\n")
    rows = []
    for name, step in (
        ("check queries", queries),
        ("shapes", shapes),
        ("shapes, pySHACL", pyshacl),
        ("rules, all studies at once", rules),
        ("rules, four studies at a time", whole),
    ):
        rows.append([name, bench.shown(step), bench.shown(step, "peak_mb")])
    print_table(["step", "seconds", "peak MB"], rows)
    for name, step in (("check query", queries), ("rule", rules)):
        known = bench.figures.get(step) or [{}]
        own = {each: value for each, value in known[-1].items() if "_" in each and not each.endswith("_mb")}
        slowest = sorted(own, key=lambda each: -own[each])[:4]
        if slowest:
            print(f"Slowest {name}:", ", ".join(f"{each} {_number(own[each])} s" for each in slowest) + ".\n")


def measure_asking(bench: Bench, place: Place, questions: Sequence[str], rdflib_up_to: int) -> None:
    rows = []
    for question in questions:
        ours, worker = ("ask_ours", place.ours, question), ("ask_worker", place.ours, question)
        raw, union = ("ask_raw", place.ours, question), ("ask_raw_union", place.raw, question)
        others: list[Step] = [union]
        if virtuoso.is_installed():
            others.append(("ask_virtuoso", place.virtuoso, question))
        if is_maplib_installed():
            others.append(("ask_maplib", place.whole_nt, question))
        # Where ours does not come to its end, the floor alone is of interest.
        bench.run(*ours)
        if bench.median(ours) is None:
            bench.run(*raw)
        else:
            bench.take_turns(ours, raw, worker, *others)
        if place.patients <= rdflib_up_to:
            others.append(("ask_rdflib", place.whole_nq, question))
            bench.run(*others[-1])
        shown = {step[0]: bench.answered(step, ours) for step in (ours, raw, worker, *others)}
        cells = [shown.get(name, "–") for name in ASKED]
        rows.append([question, *cells, bench.ratio(ours, raw), bench.ratio(worker, raw)])
    print(f"### Asking: {place.patients:,} patients, seconds\n")
    print_table(["question", *ASKED.values(), "NerveGraph ÷ raw", "own process ÷ raw"], rows)


def measure_command(bench: Bench, root: Path) -> None:
    build = root / "evidence"
    program = [sys.executable, "-c", "from nervegraph.cli import main; main()", "build", "--output", str(build)]
    subprocess.run(program, check=True, capture_output=True)
    steps: list[tuple[str, Step]] = [
        ("`python -c pass`", ("start_python", "pass")),
        ("`import typer`", ("start_python", "import typer")),
        ("`import typer, pydantic`, which it needs to read parameters", ("start_python", "import typer, pydantic")),
        ("`nervegraph query responses_by_study`", ("query_command", str(build))),
    ]
    for _ in range(7):
        for _, step in steps:
            bench.run(*step)
    print("### The command line on the shipped evidence, start to end\n")
    rows = [[name, bench.shown(step), bench.shown(step, "processor_seconds")] for name, step in steps]
    print_table(["command", "seconds", "on processors"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, nargs="+", default=[1000, 10_000], help="sizes of the cohorts")
    parser.add_argument("--runs", type=int, default=3, help="runs of each step")
    parser.add_argument("--limit", type=float, default=120, help="seconds after which a step is given up")
    parser.add_argument("--rdflib-up-to", type=int, default=10_000, help="largest cohort that rdflib loads")
    parser.add_argument("--rdflib-asks-up-to", type=int, default=0, help="largest cohort that rdflib is asked about")
    parser.add_argument("--pyshacl-up-to", type=int, default=1000, help="largest cohort that pySHACL checks")
    parser.add_argument("--questions", nargs="+", choices=QUESTIONS, default=QUESTIONS, help="what to ask")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure")
    options = parser.parse_args()
    bench = Bench(options.limit, options.runs)
    libraries = ", ".join(f"{name} {version(name)}" for name in ("pyoxigraph", "rdflib", "pyshacl", "pydantic"))
    print(f"{platform.system()}, {platform.machine()}, Python {platform.python_version()}, {libraries}\n")
    for name, there in (("Virtuoso", virtuoso.is_installed()), ("maplib", is_maplib_installed())):
        if not there:
            print(f"{name} is not installed, and left out.\n")
    with tempfile.TemporaryDirectory(prefix="nervegraph-benchmark-") as folder:
        if "command" in options.parts:
            measure_command(bench, Path(folder))
        for patients in options.patients if {*options.parts} - {"command"} else ():
            place = Place(Path(folder), patients)
            prepare(bench, place, options.parts)
            if "reading" in options.parts:
                measure_reading(bench, place)
            if "loading" in options.parts:
                measure_loading(bench, place, options.rdflib_up_to)
            if "checking" in options.parts:
                measure_checking(bench, place, options.pyshacl_up_to)
            if "asking" in options.parts:
                measure_asking(bench, place, options.questions, options.rdflib_asks_up_to)


if __name__ == "__main__":
    main()
