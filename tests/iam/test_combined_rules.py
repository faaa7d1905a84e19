"""Several rules at once: requests in which layers, principals and conditions meet, each with AWS's page.

Every request is answered by both evaluators. The pages lie under docs.aws.amazon.com.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from tests.iam.small_cases import (
    ALICE,
    ALLOWED,
    ANONYMOUS,
    BOB,
    BUCKET,
    EXPLICIT,
    FEDERATED,
    GITHUB,
    HOME,
    IMPLICIT,
    KEY,
    LINKED,
    LINKED_ROLE,
    OBJECT,
    OTHER,
    ROLE,
    ROOT,
    SAML,
    SESSION,
    TARGET,
    allow,
    answer,
    deny,
    grant,
    policy,
    refuse,
    trust,
    when,
)

ALL = policy(allow())
NOTHING = policy(allow("ec2:DescribeVpcs"))
EVERYONE = policy(grant("*"))
THEIRS = {"owner": OTHER}
THEIR_ROLE = f"arn:aws:iam::{OTHER}:role/Target"
THEIR_KEY = KEY.replace(HOME, OTHER)
QUEUE = f"arn:aws:sqs:us-east-1:{HOME}:team-q"
AS_ROLE = {"aws:PrincipalArn": ROLE}

IAM = "IAM/latest/UserGuide/"
LOGIC = IAM + "reference_policies_evaluation-logic_policy-eval-basics-resource-rdp.html"
CROSS = IAM + "reference_policies_evaluation-logic-cross-account.html"
PRINCIPAL = IAM + "reference_policies_elements_principal.html"
NOT_PRINCIPAL = IAM + "reference_policies_elements_notprincipal.html"
BOUNDARY = IAM + "access_policies_boundaries.html"
VARIABLES = IAM + "reference_policies_variables.html"
OPERATORS = IAM + "reference_policies_elements_condition_operators.html"
SETS = IAM + "reference_policies_condition-single-vs-multi-valued-context-keys.html"
KEYS = IAM + "reference_policies_condition-keys.html"
RESOURCE = IAM + "reference_policies_elements_resource.html"
NOT_RESOURCE = IAM + "reference_policies_elements_notresource.html"
ACTION = IAM + "reference_policies_elements_action.html"
SCP = "organizations/latest/userguide/orgs_manage_policies_scps.html"
RCP = "organizations/latest/userguide/orgs_manage_policies_rcps.html"
KMS = "kms/latest/developerguide/key-policy-default.html"
ENDPOINT = "vpc/latest/privatelink/vpc-endpoints-access.html"
SESSIONS = IAM + "id_credentials_temp_control-access_getsessiontoken.html"


class Meeting(NamedTuple):
    """What meets in a request, AWS's page on it, the answer, and the request."""

    what: str
    page: str
    expected: str
    request: dict[str, Any]
    caller: Any = BOB


def org(values: Any = "o-1", operator: str = "StringEquals") -> dict[str, Any]:
    return {operator: {"aws:PrincipalOrgID": values}}


