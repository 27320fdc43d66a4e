"""NerveGraph: the published evidence on drugs for neuropathy as a knowledge graph.

`nervegraph.open("build")` opens a build; `docs/python.md` leads through what can be done with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nervegraph.errors import NerveGraphError

if TYPE_CHECKING:
    import os

    from nervegraph.knowledge_graph import KnowledgeGraph

__all__ = ["NerveGraphError", "__version__", "open"]

__version__ = "0.1.0"


def open(build: str | os.PathLike[str] = "build") -> KnowledgeGraph:  # noqa: A001 - said as nervegraph.open
    """The build in this directory, to be asked; closed by `close()` or at the end of a `with` statement.

    :raises NerveGraphError: there is no build, or it is damaged; the words say what to do.
    """
    # Imported here, so that importing nervegraph stays cheap.
    from pathlib import Path

    from nervegraph.knowledge_graph import KnowledgeGraph

    return KnowledgeGraph(Path(build))
