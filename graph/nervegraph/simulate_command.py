"""What `nervegraph simulate` does and shows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import typer

from nervegraph.simulated_files import Progress, write_nquads, write_study_files
from nervegraph.simulation import Cohort

Form = Literal["files", "nquads"]


def run_simulate(patients: int, seed: int, output: Path, studies: int | None = None, form: Form = "files") -> int:
    """Write a synthetic cohort; its place goes to stdout, what can be done with it to stderr; the exit code 0.

    :param studies: how many studies; by default as many as give ten people to each on average.
    :raises Misuse: the numbers cannot be met, or `output` is not empty.
    :raises SurroundingsError: it cannot be written.
    """
    cohort = Cohort.of(patients, seed, studies)
    said = f"Wrote {cohort.patients:,} made-up patients in {cohort.studies:,} synthetic studies, which are no evidence."
    if form == "nquads":
        typer.echo(write_nquads(cohort, output, _progress()))
        typer.echo(f"{said} The ontology and what is derived are not in this file.", err=True)
    else:
        write_study_files(cohort, output, _progress())
        typer.echo(output)
        typer.echo(f"{said} To build them: nervegraph build --studies {output} --output DIR", err=True)
    return 0


def _progress() -> Progress:
    """A line that counts, on a terminal only; the last number wipes it out."""
    if not sys.stderr.isatty():
        return lambda done, total: None

    def show(done: int, total: int) -> None:
        if done == total:
            typer.echo("\r" + " " * 40 + "\r", err=True, nl=False)
        elif done % 50 == 0:
            typer.echo(f"\r{done:,} of {total:,} studies", err=True, nl=False)

    return show
