"""The accounts that are measured on: synthetic, the same at every run, written once for each run."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from iam.decision import Policy
from iam.document import PolicyKind, read_document
from iam.entities import Resource
from iam.estate import Estate
from loader.problems import Report
from loader.sources import read_sources
from tests.synthetic import synthetic_account, write_export

SEED = 2026
FOLDER = "IAMATLAS_BENCHMARK_FOLDER"
"""The variable by which the measured processes are told where the run keeps its accounts."""


def export(size: int, *, dense: bool = False) -> Path:
    """The file of an account with so many principals."""
    folder = Path(os.environ.get(FOLDER) or tempfile.gettempdir())
    path = folder / f"account-{size}{'-dense' if dense else ''}.json"
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}.json")
        write_export(draft, synthetic_account(size, SEED, dense=dense))
        draft.replace(path)
    return path


def estate(size: int, *, dense: bool = False) -> Estate:
    """The account, read."""
    return read_sources([export(size, dense=dense)], Report()).estate


_TEAMS = ("payments", "orders", "catalog", "identity", "search", "billing", "shipping", "ledger")


def put_buckets(known: Estate, count: int) -> None:
    """Put buckets with policies of their own into an estate of one account: no plain HTTP, one reader let in, or
    a folder closed.
    """
    [account] = known.accounts.values()
    readers = list(account.principals)
    for number in range(count):
        arn = f"arn:aws:s3:::acme-{_TEAMS[number % len(_TEAMS)]}-data-{number}"
        everyone: dict[str, object] = {"Effect": "Deny", "Principal": "*"}
        insecure = {"Bool": {"aws:SecureTransport": "false"}}
        statements: list[dict[str, object]] = [
            {**everyone, "Action": "s3:*", "Resource": [arn, f"{arn}/*"], "Condition": insecure}
        ]
        if number % 2:
            reader = {"AWS": readers[7 * number % len(readers)]}
            statements.append(
                {"Effect": "Allow", "Principal": reader, "Action": "s3:GetObject", "Resource": f"{arn}/*"}
            )
        if number % 3 == 0:
            statements.append({**everyone, "Action": "s3:GetObject", "Resource": f"{arn}/closed/*"})
        document = read_document({"Version": "2012-10-17", "Statement": statements}, PolicyKind.RESOURCE)
        account.resources[arn] = Resource(
            arn=arn,
            type="AWS::S3::Bucket",
            name=arn.rpartition(":")[2],
            account=account.id,
            policy=Policy(f"{arn}:policy", "policy", PolicyKind.RESOURCE, document),
        )
