"""The documentation: complete where it lists what there is, and free of dead ends."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import typer.main

from app.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

FENCE = re.compile(r"^(`{3,}|~{3,})[ ]*([\w-]*)[^\n]*\n(.*?)^\1[ ]*$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?<!!)\[(?:[^\[\]]|\[[^\]]*\])*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
IMAGE = re.compile(r"!\[[^\]]*\]\(<?([^)\s>]+)>?")
SETTING = re.compile(r"\bIAMATLAS_[A-Z]+(?:_[A-Z]+)*\b")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def group() -> Any:
    return typer.main.get_command(app)


@cache
def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """A page without its code blocks, in which brackets are no links."""
    return FENCE.sub("", text_of(page))


def blocks(page: Path, language: str) -> list[str]:
    return [body for _, name, body in FENCE.findall(text_of(page)) if name == language]


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: dict[str, int] = {}
    names = set(re.findall(r'<a (?:id|name)="([^"]+)"', text_of(page)))
    for heading in HEADING.findall(FENCE.sub("", text_of(page))):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        seen = found.get(slug, 0)
        found[slug] = seen + 1
        names.add(f"{slug}-{seen}" if seen else slug)
    return frozenset(names)


def dead_links(page: Path) -> list[str]:
    """The links of a page that lead nowhere, those to other hosts aside."""
    dead = []
    for link in [*LINK.findall(prose(page)), *IMAGE.findall(prose(page))]:
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / unquote(name)).resolve() if name else page
        there = target.is_relative_to(ROOT) and target.exists()
        if not there or (anchor and target.suffix == ".md" and unquote(anchor) not in anchors(target)):
            dead.append(link)
    return dead


@pages
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert dead_links(page) == []


def test_a_dead_link_and_a_dead_anchor_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path.resolve())
    page = tmp_path.resolve() / "page.md"
    page.write_text(
        "# One thing\n[a](page.md#one-thing) [b](#two) [c](gone.md) ![d](gone.png) [e](https://example.org/x)\n"
        "```\n[f](in-code.md)\n```\n"
    )
    assert dead_links(page) == ["#two", "gone.md", "gone.png"]


@pages
def test_json_in_the_documentation_is_json(page: Path) -> None:
    for body in blocks(page, "json"):
        try:
            json.loads(body)
        except ValueError as error:
            pytest.fail(f"{error} in:\n{body[:400]}")


def test_there_is_json_to_look_at() -> None:
    assert sum(len(blocks(page, "json")) for page in PAGES) > 3


@pages
def test_every_page_begins_with_one_title(page: Path) -> None:
    assert text_of(page).startswith("# ")


def test_every_page_is_reached_from_the_index() -> None:
    waiting = [ROOT / "docs" / "index.md"]
    reached = set(waiting)
    while waiting:
        page = waiting.pop()
        linked = {(page.parent / link.partition("#")[0]).resolve() for link in LINK.findall(prose(page))}
        new = linked.intersection(PAGES) - reached
        reached |= new
        waiting += new
    assert set(PAGES) - {ROOT / "README.md"} <= reached


def test_every_command_is_in_the_reference_and_among_the_answers() -> None:
    commands = text_of(ROOT / "docs/reference/commands.md")
    answers = text_of(ROOT / "docs/reference/answers.md")
    assert group().commands
    for name in group().commands:
        assert f"## iamatlas {name}\n" in commands
        assert f"`iamatlas {name}" in answers


def test_every_option_is_in_the_reference() -> None:
    commands = text_of(ROOT / "docs/reference/commands.md")
    for name, command in group().commands.items():
        section = commands.partition(f"## iamatlas {name}\n")[2].partition("\n## ")[0]
        options = [option for each in command.params for option in each.opts if option.startswith("--")]
        assert options
        for option in options:
            assert option in section, f"{option} of {name}"


def test_every_option_is_explained_where_scripts_are_told_what_to_rely_on() -> None:
    answers = text_of(ROOT / "docs/reference/answers.md")
    options = {
        option
        for command in (group(), *group().commands.values())
        for each in command.params
        for option in each.opts
        if option.startswith("--")
    }
    assert sorted(option for option in options if not re.search(rf"[` ]{option}[` ]", answers)) == []


def test_every_setting_is_in_the_reference() -> None:
    answers = text_of(ROOT / "docs/reference/answers.md")
    neo4j = text_of(ROOT / "docs/how-to/neo4j.md")
    settings = {name for each in group().params for name in SETTING.findall(each.help or "")}
    assert len(settings) == 5
    for name in settings:
        assert f"| `{name}` |" in answers
        assert f"| `{name}` |" in neo4j


def test_no_setting_is_used_that_the_documentation_does_not_name() -> None:
    answers = text_of(ROOT / "docs/reference/answers.md")
    used = {
        name
        for room in ("iam", "graph", "loader", "queries", "app")
        for file in (ROOT / room).rglob("*.py")
        for name in SETTING.findall(text_of(file))
    }
    assert used
    assert sorted(name for name in used if f"`{name}" not in answers) == []


COMMAND = re.compile(r"(?:^|\s)(?:\.venv/bin/)?iamatlas ([a-z][a-z-]+)\b")


@pages
def test_commands_shown_in_code_are_commands(page: Path) -> None:
    shown = {
        name
        for language in ("", "sh", "bash", "console", "shell")
        for body in blocks(page, language)
        for line in body.splitlines()
        if line.lstrip("$ ").startswith((".venv/bin/iamatlas ", "iamatlas "))
        for name in COMMAND.findall(line)[:1]
    }
    assert sorted(shown - set(group().commands)) == []


def test_the_two_commands_of_the_readme_are_targets_of_make() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", text_of(ROOT / "Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", text_of(ROOT / "README.md"), re.MULTILINE))
    assert {"demo", "test"} <= named <= targets
