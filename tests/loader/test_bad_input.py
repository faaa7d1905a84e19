"""Bad input: one clear message with its place, and nothing changed; or a warning where the rest is right."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from graph.entities import read_estate
from loader.load import load
from loader.problems import BadInput, Report
from loader.sources import read_sources
from tests.conftest import empty
from tests.loader.support import (
    ACCOUNT,
    allow,
    arn,
    attached,
    export,
    group,
    inline,
    managed,
    picture,
    policy_document,
    role,
    user,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from graph.connection import Database

GOOD = export(users=[user("ann")], roles=[role("app")])


def deep(levels: int) -> str:
    return "[" * levels + "]" * levels


def with_user(**wrong: Any) -> dict[str, Any]:
    return export(users=[user("bob"), user("ann") | wrong])


# What stands in the file, and words that the message must have.
REFUSED: dict[str, tuple[Any, str]] = {
    "empty": (b"", "empty"),
    "blank": (b" \n\t ", "empty"),
    "cut off": (json.dumps(GOOD)[:-30], "ends too early"),
    "cut off within a text": (json.dumps(GOOD)[:40], "ends too early"),
    "second page cut off": (json.dumps(GOOD) + json.dumps(GOOD)[:50], "ends too early"),
    "words": ("hello there", "not JSON but 'hello there'"),
    "html": ("<!DOCTYPE html><html><body>Sign in</body></html>", "HTML, not JSON"),
    "xml": ("<ErrorResponse><Error/></ErrorResponse>", "XML, not JSON"),
    "binary": (bytes(range(256)) * 8, "binary"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\xff" * 50, "binary"),
    "broken gzip": (gzip.compress(json.dumps(GOOD).encode())[:-20], "gzip"),
    "gzip of nothing": (gzip.compress(b""), "empty"),
    "an error of aws": (
        "\nAn error occurred (AccessDenied) when calling the GetAccountAuthorizationDetails operation: no",
        "AccessDenied",
    ),
    "no credentials": (
        "Unable to locate credentials. You can configure them.",
        "Unable to locate credentials",
    ),
    "an error document": (
        {"Error": {"Code": "AccessDenied", "Message": "not for you"}},
        "AccessDenied not for you",
    ),
    "an error of another protocol": (
        {"__type": "ThrottlingException", "message": "slow"},
        "ThrottlingException",
    ),
    "ten thousand levels": (deep(10_000), "nested too deeply|list"),
    "ten thousand levels inside": ('{"UserDetailList": ' + deep(10_000) + "}", "nested too deeply|object"),
    "ten thousand objects inside": ('{"Policies": ' + '{"a":' * 10_000 + "1" + "}" * 10_001, "nested|list"),
    "a huge number": ('{"UserDetailList": ' + "9" * 10_000 + "}", "thousands of digits|list"),
    "a number": ("42", "should be an object, not 42"),
    "text": ('"hello"', "should be an object, not text"),
    "null": ("null", "should be an object, not null"),
    "an empty list": ("[]", "an empty list"),
    "a list of numbers": ("[1]", r"\[1\] should be an object"),
    "another document": ({"Users": []}, "it has none of UserDetailList.*but Users"),
    "an empty object": ({}, "it has none of"),
    "nobody in it": (export(), "no account id"),
    "list is text": ({"UserDetailList": "x"}, "UserDetailList should be a list, not text"),
    "user is a number": ({"UserDetailList": [1]}, r"UserDetailList\[1\] should be an object, not 1"),
    "no arn": (export(users=[{"UserName": "x"}]), r"UserDetailList\[1\].Arn is missing"),
    "arn is a list": (with_user(Arn=[]), r"UserDetailList\[2\].Arn should be text, not a list"),
    "arn of a bucket": (with_user(Arn="arn:aws:s3:::b"), "no ARN of a user"),
    "arn of nowhere": (with_user(Arn="arn:aws:iam::12:user/ann"), "no account id of twelve digits"),
    "arn of ten thousand characters": (with_user(Arn=arn("user", "x" * 10_000)), "longer than 2,048 bytes"),
    "no name": (with_user(UserName=None), "UserName is missing|UserName should be text"),
    "empty name": (with_user(UserName=""), "UserName is empty"),
    "tags are text": (with_user(Tags="x"), r"UserDetailList\[2\].Tags should be a list"),
    "tag without key": (with_user(Tags=[{"Value": "x"}]), r"Tags\[1\].Key is missing"),
    "groups are objects": (with_user(GroupList=[{}]), r"GroupList\[1\] should be text, not an object"),
    "boundary is text": (with_user(PermissionsBoundary="x"), "PermissionsBoundary should be an object"),
    "attachment without arn": (with_user(AttachedManagedPolicies=[{}]), "PolicyArn is missing"),
    "two accounts": (
        export(users=[user("a"), user("b", "999999999999")]),
        f"mixes accounts {ACCOUNT} and 999999999999",
    ),
    "the same arn twice, unlike": (
        export(users=[user("a"), user("a", UserPolicyList=[inline("p", allow())])]),
        "stands there twice and differs",
    ),
    "the same inline policy twice": (
        with_user(UserPolicyList=[inline("p", allow()), inline("p", allow("*"))]),
        "second inline policy",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_with_one_line(case: str, tmp_path: Path) -> None:
    content, words = REFUSED[case]
    path = write(tmp_path / "export.json", content)
    with pytest.raises(BadInput, match=words) as raised:
        read_sources([path], Report())
    text = str(raised.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    assert len(text) < 1_500


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file or folder"):
        read_sources([tmp_path / "nothing.json"], Report())
    with pytest.raises(BadInput, match="no export in this folder"):
        read_sources([tmp_path], Report())
    write(tmp_path / "other.json", GOOD)
    with pytest.raises(BadInput, match="no export in this folder"):
        read_sources([tmp_path], Report())
    with pytest.raises(BadInput, match="nothing to load"):
        read_sources([], Report())


def test_a_folder_that_says_another_account(tmp_path: Path) -> None:
    write(tmp_path / "999999999999" / "authorization-details.json", GOOD)
    with pytest.raises(BadInput, match=f"holds account {ACCOUNT}, but lies in the folder of"):
        read_sources([tmp_path], Report())


REPORT = "user,arn,password_enabled,mfa_active,access_key_1_active,access_key_2_active\n"
COMPANIONS: dict[str, tuple[str, Any, str]] = {
    "resources as an object": ("resources.json", {}, "should be a list of resources"),
    "resource without account": ("resources.json", [{"arn": "arn:aws:s3:::b"}], r"\[1\].account is missing"),
    "resource of another account": (
        "resources.json",
        [{"arn": "arn:aws:s3:::b", "type": "T", "account": "999999999999"}],
        "is 999999999999 in a file of account",
    ),
    "resource's details as text": (
        "resources.json",
        [{"arn": "arn:aws:s3:::b", "type": "T", "account": ACCOUNT, "details": "x"}],
        "details should be an object",
    ),
    "report in HTML": ("credential-report.csv", "<html></html>", "no credential report"),
    "report with a wrong flag": (
        "credential-report.csv",
        REPORT + f"ann,{arn('user', 'ann')},perhaps,true,true,true\n",
        "line 2: password_enabled should be true or false",
    ),
    "report with a strange arn": (
        "credential-report.csv",
        REPORT + "ann,x,,,,\n",
        "line 2: 'x' is no ARN",
    ),
    "organization without id": (
        "organization.json",
        {"organization": {"masteraccountid": "1"}},
        "id is missing",
    ),
    "organization empty": ("organization.json", {}, "organization is missing"),
    "organization a list": ("organization.json", [], "should be an object"),
    "manifest a text": ("manifest.json", '"x"', "should be an object"),
    "identity center a number": ("identity-center.json", "1", "should be an object"),
}


@pytest.mark.parametrize("case", COMPANIONS)
def test_broken_companions_are_refused(case: str, tmp_path: Path) -> None:
    name, content, words = COMPANIONS[case]
    write(tmp_path / ACCOUNT / "authorization-details.json", GOOD)
    path = write(tmp_path / ACCOUNT / name, content)
    with pytest.raises(BadInput, match=words) as raised:
        read_sources([tmp_path], Report())
    assert str(raised.value).startswith(f"{path}: ")


UNKNOWN = "arn:aws:iam::aws:policy/NobodyKnowsThisOne"
BAD_DOCUMENT = "is no valid policy and grants nothing"

# What stands in the file, the entity that is warned about, and words of the warning.
ANN, R = arn("user", "ann"), arn("role", "r")
WARNED: dict[str, tuple[Any, str, str]] = {
    "member of an unknown group": (with_user(GroupList=["gone"]), ANN, "group gone, which is not"),
    "unknown policy of AWS": (
        with_user(AttachedManagedPolicies=[attached(UNKNOWN)]),
        ANN,
        "whose text is not in",
    ),
    "unknown policy of the account": (
        with_user(AttachedManagedPolicies=[attached(arn("policy", "gone"))]),
        ANN,
        "policy/gone",
    ),
    "unknown boundary": (
        with_user(PermissionsBoundary={"PermissionsBoundaryArn": arn("policy", "gone")}),
        ANN,
        "permissions boundary .*policy/gone",
    ),
    "unknown policy of a group": (
        export(users=[user("ann")], groups=[group("g", AttachedManagedPolicies=[attached(UNKNOWN)])]),
        arn("group", "g"),
        "whose text is not in",
    ),
    "document that is no JSON": (
        with_user(UserPolicyList=[inline("p", "allow everything")]),
        ANN,
        BAD_DOCUMENT,
    ),
    "document that is a number": (with_user(UserPolicyList=[inline("p", 5)]), ANN, BAD_DOCUMENT),
    "document that is missing": (
        with_user(UserPolicyList=[{"PolicyName": "p"}]),
        ANN,
        BAD_DOCUMENT,
    ),
    "document nested ten thousand levels": (
        with_user(UserPolicyList=[inline("p", deep(10_000))]),
        ANN,
        BAD_DOCUMENT,
    ),
    "document of a million characters": (
        with_user(UserPolicyList=[inline("p", allow("s3:" + "a" * 1_000_000))]),
        ANN,
        "more than any policy of AWS",
    ),
    "role without trust policy": (
        export(roles=[role("r") | {"AssumeRolePolicyDocument": None}]),
        R,
        "no trust policy",
    ),
    "broken trust policy": (
        export(roles=[role("r") | {"AssumeRolePolicyDocument": "x"}]),
        R,
        "trust policy is no valid",
    ),
    "trust of a deleted principal": (
        export(roles=[role("r", {"AWS": "AROAEXAMPLEEXAMPLE"})]),
        R,
        "AROAEXAMPLE",
    ),
    "the same user twice": (export(users=[user("ann"), user("ann")]), ANN, "twice, the same"),
    "policy without a version in force": (
        export(users=[user("ann")], policies=[managed("p", allow()) | {"PolicyVersionList": []}]),
        arn("policy", "p"),
        "0 default versions",
    ),
}


@pytest.mark.parametrize("case", WARNED)
def test_the_rest_stays_right_and_the_entity_is_named(case: str, tmp_path: Path) -> None:
    content, entity, words = WARNED[case]
    report = Report()
    loaded = read_sources([write(tmp_path / "export.json", content)], report)
    assert loaded.estate.accounts[ACCOUNT].principals
    assert [warned.entity for warned in report.warnings] == [entity]
    assert re.search(words, report.warnings[0].text)


def test_bad_input_leaves_the_graph_as_it_was(database: Database, tmp_path: Path) -> None:
    load(database, [write(tmp_path / "good.json", GOOD)])
    before = picture(read_estate(database))
    for name, (content, _) in REFUSED.items():
        path = write(tmp_path / "bad.json", content)
        with pytest.raises(BadInput):
            load(database, [tmp_path / "good.json", path])
        assert name
    assert picture(read_estate(database)) == before


def test_marked_entities_load_and_come_back(database: Database, tmp_path: Path) -> None:
    empty(database)
    numbers = {case: f"{at:012d}" for at, case in enumerate(WARNED, start=1)}
    paths = [
        write(tmp_path / f"{number}.json", json.dumps(WARNED[case][0]).replace(ACCOUNT, number))
        for case, number in numbers.items()
    ]
    summary = load(database, paths)
    expected = read_sources(paths, Report()).estate
    assert set(expected.accounts) == set(numbers.values())
    assert picture(read_estate(database))["accounts"] == picture(expected)["accounts"]
    assert {warned.entity for warned in summary.warnings} >= {
        entity.replace(ACCOUNT, numbers[case]) for case, (_, entity, _) in WARNED.items()
    }
    (row,) = database.read(
        "MATCH (u:User {arn: $user})-[:ATTACHED]->(p:Policy) RETURN p.loaded AS loaded, u.warnings AS marks",
        user=arn("user", "ann", numbers["unknown policy of AWS"]),
    )
    assert row["loaded"] is False
    assert UNKNOWN in row["marks"][0]


HOSTILE = (
    "'; MATCH (n) DETACH DELETE n //",
    "</script><script>alert(1)</script>",
    "=cmd|' /C calc'!A1",
    "\u202egnp.exe",
    "\ud800 lone",
    "nul \0 byte",
    "😀" * 50,
    "$name {arn} `tick` \\u0041 \\",
    "x" * 10_000,
)


def test_hostile_texts_load_and_come_back(database: Database, tmp_path: Path) -> None:
    """Names, tags, Sids and conditions are the attacker's; ARNs and names may be as long as AWS allows."""
    empty(database)
    users = []
    for number, text in enumerate(HOSTILE):
        name = text[:100]
        document = policy_document(
            Sid=text, Effect="Allow", Action=["s3:Get*", text], Resource=text,
            Condition={"StringEquals": {"aws:RequestTag/" + text: [text]}},
        )  # fmt: skip
        users.append(
            user(f"{number}{name}", Tags=[{"Key": text, "Value": text}],
                 UserPolicyList=[inline(f"{name}/#:%", document), inline("good", allow())])
        )  # fmt: skip
    path = write(tmp_path / "hostile.json", export(users=users))
    load(database, [path])
    expected = picture(read_sources([path], Report()).estate)
    assert picture(read_estate(database)) == expected
    (row,) = database.read("MATCH (u:User) RETURN count(u) AS users")
    assert row["users"] == len(HOSTILE)
    (row,) = database.read(
        "MATCH (s:Statement {account: $account}) RETURN count(s) AS number", account=ACCOUNT
    )
    assert row["number"] >= len(HOSTILE)


def test_text_of_half_characters_is_made_whole(tmp_path: Path) -> None:
    content = json.dumps(export(users=[user("a", Tags=[{"Key": "k", "Value": "x"}])]))
    content = content.replace('"x"', r'"\ud83d \ud83d\ude00 \\ud800"')
    loaded = read_sources([write(tmp_path / "e.json", content)], Report())
    tags = loaded.estate.accounts[ACCOUNT].principals[arn("user", "a")].tags
    assert tags == {"k": "\ufffd 😀 \\ud800"}
