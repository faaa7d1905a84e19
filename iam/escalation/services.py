"""The names by which trust policies and requests call a service: its own, a region's, a partition's.

In China some services are called by names of their own (`ec2.amazonaws.com.cn`), and some call themselves by the
region that they act in (`states.eu-west-1.amazonaws.com`):
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
https://docs.amazonaws.cn/en_us/aws/latest/userguide/iam.html
"""

from __future__ import annotations

import re
from functools import lru_cache

_REGIONAL = re.compile(r"(?P<service>[a-z0-9.-]+)\.[a-z]{2}(?:-[a-z]+)+-[0-9]+(?P<rest>\.amazonaws\.com)")
_NAMED_IN_CHINA = frozenset({"ec2.amazonaws.com", "elasticmapreduce.amazonaws.com"})


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """The service that a name stands for, whichever region and partition it is of: `states.amazonaws.com`."""
    whole = name.removesuffix(".cn")
    found = _REGIONAL.fullmatch(whole)
    return found["service"] + found["rest"] if found else whole


def names_in(partition: str, service: str) -> tuple[str, ...]:
    """The names that `iam:PassedToService` may have for a service in a partition, the likeliest first."""
    if partition == "aws-cn" and service in _NAMED_IN_CHINA:
        return f"{service}.cn", service
    return (service,)
