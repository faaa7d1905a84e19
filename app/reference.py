"""The reference pages of the documentation, written from the commands and the library themselves.

`python -m app.reference commands > docs/reference/commands.md`, and `queries` for the other one.
"""

from __future__ import annotations

import sys
from typing import Any

from app.output import write_text

WIDTH = 100


def commands_page() -> str:
    """The page of the commands: the help of each."""
    import typer.main

    from app.cli import app

    group: Any = typer.main.get_command(app)
    lines = [
        "# Commands",
        "",
        "Data goes to standard output, everything else to standard error. Exit codes: 0 answered (an empty",
        "answer too), 1 an access rule is broken, 2 bad input or use, 3 the database can't be reached,",
        "130 interrupted. The shared options may stand before or after the command's name; settings",
        "of the environment stand in brackets, and options win over them.",
        "",
        *_help(group, "iamatlas"),
    ]
    for name, each in group.commands.items():
        lines += [f"## iamatlas {name}", "", *_help(each, f"iamatlas {name}")]
    return "\n".join(lines).rstrip() + "\n"


def _help(command: Any, name: str) -> list[str]:
    context = command.make_context(
        name, [], resilient_parsing=True, terminal_width=WIDTH, max_content_width=WIDTH
    )
    text = [line.rstrip() for line in command.get_help(context).splitlines()]
    return ["```", *text, "```", ""]


def queries_page() -> str:
    """The page of the library: what each query answers, its parameters, columns and Cypher."""
    from queries.library import library

    lines = [
        "# The query library",
        "",
        "`iamatlas query NAME` runs one of these; `--param NAME=VALUE` gives a parameter. In Python:",
        "`queries.library.run_query(database, NAME, {…})`. All run on Neo4j and on the embedded database.",
        "",
    ]
    for query in library().values():
        lines += [f"## {query.name}", "", f"{query.question}", ""]
        for each in query.parameters:
            fallback = "must be given" if each.required else f"default `{each.default!r}`".replace("''", '""')
            example = f", as `{each.example}`" if each.example is not None else ""
            lines.append(f"- parameter `{each.name}` ({each.type}, {fallback}): {each.meaning}{example}")
        lines += [""] if query.parameters else []
        lines += ["| column | meaning |", "|---|---|"]
        lines += [f"| `{column.name}` | {column.meaning} |" for column in query.columns]
        lines += ["", "```cypher", query.cypher, "```", ""]
    return "\n".join(lines).rstrip() + "\n"


PAGES = {"commands": commands_page, "queries": queries_page}

if __name__ == "__main__":
    write_text(PAGES[sys.argv[1]]().removesuffix("\n"))