MEETINGS = [
    # Principals and what caps them
    Meeting("a grant to the user passes a boundary that is silent, not one that denies", LOGIC, EXPLICIT,
            {"on_resource": policy(grant(BOB)), "boundary": policy(allow("ec2:*"), deny("s3:*"))}),
    Meeting("a grant to the role is capped by the session policy", LOGIC, IMPLICIT,
            {"on_resource": policy(grant(ROLE)), "session": NOTHING, "boundary": ALL}, SESSION),
    Meeting("one to the session is not", LOGIC, ALLOWED,
            {"on_resource": policy(grant([ROLE, SESSION])), "session": NOTHING, "boundary": NOTHING}, SESSION),
    Meeting("everyone under a condition on the role's ARN passes both", PRINCIPAL, ALLOWED,
            {"on_resource": policy(grant("*", Condition={"ArnEquals": {"aws:PrincipalArn": ROLE}})),
             "session": NOTHING, "boundary": NOTHING, "context": AS_ROLE}, SESSION),
    Meeting("across accounts even a grant to the session is capped by its session policy", CROSS, IMPLICIT,
            {"on_resource": policy(grant(SESSION)), "session": NOTHING, "identity": [ALL], **THEIRS}, SESSION),
    Meeting("and by the boundary", CROSS, IMPLICIT,
            {"on_resource": policy(grant(BOB)), "boundary": NOTHING, "identity": [ALL], **THEIRS}),
    Meeting("a grant to the account needs the identity's, which the boundary caps", LOGIC, IMPLICIT,
            {"on_resource": policy(grant(HOME)), "boundary": NOTHING, "identity": [ALL]}),
    Meeting("a resource policy of the wrong account's role of the same name", PRINCIPAL, IMPLICIT,
            {"on_resource": policy(grant(ROLE.replace(HOME, OTHER)))}, SESSION),
    Meeting("a role under another path is the same role", PRINCIPAL, ALLOWED,
            {"on_resource": policy(grant(ROLE.replace("/team/", "/other/")))}, SESSION),
    Meeting("a user under another path is another user", PRINCIPAL, IMPLICIT,
            {"on_resource": policy(grant(ALICE.replace("staff/", "")))}, ALICE),
    Meeting("a user's name has its case", PRINCIPAL, IMPLICIT,
            {"on_resource": policy(grant(BOB.replace("Bob", "bob")))}),
    Meeting("an ARN of aws-cn is nobody of aws", PRINCIPAL, IMPLICIT,
            {"on_resource": policy(grant(BOB.replace("aws:", "aws-cn:")))}),
    Meeting("a wildcard within an account id is no pattern", PRINCIPAL, IMPLICIT,
            {"on_resource": policy(grant(f"arn:aws:iam::{HOME[:6]}*:root")), "identity": [ALL], **THEIRS}),
    Meeting("a star among others is everyone", PRINCIPAL, ALLOWED,
            {"on_resource": policy(grant({"AWS": [OTHER, "*"]}))}, ANONYMOUS),
    Meeting("a federated star is not everyone", PRINCIPAL, IMPLICIT,
            {"on_resource": policy(grant({"Federated": "*"}))}, ANONYMOUS),
    Meeting("a service star is no user", PRINCIPAL, IMPLICIT, {"on_resource": policy(grant({"Service": "*"}))}),
    Meeting("a grant to the account's root user by ARN lets its users in", PRINCIPAL, ALLOWED,
            {"on_resource": policy(grant(ROOT)), "identity": [ALL], "resource": KEY, "action": "kms:Decrypt"}),
    # NotPrincipal
    Meeting("a Deny for all but the role and its session, who is spared", NOT_PRINCIPAL, ALLOWED,
            {"on_resource": policy(deny("*", "*", NotPrincipal={"AWS": [ROLE, SESSION, ROOT]})),
             "identity": [ALL]}, SESSION),
    Meeting("the account is not listed", NOT_PRINCIPAL, EXPLICIT,
            {"on_resource": policy(deny("*", "*", NotPrincipal={"AWS": [ROLE, SESSION]})), "identity": [ALL]},
            SESSION),
    Meeting("another session of the role", NOT_PRINCIPAL, EXPLICIT,
            {"on_resource": policy(deny("*", "*", NotPrincipal={"AWS": [ROLE, SESSION + "2", ROOT]})),
             "identity": [ALL]}, SESSION),
    Meeting("whoever has a boundary is never spared", BOUNDARY, EXPLICIT,
            {"on_resource": policy(deny("*", "*", NotPrincipal={"AWS": [BOB, ROOT]})), "identity": [ALL],
             "boundary": ALL}),
    Meeting("a service is spared by its name", NOT_PRINCIPAL, ALLOWED,
            {"on_resource": policy(deny("*", "*", NotPrincipal={"Service": "logging.s3.amazonaws.com"}),
                                   grant({"Service": "logging.s3.amazonaws.com"}))}, "logging.s3.amazonaws.com"),
    Meeting("an anonymous caller is denied", NOT_PRINCIPAL, EXPLICIT,
            {"on_resource": policy(grant("*"), deny("*", "*", NotPrincipal={"AWS": ROOT}))}, ANONYMOUS),
    Meeting("a condition on the Deny spares the rest", NOT_PRINCIPAL, ALLOWED,
            {"on_resource": policy(deny("*", "*", NotPrincipal={"AWS": [ALICE, ROOT]}, Condition=org("o-2"))),
             "identity": [ALL], "context": {"aws:PrincipalOrgID": "o-1"}}),
    # Across accounts, with guardrails of both
    Meeting("the resource account's SCP does not bind the caller", SCP, ALLOWED,
            {"on_resource": policy(grant(HOME)), "identity": [ALL], "scps": [[ALL], [ALL]], **THEIRS}),
    Meeting("the resource account's RCP does", RCP, EXPLICIT,
            {"on_resource": policy(grant(HOME)), "identity": [ALL], **THEIRS,
             "rcps": [[EVERYONE], [policy(refuse("*", "s3:*", Condition=org("o-2", "StringNotEqualsIfExists")))]],
             "context": {"aws:PrincipalOrgID": "o-1"}}),
    Meeting("an RCP for outsiders means who has no organization at all, too", RCP, EXPLICIT,
            {"on_resource": EVERYONE, "rcps": [[policy(refuse("*", Condition={
                **org("o-2", "StringNotEqualsIfExists"),
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}))]]}, ANONYMOUS),
    Meeting("and spares services", RCP, ALLOWED,
            {"on_resource": policy(grant({"Service": "sns.amazonaws.com"})), "resource": QUEUE,
             "action": "sqs:SendMessage", "rcps": [[EVERYONE, policy(refuse("*", Condition={
                **org("o-2", "StringNotEqualsIfExists"),
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}))]],
             "context": {"aws:PrincipalIsAWSService": "true"}}, "sns.amazonaws.com"),
    Meeting("an RCP on a service that RCPs don't bind", RCP, ALLOWED,
            {"identity": [ALL], "rcps": [[policy(refuse("*"))]], "action": "ec2:DescribeVpcs",
             "resource": "*"}),
    Meeting("no RCP binds the retirement of a grant", "kms/latest/developerguide/resource-control-policies.html",
            ALLOWED, {"identity": [ALL], "on_resource": policy(grant(HOME)), "resource": KEY,
                      "action": "kms:RetireGrant", "rcps": [[EVERYONE, policy(refuse("*", "kms:*"))]]}),
    Meeting("a service-linked role passes SCPs and RCPs", SCP, ALLOWED,
            {"identity": [ALL], "scps": [[policy(deny())]], "rcps": [[policy(refuse("*"))]],
             "context": {"aws:PrincipalArn": LINKED_ROLE}}, LINKED),
    Meeting("a role that is only called like one does not", SCP, EXPLICIT,
            {"identity": [ALL], "scps": [[policy(deny())]],
             "context": {"aws:PrincipalArn": f"arn:aws:iam::{HOME}:role/AWSServiceRoleForECS"}}, LINKED),
    Meeting("SCPs bind a root user that policies don't", SCP, IMPLICIT, {"scps": [[ALL], [NOTHING]]}, ROOT),
    Meeting("one level of SCPs without an Allow is enough", SCP, IMPLICIT,
            {"identity": [ALL], "scps": [[ALL], [], [ALL]]}),
    Meeting("an SCP's condition on a role's ARN sees the path", KEYS, ALLOWED,
            {"identity": [ALL], "context": AS_ROLE, "scps": [[ALL, policy(deny(Condition={
                "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/team/*"}}))]]}, SESSION),
    Meeting("and not the session", KEYS, EXPLICIT,
            {"identity": [ALL], "context": AS_ROLE, "scps": [[ALL, policy(deny(Condition={
                "ArnNotLike": {"aws:PrincipalArn": "arn:aws:sts::*:assumed-role/App/*"}}))]]}, SESSION),
    Meeting("NotAction of an SCP's Allow", SCP, IMPLICIT,
            {"identity": [ALL], "scps": [[policy(allow(None, NotAction="s3:*"))]]}),
    # KMS and trust
    Meeting("a key whose policy names a role alone: not the administrator", KMS, IMPLICIT,
            {"identity": [ALL], "on_resource": policy(grant(ROLE, "kms:*")), "resource": KEY,
             "action": "kms:Decrypt"}),
    Meeting("not even the root user", KMS, IMPLICIT,
            {"on_resource": policy(grant(BOB, "kms:*")), "resource": KEY, "action": "kms:Decrypt"}, ROOT),
    Meeting("that role, within its boundary", KMS, IMPLICIT,
            {"on_resource": policy(grant(ROLE, "kms:*")), "boundary": NOTHING, "resource": KEY,
             "action": "kms:Decrypt"}, SESSION),
    Meeting("the account's statement under a condition on the service in between", KMS, IMPLICIT,
            {"identity": [ALL], "resource": KEY, "action": "kms:Decrypt", "context": {},
             "on_resource": policy(grant(HOME, Condition={
                 "StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}))}),
    Meeting("everyone of the account, by the caller's account, needs no identity policy", KMS, ALLOWED,
            {"resource": KEY, "action": "kms:Decrypt", "context": {"kms:CallerAccount": HOME},
             "on_resource": policy(grant("*", Condition={"StringEquals": {"kms:CallerAccount": HOME}}))}),
    Meeting("another account's key needs both sides", KMS, IMPLICIT,
            {"resource": THEIR_KEY, "action": "kms:Decrypt", **THEIRS, "on_resource": policy(grant(BOB))}),
    Meeting("another account's alias has no policy", KMS, IMPLICIT,
            {"resource": THEIR_KEY.replace("key/k-1", "alias/a"), "action": "kms:UpdateAlias", **THEIRS,
             "identity": [ALL]}),
    Meeting("an encryption context that must be there", KMS, EXPLICIT,
            {"resource": KEY, "action": "kms:Decrypt", "identity": [ALL], "on_resource": policy(
                grant(HOME), refuse("*", Condition={"Null": {"kms:EncryptionContext:app": "true"}}))}),
    Meeting("a role assumes the next by the trust policy alone", PRINCIPAL, ALLOWED,
            {"resource": TARGET, "action": "sts:AssumeRole", "on_resource": policy(trust(ROLE))}, SESSION),
    Meeting("in another account by both", CROSS, IMPLICIT,
            {"resource": THEIR_ROLE, "action": "sts:AssumeRole", **THEIRS, "on_resource": policy(trust(ROLE))},
            SESSION),
    Meeting("a boundary that is silent on STS keeps a role from the next", BOUNDARY, IMPLICIT,
            {"resource": TARGET, "action": "sts:AssumeRole", "on_resource": policy(trust(ROLE)),
             "boundary": NOTHING}, SESSION),
    Meeting("a user named by the trust policy it does not keep", BOUNDARY, ALLOWED,
            {"resource": TARGET, "action": "sts:AssumeRole", "on_resource": policy(trust(BOB)),
             "boundary": NOTHING}),
    Meeting("trust in everyone lets in whoever is of the account", PRINCIPAL, ALLOWED,
            {"resource": TARGET, "action": "sts:AssumeRole", "on_resource": policy(trust("*"))}),
    Meeting("and of another account with an Allow of its own", PRINCIPAL, IMPLICIT,
            {"resource": THEIR_ROLE, "action": "sts:AssumeRole", **THEIRS, "on_resource": policy(trust("*"))}),
    Meeting("a provider gets in by its own action alone", IAM + "id_roles_create_for-idp_oidc.html", IMPLICIT,
            {"resource": TARGET, "action": "sts:AssumeRoleWithWebIdentity", "on_resource": policy(
                trust({"Federated": GITHUB}))}, GITHUB),
    Meeting("and without the caller's SCPs", IAM + "id_roles_create_for-idp_oidc.html", ALLOWED,
            {"resource": TARGET, "action": "sts:AssumeRoleWithSAML", "scps": [[NOTHING]], "on_resource": policy(
                trust({"Federated": SAML}, "sts:AssumeRoleWithSAML")), "context": {}}, SAML),
    Meeting("but within the RCPs of the role's account", RCP, EXPLICIT,
            {"resource": TARGET, "action": "sts:AssumeRoleWithSAML", "rcps": [[policy(refuse("*", "sts:*"))]],
             "on_resource": policy(trust({"Federated": SAML}, "sts:AssumeRoleWithSAML"))}, SAML),
    Meeting("a user's own token asks for no permission", SESSIONS, ALLOWED,
            {"action": "sts:GetSessionToken", "resource": "*", "identity": [policy(deny())]}),
    Meeting("no session gets one", "STS/latest/APIReference/API_GetSessionToken.html", IMPLICIT,
            {"action": "sts:GetSessionToken", "resource": "*", "identity": [ALL]}, SESSION),
    # Federated users
    Meeting("a grant to the federated user itself", LOGIC, ALLOWED,
            {"on_resource": policy(grant(FEDERATED)), "session": NOTHING}, FEDERATED),
    Meeting("its session policy alone grants nothing", "STS/latest/APIReference/API_GetFederationToken.html",
            IMPLICIT, {"session": ALL}, FEDERATED),
    # Endpoints
    Meeting("an endpoint for one organization, to an anonymous caller", ENDPOINT, IMPLICIT,
            {"on_resource": EVERYONE, "endpoint": policy(grant("*", Condition=org()))}, ANONYMOUS),
    Meeting("an endpoint that names the account lets its users through", ENDPOINT, ALLOWED,
            {"identity": [ALL], "endpoint": policy(grant(HOME))}),
    Meeting("an endpoint grants nothing", ENDPOINT, IMPLICIT, {"endpoint": EVERYONE}),
    Meeting("an endpoint for other buckets", ENDPOINT, IMPLICIT,
            {"identity": [ALL], "endpoint": policy(grant("*", "s3:*", "arn:aws:s3:::other*"))}),
    # Actions and resources
    Meeting("an action's name has no case, its resource has", ACTION, IMPLICIT,
            {"identity": [policy(allow("S3:gETobject", OBJECT.upper()))]}),
    Meeting("a letter that only lower-cases to one of ASCII is another", ACTION, IMPLICIT,
            {"identity": [policy(allow("\u212ams:*"))], "resource": KEY, "action": "kms:Decrypt",
             "on_resource": policy(grant(HOME))}),
    Meeting("letters beyond ASCII in a resource are compared as they are", RESOURCE, ALLOWED,
            {"identity": [policy(allow("s3:GetObject", BUCKET + "/\u00fc?.txt"))],
             "resource": BUCKET + "/\u00fc\u00e9.txt"}),
    Meeting("composed and decomposed letters differ", RESOURCE, IMPLICIT,
            {"identity": [policy(allow("s3:GetObject", BUCKET + "/\u00fc"))], "resource": BUCKET + "/u\u0308"}),
    Meeting("a question mark is one character, a line break too", RESOURCE, ALLOWED,
            {"identity": [policy(allow("s3:GetObject", BUCKET + "/a?b"))], "resource": BUCKET + "/a\nb"}),
    Meeting("NotAction with Deny on one service, NotResource beside", NOT_RESOURCE, ALLOWED,
            {"identity": [ALL, policy(deny(None, None, NotAction="iam:*", NotResource=BUCKET + "/*"))]}),
    Meeting("NotResource denies what is not listed", NOT_RESOURCE, EXPLICIT,
            {"identity": [ALL, policy(deny(None, None, NotAction="iam:*", NotResource=BUCKET))]}),
    Meeting("an action without resources and NotResource", NOT_RESOURCE, EXPLICIT,
            {"identity": [ALL, policy(deny("ec2:*", None, NotResource="arn:aws:ec2:*:*:vpc/*"))],
             "action": "ec2:DescribeVpcs", "resource": "*"}),
    Meeting("a bucket's pattern with a star in its name takes objects in", RESOURCE, ALLOWED,
            {"identity": [policy(allow("s3:*", "arn:aws:s3:::buck*"))]}),
    # Variables
    Meeting("a default for a tag that the caller lacks", VARIABLES, ALLOWED,
            {"identity": [policy(allow("s3:*", BUCKET + "/${aws:PrincipalTag/dir, 'a.txt'}"))]}),
    Meeting("a default is not for a tag that is there", VARIABLES, IMPLICIT,
            {"identity": [policy(allow("s3:*", BUCKET + "/${aws:PrincipalTag/dir, 'a.txt'}"))],
             "context": {"aws:PrincipalTag/dir": "b"}}),
    Meeting("a star within a tag's value is a star", VARIABLES, IMPLICIT,
            {"identity": [policy(allow("s3:*", BUCKET + "/${aws:PrincipalTag/dir}"))],
             "context": {"aws:PrincipalTag/dir": "*"}}),
    Meeting("a variable in an action is no variable", VARIABLES, IMPLICIT,
            {"identity": [policy(allow("s3:${aws:PrincipalTag/verb}Object"))],
             "context": {"aws:PrincipalTag/verb": "Get"}}),
    Meeting("the caller's tag on the object, compared by variable", VARIABLES, ALLOWED,
            {"identity": [policy(allow(Condition={"StringEquals": {
                "s3:ExistingObjectTag/team": "${aws:PrincipalTag/Team}"}}))],
             "context": {"aws:PrincipalTag/team": "red", "s3:ExistingObjectTag/team": "red"}}),
    # Conditions
    Meeting("ForAllValues lets a request without the key pass", SETS, ALLOWED,
            {"identity": [policy(when("ForAllValues:StringEquals", "aws:TagKeys", ["a"]))]}),
    Meeting("unless Null asks for it", SETS, IMPLICIT,
            {"identity": [policy(allow(Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]},
                                                  "Null": {"aws:TagKeys": "false"}}))]}),
    Meeting("ForAnyValue of no values", SETS, IMPLICIT,
            {"identity": [policy(when("ForAnyValue:StringLike", "aws:TagKeys", "*"))],
             "context": {"aws:TagKeys": []}}),
    Meeting("a Deny with ForAnyValue and a negated operator: one foreign tag is enough", SETS, EXPLICIT,
            {"identity": [ALL, policy(deny(Condition={"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a"]}}))],
             "context": {"aws:TagKeys": ["a", "b"]}}),
    Meeting("a Deny unless MFA, with long-term keys", OPERATORS, EXPLICIT,
            {"identity": [ALL, policy(deny(Condition={
                "BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}))]}),
    Meeting("the same without IfExists denies nothing", OPERATORS, ALLOWED,
            {"identity": [ALL, policy(deny(Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}))]}),
    Meeting("NotIpAddress without an address denies", OPERATORS, EXPLICIT,
            {"identity": [ALL, policy(deny(Condition={"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))]}),
    Meeting("two keys of one operator are both wanted", OPERATORS, IMPLICIT,
            {"identity": [policy(allow(Condition={"StringEquals": {"aws:username": "Bob", "aws:userid": "x"}}))],
             "context": {"aws:username": "Bob"}}),
    Meeting("an organization's path below a unit", KEYS, ALLOWED,
            {"on_resource": policy(grant("*", Condition={"ForAnyValue:StringLike": {
                "aws:PrincipalOrgPaths": "o-1/r-1/ou-1/*"}})),
             "context": {"aws:PrincipalOrgPaths": ["o-1/r-1/ou-1/ou-2/"]}}),
    Meeting("the key's name in another case, its value in the right one", KEYS, ALLOWED,
            {"identity": [policy(when("StringEquals", "AWS:principaltag/TEAM", "Red"))],
             "context": {"aws:PrincipalTag/team": "Red"}}),
]  # fmt: skip


@pytest.mark.parametrize("meeting", MEETINGS, ids=lambda meeting: meeting.what)
def test_rules_meet_as_aws_documents(meeting: Meeting) -> None:
    assert answer(meeting.caller, **meeting.request) == meeting.expected


def test_each_meeting_names_its_page() -> None:
    assert all(meeting.page.endswith(".html") for meeting in MEETINGS)
