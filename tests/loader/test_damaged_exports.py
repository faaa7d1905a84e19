"""Exports damaged at random: a message with the file, or a load in which the rest is right. Never a traceback."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from graph.connection import Database
from graph.entities import read_estate
from iam.assume import assumable
from iam.estate import Access
from loader.load import load
from loader.problems import BadInput, Report
from loader.sources import Loaded, read_sources
from tests.conftest import empty
from tests.loader.support import picture
from tests.synthetic import synthetic_account

ORGANIZATION = Path(__file__).parents[2] / "loader" / "demo" / "organization"
ODD: list[Any] = [
    None, True, False, 0, -1, 1e999, "", " ", "*", "a", [], {}, [[]], [None], {"": None}, ["", {}], {"Ref": "X"},
    "arn:aws:iam::123456789012:role/", "arn:aws:iam::1:user/a", "arn:::::", "x" * 3000,
    "\u0000", "\ud800", "\u202eé漢",
    "%7B%22Statement%22%3A%5B%5D%7D", "{", "2012-10-17", "9" * 400, 10**400,
]  # fmt: skip


def sound(r: Random) -> dict[str, Any]:
    """Whole files by their place in a folder: an account, and now and then a collected organization's."""
    if r.random() < 0.5:
        return {
            "accounts/210987654321/authorization-details.json": synthetic_account(12, seed=r.randrange(5))
        }
    paths = [
        each
        for each in sorted(ORGANIZATION.rglob("*.json"))
        if "555566667777" in str(each) or r.random() < 0.3
    ]
    return {
        str(each.relative_to(ORGANIZATION)): json.loads(each.read_text(encoding="utf-8")) for each in paths
    }


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with every key or index in it."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places(value[key])


def damage(r: Random, value: Any) -> Any:
    """The same with one to three places changed, taken out, doubled, renamed or swapped."""
    whole = [copy.deepcopy(value)]
    for _ in range(r.randrange(1, 4)):
        every = list(places(whole))
        box, key = r.choice(every)
        what = r.randrange(6)
        if what == 0:
            del box[key]
        elif what == 1 and isinstance(box, list):
            box.insert(key, copy.deepcopy(box[key]))
        elif what == 1:
            box[r.choice(["Arn", "arn", "Statement", "PolicyName", "Tags", "zzz", ""])] = copy.deepcopy(
                box[key]
            )
        elif what == 2:
            box[key] = [copy.deepcopy(box[key])]
        elif what == 3:
            other, its = r.choice(every)
            box[key] = (
                copy.deepcopy(other[its])
                if its in (other if isinstance(other, dict) else range(len(other)))
                else 1
            )
        elif what == 4 and isinstance(box[key], str):
            at = r.randrange(len(box[key]) + 1)
            box[key] = (
                box[key][:at]
                + str(r.choice(["", "*", ":", "/", "\n", "é", "${", "#", " "]))
                + box[key][at + 1 :]
            )
        else:
            box[key] = copy.deepcopy(r.choice(ODD))
        if not whole:
            whole.append(None)
    return whole[0]


def written(r: Random, folder: Path) -> Path:
    """A folder with files of which one is damaged, in its values or in its bytes."""
    files = sound(r)
    hurt = r.choice(sorted(files))
    for name, value in files.items():
        content = json.dumps(damage(r, value) if name == hurt else value, indent=r.choice([None, 1]))
        data = content.encode("utf-8", "surrogatepass")
        if name == hurt and r.random() < 0.2:
            at = r.randrange(len(data))
            data = r.choice(
                [data[:at], data[:at] + bytes([r.randrange(256)]) + data[at + 1 :], data + data[:at]]
            )
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def read(path: Path) -> Loaded | BadInput:
    try:
        return read_sources([path], Report())
    except BadInput as error:
        return error


@pytest.mark.parametrize("part", range(3))
def test_a_damaged_export_is_refused_with_its_file_or_read(part: int, tmp_path: Path) -> None:
    refused = 0
    for number in range(25):
        seed = 1_000 * part + number
        r = Random(seed)  # noqa: S311 - to be repeated
        path = written(r, tmp_path / str(number))
        found = read(path)
        if isinstance(found, BadInput):
            refused += 1
            assert str(path) in str(found), seed
            assert "\n" not in str(found).strip(), seed
            assert len(str(found)) < 2_000, seed
        else:
            list(assumable(Access(found.estate)))
    assert refused < 25


@pytest.mark.slow
def test_a_damaged_export_changes_nothing_or_is_loaded_whole(database: Database, tmp_path: Path) -> None:
    empty(database)
    for number in range(25):
        r = Random(50_000 + number)  # noqa: S311 - to be repeated
        path = written(r, tmp_path / str(number))
        before = picture(read_estate(database))
        found = read(path)
        if isinstance(found, BadInput):
            with pytest.raises(BadInput):
                load(database, [path])
            assert picture(read_estate(database)) == before, number
        else:
            load(database, [path])
            now = read_estate(database)
            for account in found.estate.accounts.values():
                assert now.accounts[account.id].principals.keys() == account.principals.keys(), number
