"""What techniques of one family share in their texts, said once and added to each when it is read."""

from __future__ import annotations

from dataclasses import replace

from iam.techniques.model import On, Technique


def with_family_texts(technique: Technique) -> Technique:
    """The technique with what holds for all passing of roles added to its texts, where it passes a role."""
    passed = [right.passed_to for right in technique.rights if right.passed_to and right.on is On.TARGET_ROLE]
    if not passed or technique.left_out:
        return technique
    services = " and ".join(f"`{service}`" for service in dict.fromkeys(passed))
    condition = f", with `iam:PassedToService` set to {services}"
    if any(right.inferred for right in technique.rights):
        condition = ""  # A condition on what AWS does not document might let nothing through.
    prevention = (
        f"Allow `iam:PassRole` on named roles only{condition}; "
        "and let no role that is stronger than the people who may pass it be passed at all."
    )
    detection = "A role that this caller has never given to this service is what to alert on."
    return replace(
        technique,
        prevention=f"{technique.prevention} {prevention}",
        detection=f"{technique.detection} {detection}",
    )
