"""A synthetic cohort on disk: as study files, or as the N-Quads that a build would make of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nervegraph.errors import Misuse, SurroundingsError
from nervegraph.model import StudyFile
from nervegraph.resources import resource_directory
from nervegraph.simulation import Cohort, build_study_trees, study_id
from nervegraph.study_yaml import format_study_yaml
from nervegraph.triples import build_study_lines
from nervegraph.vocabulary import Vocabulary

NQUADS_NAME = "synthetic.nq"
_HEADING = "# Made up by 'nervegraph simulate'; nothing in this file is evidence.\n"

Progress = Callable[[int, int], None]


def write_study_files(cohort: Cohort, directory: Path, progress: Progress = lambda done, total: None) -> None:
    """Write one study file for each study of the cohort; all of them, or after an error none.

    :param directory: a new or empty directory, outside the shipped evidence.
    :param progress: called as `progress(done, total)` after each study.
    :raises Misuse: something stands in the directory already, or it lies among the shipped evidence.
    :raises SurroundingsError: a file cannot be written.
    """
    _prepare(directory)
    done = 0
    try:
        for done, tree in enumerate(build_study_trees(cohort), start=1):
            text = _HEADING + format_study_yaml(tree)
            (directory / f"{study_id(done)}.yaml").write_text(text, encoding="utf-8", newline="\n")
            progress(done, cohort.studies)
    except BaseException as error:
        for number in range(1, done + 1):
            (directory / f"{study_id(number)}.yaml").unlink(missing_ok=True)
        _raise_in_words(error, directory)
        raise


def write_nquads(cohort: Cohort, directory: Path, progress: Progress = lambda done, total: None) -> Path:
    """Write the graphs of all studies of the cohort to one file, its path; the file is whole or absent.

    The lines of a study stand together, sorted, and are those that its study file would give. Parameters and errors are
    those of `write_study_files`.
    """
    _prepare(directory)
    path, unfinished = directory / NQUADS_NAME, directory / f".{NQUADS_NAME}.new"
    vocabulary = Vocabulary.shipped()
    try:
        with unfinished.open("w", encoding="utf-8", newline="\n") as output:
            for done, tree in enumerate(build_study_trees(cohort), start=1):
                record = StudyFile.model_validate(tree, context={"vocabulary": vocabulary})
                output.writelines(f"{line}\n" for line in build_study_lines(record))
                progress(done, cohort.studies)
        unfinished.replace(path)
    except BaseException as error:
        unfinished.unlink(missing_ok=True)
        _raise_in_words(error, directory)
        raise
    return path


def _prepare(directory: Path) -> None:
    """Make the directory, or see that it is empty: made-up studies are never put beside anything else."""
    evidence = resource_directory("studies")
    if directory.resolve().is_relative_to(evidence):
        raise Misuse(f"{directory}: real evidence lies in {evidence}; choose a directory elsewhere.")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        is_empty = next(directory.iterdir(), None) is None
    except FileExistsError as error:
        raise Misuse(f"{directory}: this is a file; name a new directory.") from error
    except OSError as error:
        raise SurroundingsError(f"{directory}: cannot be used ({error.strerror}). Choose another directory.") from error
    if not is_empty:
        raise Misuse(
            f"{directory}: this directory is not empty; name a new one, as made-up studies stay by themselves."
        )


def _raise_in_words(error: BaseException, directory: Path) -> None:
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        raise SurroundingsError(f"{directory}: writing failed ({reason}); nothing was kept.") from error
