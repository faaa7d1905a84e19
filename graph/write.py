"""Batched writing of declared nodes and relationships within one transaction.

Every function takes an open transaction (`Database.transaction()` or `graph.sequence.load_transaction()`) and
sends rows in batches that stay far below the 16 MiB at which a request hangs on the embedded server.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from graph.batches import ROWS_PER_BATCH, batches
from graph.relabel import change_labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from neo4j import ManagedTransaction, Transaction

    from graph.schema import NodeType, RelationshipType

    AnyTransaction = Transaction | ManagedTransaction

Row = Mapping[str, Any]
Edge = tuple[str, str, Row]
"""Key of the node it starts from, key of the node it goes to, properties."""


Inside = tuple["RelationshipType", "NodeType", str]
"""What new nodes belong to: the relationship that leads there, the kind of node, its key."""
Owned = tuple[str, Row, Row]
"""Key of the node that a new one hangs on, properties of the relationship between them, and the new node's."""


Counted = tuple[list[dict[str, Any]], int]
"""A batch of rows, and how many things it makes."""


class MissingEnd(ValueError):
    """A relationship names a node that isn't there. The text gives type and number."""


def create_nodes(
    transaction: AnyTransaction,
    node: NodeType,
    rows: Iterable[Row],
    *,
    more: tuple[str, ...] = (),
    inside: Inside | None = None,
) -> int:
    """Create nodes that are known to be new; each row maps property names to values and holds the key.

    Values are text, numbers, truth values or lists of text; None leaves a property out. `more` names labels
    beyond the type's, `(ADMIN_LABEL,)`. Relationships that are made along with their nodes cost the server
    half of what they cost later, so all nodes can be made `inside` one that is there. Returns how many.
    Raises `ValueError` for a property that isn't declared, `TooLarge`, `MissingEnd`, and the driver's
    `ConstraintError` where the key exists.
    """
    match, part = _belonging(node, inside)
    statement = (
        f"{match}UNWIND $rows AS row CREATE (n:{':'.join((*node.labels, *more))}){part} SET n = row "
        "RETURN count(n) AS made"
    )
    counted = ((batch, len(batch)) for batch in batches(_cleaned(rows, node)))
    ends = node.special, inside[1].special if inside else ""
    return sum(_made(transaction, statement, counted, ends, inside))


def create_owned(
    transaction: AnyTransaction,
    relationship: RelationshipType,
    owner: NodeType,
    node: NodeType,
    owned: Iterable[Owned],
    *,
    inside: Inside | None = None,
) -> int:
    """Create new nodes that each hang on one that is there, with the relationship from it.

    As with `create_nodes` for the rest.
    """
    _check_ends(relationship, owner, node)
    match, part = _belonging(node, inside)
    statement = (
        f"{match}UNWIND $rows AS row MATCH (a:{owner.label} {{{owner.key}: row._key}}) "
        f"UNWIND row._nodes AS node "
        f"CREATE (a)-[:{relationship.name}{_values(relationship)}]->(n:{':'.join(node.labels)}){part} "
        "SET n = node RETURN count(n) AS made"
    )
    every = list(owned)
    nodes = _cleaned((row for _, _, row in every), node)
    groups = _grouped(((key, row, made) for (key, row, _), made in zip(every, nodes, strict=True)), "_nodes")
    counted = _filled(groups, "_nodes", relationship)
    return sum(_made(transaction, statement, counted, (relationship.name, owner.special), inside))


def merge_nodes(
    transaction: AnyTransaction, node: NodeType, rows: Iterable[Row], *, only_new: bool = False
) -> int:
    """Create the nodes that are missing; give the others the row's properties and this type's labels.

    Other labels go: so what was only known as `Principal:External` becomes `Principal:Role` when it is
    loaded, and an `Admin` of an earlier load has to show it again. Relationships stay.

    With `only_new` existing nodes stay exactly as they are: so a mere mention never touches a loaded entity.
    A key may occur more than once in `rows`; the last one counts. Returns how many were created.
    """
    by_key = {row[node.key]: row for row in rows}
    labels: dict[str, frozenset[str]] = {}
    look = (
        f"UNWIND $keys AS key MATCH (n:{node.label} {{{node.key}: key}}) "
        f"RETURN n.{node.key} AS key, labels(n) AS labels"
    )
    for keys in batches(list(by_key)):
        for record in transaction.run(look, keys=keys):
            labels[record["key"]] = frozenset(record["labels"])
    created = create_nodes(transaction, node, [row for key, row in by_key.items() if key not in labels])
    if not only_new and labels:
        names = {node.key, *(one.name for one in node.properties)}
        wanted = frozenset(node.labels)
        change_labels(transaction, node, [key for key, found in labels.items() if found != wanted])
        set_properties(transaction, node, [_declared(by_key[key], names, node.special) for key in labels])
    return created


