"""What techniques of one family share in their texts, said once and added to each when it is read."""

from __future__ import annotations

from dataclasses import replace

from iam.techniques.model import On, Technique


def with_family_texts(technique: Technique) -> Technique:
    """The technique with the advice on passing roles added to its prevention, where it passes the target."""
    passed = [right.passed_to for right in technique.rights if right.passed_to and right.on is On.TARGET_ROLE]
    if not passed or technique.left_out:
        return technique
    services = list(dict.fromkeys(passed))
    named = " and ".join(f"`{service}`" for service in services)
    shared = (
        f"Allow `iam:PassRole` on named roles only, with `iam:PassedToService` set to {named}; "
        "and let no role that is stronger than the people who may pass it be passed at all."
    )
    return replace(technique, prevention=f"{technique.prevention} {shared}".strip())
