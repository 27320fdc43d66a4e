"""A build of a few items, made in a moment: what the tests of asking and answering ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nervegraph.store import create_store, write_trig
from nervegraph.terms import BASE, PREFIXES, graph
from nervegraph.vocabulary import Concept, Vocabulary

INTEGER = PREFIXES["xsd"] + "integer"


def small_nquads(count: int = 60) -> Iterator[bytes]:
    """Items with a label, a value from 0 and a group (red, green or blue), in two graphs."""
    for number in range(count):
        item = f"<{BASE}item/{number}>"
        name = f"<{graph('even' if number % 2 == 0 else 'odd')}>"
        colour = ("red", "green", "blue")[number % 3]
        yield f"{item} <{BASE}inGroup> <{BASE}colour/{colour}> {name} .\n".encode()
        yield f'{item} <{BASE}value> "{number}"^^<{INTEGER}> {name} .\n'.encode()
        yield f'{item} <{PREFIXES["rdfs"]}label> "item {number}" {name} .\n'.encode()


def create_small_build(folder: Path, count: int = 60) -> tuple[Path, Path]:
    """The folder of a store and the path of a TriG file with the same graphs, below `folder`."""
    store, trig = folder / "store", folder / "nervegraph.trig"
    create_store(store, small_nquads(count))
    write_trig(trig, b"".join(small_nquads(count)), PREFIXES)
    return store, trig


def colours() -> Vocabulary:
    """A vocabulary of colours with a synonym and a heading."""

    def concept(slug: str, label: str, synonyms: tuple[str, ...], broader: tuple[str, ...], heading: bool) -> Concept:
        return Concept("colour", slug, label, synonyms, f"The colour {label}.", "", broader, heading)

    return Vocabulary(
        [
            concept("any-colour", "any colour", (), (), heading=True),
            concept("red", "red", ("crimson",), ("any-colour",), heading=False),
            concept("green", "green", ("leaf green", "verdant"), ("any-colour",), heading=False),
            concept("blue", "blue", (), ("any-colour",), heading=False),
        ]
    )