def set_properties(transaction: AnyTransaction, node: NodeType, rows: Iterable[Row]) -> None:
    """Set properties of existing nodes; each row holds the key and the properties; None removes one."""
    statement = f"UNWIND $rows AS row MATCH (n:{node.label} {{{node.key}: row.key}}) SET n += row.properties"
    plain = ({"key": row[node.key], "properties": _others(row, node.key)} for row in rows)
    for batch in batches(plain):
        transaction.run(statement, rows=batch).consume()


def create_relationships(
    transaction: AnyTransaction,
    relationship: RelationshipType,
    start: NodeType,
    end: NodeType,
    edges: Iterable[Edge],
    advance: Callable[[int], None] = lambda _: None,
) -> int:
    """Create relationships between existing nodes: `(key of the start, key of the end, properties)`.

    Nodes are found by the key label of `start` and `end`, each once: a node's own id leads the server to it in a
    third of the time that its key takes. Relationships that share an end and the very same properties (one
    object) are sent as one row, which takes the server half the time. `advance` is told how many are done.
    Returns how many. Raises `ValueError` for ends or properties that aren't declared, and `MissingEnd` where a
    node isn't there.
    """
    _check_ends(relationship, start, end)
    every = list(edges)
    starts = element_ids(transaction, start, {a for a, _, _ in every})
    ends = element_ids(transaction, end, {b for _, b, _ in every})
    found = sum(a in starts and b in ends for a, b, _ in every)
    names = relationship.name, f"{start.special} or {end.special}"
    _all_made(found, len(every), names)
    by_start = len({(a, id(row) if row else 0) for a, _, row in every})
    by_end = len({(b, id(row) if row else 0) for _, b, row in every})
    one, many = ("a", "b") if by_start < by_end else ("b", "a")
    statement = (
        f"UNWIND $rows AS row MATCH ({one}) WHERE elementId({one}) = row._key "
        f"UNWIND row._keys AS key MATCH ({many}) WHERE elementId({many}) = key "
        f"CREATE (a)-[r:{relationship.name}{_values(relationship)}]->(b) RETURN count(r) AS made"
    )
    ids = ((starts[a], row, ends[b]) for a, b, row in every)
    pairs = ids if one == "a" else ((b, row, a) for a, row, b in ids)
    written = 0
    counted = _filled(_grouped(pairs, "_keys"), "_keys", relationship)
    for made in _made(transaction, statement, counted, names):
        advance(made)
        written += made
    return written


def delete_relationships(
    transaction: AnyTransaction,
    relationship: RelationshipType,
    start: NodeType,
    end: NodeType,
    edges: Iterable[tuple[str, str, str]],
) -> None:
    """Delete relationships: key of the start, key of the end, the server's own id. Missing ones are no fault."""
    every = list(edges)
    by_end = len({b for _, b, _ in every}) < len({a for a, _, _ in every})
    node, arrow = (end, "<-[e:{}]-") if by_end else (start, "-[e:{}]->")
    statement = (
        f"UNWIND $rows AS row MATCH (n:{node.label} {{{node.key}: row._key}}){arrow.format(relationship.name)}() "
        "WHERE elementId(e) IN row._keys DELETE e"
    )
    pairs: Iterator[tuple[str, Row, str]] = (((b if by_end else a), {}, own_id) for a, b, own_id in every)
    for batch, _ in _filled(_grouped(pairs, "_keys"), "_keys", relationship):
        transaction.run(statement, rows=batch).consume()


def element_ids(transaction: AnyTransaction, node: NodeType, keys: Iterable[str]) -> dict[str, str]:
    """The server's own ids of nodes, by their keys, as far as they are there. They hold for the transaction."""
    statement = (
        f"UNWIND $keys AS key MATCH (n:{node.label} {{{node.key}: key}}) "
        "RETURN collect([key, elementId(n)]) AS found"
    )
    found: dict[str, str] = {}
    for some in batches(sorted(keys)):
        found.update(transaction.run(statement, keys=some).single(strict=True)["found"])
    return found


