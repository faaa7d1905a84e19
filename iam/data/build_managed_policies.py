"""Build `aws-managed-policies.json.gz` from the copy of AWS's managed policies that `moto` ships.

Run by hand when the lock file has a new `moto`, with the test extra installed: `python -m
iam.data.build_managed_policies`. A test fails while the file differs from the installed `moto`.
"""

from __future__ import annotations

import gzip
import json
from importlib.metadata import version
from pathlib import Path

TARGET = Path(__file__).with_name("aws-managed-policies.json.gz")


def content() -> bytes:
    """The file's content before compression: a line on its origin, then a line a policy, sorted by ARN.

    A policy's line is its ARN, a tab and a JSON object, so that one is found without parsing the others.
    """
    from moto.iam.aws_managed_policies import (  # only needed to build
        aws_managed_policies_data,
    )

    policies = json.loads(aws_managed_policies_data)
    lines = [
        f"arn:aws:iam::aws:policy{policy['Path']}{name}\t"
        + json.dumps(
            {
                "name": name,
                "path": policy["Path"],
                "default_version_id": policy["DefaultVersionId"],
                "created": policy["CreateDate"],
                "updated": policy["UpdateDate"],
                "document": policy["Document"],
            },
            separators=(",", ":"),
        )
        for name, policy in policies.items()
    ]
    newest = max(policy["UpdateDate"] for policy in policies.values())
    origin = {"source": f"moto {version('moto')}", "newest": newest}
    return "\n".join([json.dumps(origin), *sorted(lines)]).encode() + b"\n"


if __name__ == "__main__":
    # The time of building stays out of the file, so that only new policies change it.
    TARGET.write_bytes(gzip.compress(content(), compresslevel=9, mtime=0))
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")
