"""The shapes (SHACL Core, W3C Recommendation 2017) as queries on the store, made from `ontology/shapes.ttl` itself.

A validator of general use walks the graph node by node, in Python; these queries take time that grows with the graph
alone. There is one text: what is published as SHACL is what is checked. A construct that has no query here is an error
and never passed over. The tests compare the findings with those of pySHACL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nervegraph import terms
from nervegraph.errors import FindingsError
from nervegraph.findings import Severity
from nervegraph.rdfterms import BlankNode, Iri, Literal, Term
from nervegraph.store import AnyStore, memory_store, parse_turtle

_RDF, _RDFS, _XSD = (terms.PREFIXES[name] for name in ("rdf", "rdfs", "xsd"))
_PREFIXES = f"PREFIX rdfs: <{_RDFS}>\n"
_NIL = Iri(_RDF + "nil")
# XML Schema part 2, 3.3: a literal of one of these datatypes whose text has another form is ill-typed; any is text.
_LEXICAL_FORMS = {
    _XSD + "string": "",
    _XSD + "integer": "[+-]?[0-9]+",
    _XSD + "decimal": "[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)",
    _XSD + "boolean": "true|false|0|1",
    _XSD + "gYear": "-?([1-9][0-9]{3,}|0[0-9]{3})(Z|[+-][0-9]{2}:[0-9]{2})?",
}
_COMPARISONS = {"minInclusive": ">=", "minExclusive": ">", "maxInclusive": "<=", "maxExclusive": "<"}
_KINDS_OF_SHAPES = ("NodeShape", "PropertyShape")
_OF_NODES = frozenset({"targetClass", "message", "closed", "ignoredProperties"})
_OF_PROPERTIES = frozenset({"targetClass", "message", "path", "minCount", "maxCount", "hasValue"})


@dataclass(frozen=True, order=True)
class ShapeFinding:
    """One thing that breaks a shape: the shape's name, the node, the property and value it is about, and plain words.

    `property` is empty where the node as a whole is meant, `value` where something is missing.
    """

    shape: str
    node: str
    property: str
    value: str
    message: str
    severity: Severity


@dataclass(frozen=True)
class ShapeQuery:
    """A SELECT of `?node`, and where it fits `?property` and `?value`; each row breaks the shape."""

    shape: str
    message: str
    text: str


def find_broken_shapes(store: AnyStore, shapes_path: Path) -> list[ShapeFinding]:
    """What in the store breaks the shapes, sorted, each once; empty if all is well.

    :raises FindingsError: the shapes are not valid Turtle, or use a part of SHACL that has no query here.
    """
    found = set()
    for query in build_shape_queries(shapes_path):
        selection = store.select(query.text)
        for row in selection.rows:
            named = {name: _text(term) for name, term in zip(selection.columns, row, strict=True)}
            finding = ShapeFinding(
                query.shape, named["node"], named.get("property", ""), named.get("value", ""), query.message, "error"
            )
            found.add(finding)
    return sorted(found)


def build_shape_queries(shapes_path: Path) -> list[ShapeQuery]:
    """The queries that say what the shapes say, at most three for each shape.

    :raises FindingsError: as `find_broken_shapes`.
    """
    shapes = _Shapes(shapes_path)
    return [query for name in shapes.names() for query in shapes.queries(name)]


def _text(term: Term | None) -> str:
    match term:
        case None:
            return ""
        case BlankNode():
            return term.label
        case _:
            return term.value


def _sparql(term: Term) -> str:
    """A term as it stands in a query."""
    match term:
        case Iri():
            return f"<{term.value}>"
        case Literal() if term.language is None:
            escaped = term.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
            return f'"{escaped}"^^<{term.datatype}>'
    raise ValueError("a text with a language or a node without a name")


class _Shapes:
    """The triples of a file of shapes, by subject and name of the property."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._facts: dict[Term, dict[str, list[Term]]] = {}
        lines = parse_turtle(path, terms.graph("shapes"))
        with memory_store("".join(f"{line}\n" for line in lines).encode()) as store:
            for subject, predicate, value in store.construct("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"):
                self._facts.setdefault(subject, {}).setdefault(predicate.value, []).append(value)

    def names(self) -> Iterator[Iri]:
        """The shapes that say which nodes they are about; a file without any is refused."""
        found = sorted((node for node in self._facts if isinstance(node, Iri)), key=_text)
        for node in found:
            if terms.SHACL + "targetClass" not in self._facts[node]:
                raise self._refused(node, "no sh:targetClass")
        yield from found

    def queries(self, shape: Iri) -> Iterator[ShapeQuery]:
        """The queries of one shape."""
        facts = self._named(shape)
        classes = " ".join(sorted(map(_sparql, facts["targetClass"])))
        # A class has the nodes of its narrower classes too.
        nodes = f"VALUES ?class {{ {classes} }} ?narrower rdfs:subClassOf* ?class . ?node a ?narrower ."
        message = self._one(shape, facts, "message")
        for columns, pattern in self._patterns(shape, facts, nodes):
            text = f"{_PREFIXES}SELECT DISTINCT {columns} WHERE {{ {pattern} }}"
            yield ShapeQuery(shape.value.rpartition("/")[2], _text(message), text)

    def _patterns(self, shape: Iri, facts: Mapping[str, list[Term]], nodes: str) -> Iterator[tuple[str, str]]:
        """The columns and the pattern of each query."""
        if "path" not in facts:
            if broken := self._broken(shape, "?node", _OF_NODES):
                yield "?node (?node AS ?value)", f"{nodes} FILTER ({broken})"
            if _text(self._one(shape, facts, "closed")) == "true":
                yield "?node ?property ?value", self._of_other_properties(shape, facts, nodes)
            return
        path = self._one(shape, facts, "path")
        if not isinstance(path, Iri):
            raise self._refused(shape, "a sh:path of several steps")
        columns, link = f"?node ({_sparql(path)} AS ?property)", f"?node {_sparql(path)} ?value ."
        if broken := self._broken(shape, "?value", _OF_PROPERTIES):
            yield f"{columns} ?value", f"{nodes} {link} FILTER ({broken})"
        for value in facts.get("hasValue", ()):
            yield columns, f"{nodes} FILTER NOT EXISTS {{ ?node {_sparql(path)} {_sparql(value)} }}"
        if "minCount" in facts:
            yield columns, self._of_numbers(nodes, link, f"< {_text(self._one(shape, facts, 'minCount'))}")
        if "maxCount" in facts:
            yield columns, self._of_numbers(nodes, link, f"> {_text(self._one(shape, facts, 'maxCount'))}")

    @staticmethod
    def _of_numbers(nodes: str, link: str, wrong: str) -> str:
        """Nodes that have a wrong number of values."""
        if wrong == "< 1":
            return f"{nodes} FILTER NOT EXISTS {{ {link} }}"
        counted = f"OPTIONAL {{ {link} }}" if wrong.startswith("<") else link
        grouped = f"SELECT ?node (COUNT(DISTINCT ?value) AS ?number) WHERE {{ {nodes} {counted} }} GROUP BY ?node"
        return f"{{ {grouped} }} FILTER (?number {wrong})"

    def _of_other_properties(self, shape: Iri, facts: Mapping[str, list[Term]], nodes: str) -> str:
        """Nodes that have a property which is not listed. Properties are few, so they are found before their values.

        They are grouped and not DISTINCT, as the engine would put the filter to each triple then.
        """
        listed = ", ".join(map(_sparql, self._items(shape, self._one(shape, facts, "ignoredProperties"))))
        used = f"SELECT ?property WHERE {{ {nodes} ?node ?property ?any . }} GROUP BY ?property"
        return f"{{ {used} }} FILTER (?property NOT IN ({listed})) {nodes} ?node ?property ?value ."

    # --- what a value must be ------------------------------------------------------------------------------------

    def _broken(self, shape: Term, value: str, aside: frozenset[str] = frozenset()) -> str:
        """The condition under which a value breaks one of the shape's constraints; empty if it has none.

        :param aside: what a shape of this kind may say that is seen to elsewhere.
        """
        facts = self._named(shape)
        breaks = (
            self._break(shape, value, name, argument)
            for name in sorted(facts.keys() - aside)
            for argument in facts[name]
        )
        return " || ".join(f"({one})" for one in breaks)

    def _break(self, shape: Term, value: str, constraint: str, argument: Term) -> str:
        """The condition under which a value breaks one constraint."""
        match constraint:
            case "class":
                narrower = f"?kind rdfs:subClassOf* {_sparql(argument)}"
                return f"NOT EXISTS {{ {value} a ?kind . FILTER EXISTS {{ {narrower} }} }}"
            case "datatype" if _text(argument) in _LEXICAL_FORMS:
                form = _LEXICAL_FORMS[_text(argument)]
                well_formed = f' && REGEX(STR({value}), "^({form})$")' if form else ""
                return f"!(ISLITERAL({value}) && DATATYPE({value}) = {_sparql(argument)}{well_formed})"
            case "nodeKind" if _text(argument) == terms.SHACL + "IRI":
                return f"!ISIRI({value})"
            case "minLength":
                return f"ISBLANK({value}) || STRLEN(STR({value})) < {_text(argument)}"
            case "pattern":
                return f"ISBLANK({value}) || !REGEX(STR({value}), {_sparql(argument)})"
            case "minInclusive" | "minExclusive" | "maxInclusive" | "maxExclusive":
                # What cannot be compared at all is not within the bounds.
                return f"!COALESCE({value} {_COMPARISONS[constraint]} {_sparql(argument)}, false)"
            case "in":
                same = (f"SAMETERM({value}, {_sparql(one)})" for one in self._items(shape, argument))
                return f"!({' || '.join(same)})"
            case "or":
                return " && ".join(f"({self._broken(one, value)})" for one in self._items(shape, argument))
            case "not":
                return f"!({self._broken(argument, value)})"
        raise self._refused(shape, f"sh:{constraint} {_text(argument)}")

    # --- reading the triples -------------------------------------------------------------------------------------

    def _named(self, shape: Term) -> dict[str, list[Term]]:
        """What is said of a shape in SHACL's own terms; anything else is refused."""
        facts = dict(self._facts.get(shape, {}))
        kinds = facts.pop(_RDF + "type", [])
        strange = [_text(kind) for kind in kinds if _text(kind).removeprefix(terms.SHACL) not in _KINDS_OF_SHAPES]
        strange += [name for name in facts if not name.startswith(terms.SHACL)]
        if strange or not facts:
            raise self._refused(shape, min(strange) if strange else "no constraint at all")
        return {name.removeprefix(terms.SHACL): values for name, values in facts.items()}

    def _one(self, shape: Term, facts: Mapping[str, list[Term]], name: str) -> Term | None:
        values = facts.get(name, [])
        if len(values) > 1:
            raise self._refused(shape, f"sh:{name} more than once")
        return values[0] if values else None

    def _items(self, shape: Term, at: Term | None) -> Iterator[Term]:
        """The members of an RDF list."""
        while at is not None and at != _NIL:
            step = self._facts.get(at, {})
            if not {_RDF + "first", _RDF + "rest"} <= step.keys():
                raise self._refused(shape, "a list without an end")
            yield step[_RDF + "first"][0]
            at = step[_RDF + "rest"][0]

    def _refused(self, shape: Term, what: str) -> FindingsError:
        return FindingsError(
            f"{self._path}: these shapes are not valid SHACL, or not of the kind that is checked here: "
            f"{_text(shape) if isinstance(shape, Iri) else 'a shape without a name'} uses {what}"
        )
