"""What is marked, as where paths start from and lead to: `marked:owned`, `marked:crown-jewel`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from graph.entities import administrator_key
from graph.marks import Mark, MarkKind
from iam.entities import Principal, Resource
from queries.errors import QuestionError
from queries.names import find_principal
from queries.targets import Targets, find_acting, find_target

if TYPE_CHECKING:
    from iam.answer import Answer
    from iam.escalation.web import Web
    from iam.estate import Estate

MARKED = "marked:"

READING = {
    "AWS::S3::Bucket": ("s3:GetObject", "/*"),
    "AWS::DynamoDB::Table": ("dynamodb:GetItem", ""),
    "AWS::KMS::Key": ("kms:Decrypt", ""),
    "AWS::SQS::Queue": ("sqs:ReceiveMessage", ""),
    "AWS::SecretsManager::Secret": ("secretsmanager:GetSecretValue", ""),
    "AWS::SSM::Parameter": ("ssm:GetParameter", ""),
}
"""What it takes to read what a resource holds: the action, and what stands behind the ARN."""


def marked_kind(text: str) -> MarkKind | None:
    """The kind that `marked:KIND` names; None for a text of another form. Raises QuestionError."""
    wanted = text.strip().lower()
    if not wanted.startswith(MARKED):
        return None
    name = wanted.removeprefix(MARKED).strip().replace(" ", "-").replace("_", "-")
    try:
        return MarkKind(name.removesuffix("s") if name == "crown-jewels" else name)
    except ValueError:
        kinds = ", ".join(f"{MARKED}{kind.value}" for kind in MarkKind)
        raise QuestionError(f"There is no mark {name[:60]!r}. Marks are {kinds}.") from None


def find_sources(
    estate: Estate, text: str | None, marks: Sequence[Mark], warnings: list[str]
) -> tuple[str | None, list[Principal] | None]:
    """Where paths start from: its name in answers, and the principals; None for everybody.

    `text` is a principal or `marked:KIND`. What can't be a source is told in `warnings`. Raises QuestionError.
    """
    if text is None:
        return None, None
    kind = marked_kind(text)
    if kind is None:
        found = find_principal(estate, text)
        return found.arn, [found]
    principals = []
    for arn in _arns(kind, marks):
        principal = estate.principal(arn)
        if principal is None:
            warnings.append(f"{arn} is marked {kind.value} and is no source: {_why_not(estate, arn)}.")
        else:
            principals.append(principal)
    return f"{MARKED}{kind.value}", principals


def find_marked_target(web: Web, text: str, marks: Sequence[Mark], warnings: list[str]) -> Targets:
    """Where paths lead to: what `queries.targets.find_target` takes, or `marked:KIND`.

    A marked resource counts as reached by whoever may read what it holds. What can't be a target is told in
    `warnings`. Raises QuestionError.
    """
    kind = marked_kind(text)
    if kind is None:
        return find_target(web, text)
    nodes: set[str] = set()
    answers: dict[str, Answer] = {}
    estate = web.world.estate
    for arn in _arns(kind, marks):
        resource = _resource(estate, arn)
        account = arn.removeprefix(administrator_key(""))
        if estate.principal(arn) is not None or (account != arn and account in estate.accounts):
            nodes |= find_target(web, arn).nodes
        elif resource is not None and resource.type in READING:
            action, behind = READING[resource.type]
            for node, answer in find_acting(web, action, arn + behind).answers.items():
                if node not in answers or answer.open_points < answers[node].open_points:
                    answers[node] = answer
        else:
            warnings.append(f"{arn} is marked {kind.value} and is no target: {_why_not(estate, arn)}.")
    # Who is a target itself need not be able to do anything more.
    kept = {node: answer for node, answer in answers.items() if node not in nodes}
    return Targets(f"{MARKED}{kind.value}", frozenset([*nodes, *kept]), kept)


def accepted(marks: Iterable[Mark]) -> frozenset[str]:
    """The ARNs whose risk is accepted."""
    return frozenset(mark.arn for mark in marks if mark.kind is MarkKind.ACCEPTED_RISK)


def _arns(kind: MarkKind, marks: Sequence[Mark]) -> list[str]:
    found = [mark.arn for mark in marks if mark.kind is kind]
    if not found:
        raise QuestionError(
            f"Nothing is marked {kind.value}. Mark principals and resources on their pages in iamatlas explore."
        )
    return found


def _resource(estate: Estate, arn: str) -> Resource | None:
    return next((a.resources[arn] for a in estate.accounts.values() if arn in a.resources), None)


def _why_not(estate: Estate, arn: str) -> str:
    if _resource(estate, arn) is not None:
        return "what counts as reaching it has to be named (--to-action and --to-resource)"
    return "it is not loaded"