def _check_ends(relationship: RelationshipType, start: NodeType, end: NodeType) -> None:
    if not any(a in start.labels and b in end.labels for a, b in relationship.ends):
        raise ValueError(f"{relationship.name} does not go from {start.special} to {end.special}")


def _values(relationship: RelationshipType) -> str:
    names = sorted(one.name for one in relationship.properties)
    return f" {{{', '.join(f'`{name}`: row.`{name}`' for name in names)}}}" if names else ""


def _belonging(node: NodeType, inside: Inside | None) -> tuple[str, str]:
    """The beginning of a statement, and the end of the pattern of a new node, that put it inside another."""
    if inside is None:
        return "", ""
    relationship, place, _ = inside
    _check_ends(relationship, node, place)
    return f"MATCH (c:{place.label} {{{place.key}: $inside}}) ", f"-[:{relationship.name}]->(c)"


def _grouped(items: Iterable[tuple[str, Row, Any]], many: str) -> Iterator[dict[str, Any]]:
    """Items (key, properties, the other side) with one key and the same properties together."""
    groups: dict[tuple[str, int], tuple[Row, list[Any]]] = {}
    for key, row, other in items:
        groups.setdefault((key, id(row) if row else 0), (row, []))[1].append(other)
    for (key, _), (row, others) in groups.items():
        for start in range(0, len(others), ROWS_PER_BATCH):
            yield {**row, "_key": key, many: others[start : start + ROWS_PER_BATCH]}


def _filled(groups: Iterable[dict[str, Any]], many: str, relationship: RelationshipType) -> Iterator[Counted]:
    """Groups in batches that come to no more than 2,000 things to make, with their number."""
    names = {"_key", many, *(one.name for one in relationship.properties)}
    part: list[dict[str, Any]] = []
    count = 0
    for group in groups:
        _declared(group, names, relationship.name)
        if part and count + len(group[many]) > ROWS_PER_BATCH:
            yield from _counted(part, many)
            part, count = [], 0
        part.append(group)
        count += len(group[many])
    yield from _counted(part, many)


def _counted(groups: list[dict[str, Any]], many: str) -> Iterator[Counted]:
    return ((batch, sum(len(row[many]) for row in batch)) for batch in batches(groups))


def _made(
    transaction: AnyTransaction,
    statement: str,
    counted: Iterable[Counted],
    ends: tuple[str, str],
    inside: Inside | None = None,
) -> Iterator[int]:
    """Run a statement on batches of rows; how many things each made, which must be its number.

    While the server is at work on one batch, the next is put together.
    """
    place = {"inside": inside[2]} if inside else {}

    def run(rows: Sequence[Row]) -> int:
        found = transaction.run(statement, rows=rows, **place).single(strict=True)  # type: ignore[arg-type]
        return int(found["made"])

    with ThreadPoolExecutor(1, "writing") as server:
        at_work: tuple[Future[int], int] | None = None
        for rows, number in counted:
            if at_work is not None:
                yield _all_made(at_work[0].result(), at_work[1], ends)
            at_work = server.submit(run, rows), number
        if at_work is not None:
            yield _all_made(at_work[0].result(), at_work[1], ends)


def _all_made(made: int, wanted: int, names: tuple[str, str]) -> int:
    if made != wanted:
        what, ends = names
        raise MissingEnd(
            f"{wanted - made} of {wanted} {what} relationships name a {ends} that isn't in the graph"
        )
    return made


def _cleaned(rows: Iterable[Row], node: NodeType) -> Iterator[dict[str, Any]]:
    names = {node.key, *(one.name for one in node.properties)}
    for row in rows:
        if not row.get(node.key):
            raise ValueError(f"a {node.special} without its key '{node.key}'")
        yield {
            name: value for name, value in _declared(row, names, node.special).items() if value is not None
        }


def _declared(row: Row, names: set[str], what: str) -> Row:
    if not row.keys() <= names:
        raise ValueError(f"{what} has no property {', '.join(sorted(row.keys() - names))}")
    return row


def _others(row: Row, key: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != key}
