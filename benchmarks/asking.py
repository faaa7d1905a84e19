"""Questions in the pure evaluator, over an estate in memory; and what an estate takes there."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import mean

from benchmarks.accounts import estate, put_buckets
from benchmarks.figures import Figure, Run, peak, repeated, watched
from iam import catalogue
from iam.administrators import administrators
from iam.asking import who_can
from iam.estate import Access
from iam.put import WrongResourceError
from tests.synthetic import ACCOUNT

OBJECT = "arn:aws:s3:::acme-payments-prod-data/2026.csv"
BUCKET = "arn:aws:s3:::acme-payments-prod-data"


def who(run: Run) -> Iterator[Figure]:
    """Who can do one action on one object, and on at least one; then every action on one bucket."""
    yield from _asked(500, run)


def _asked(size: int, run: Run) -> Iterator[Figure]:
    known = estate(size)
    warm = Access(known)
    people = [each for each in known.accounts[ACCOUNT].principals.values() if each.type in ("user", "role")]
    each_holds = mean(len(warm.holdings(each)) for each in people)
    times = 3 if run.quick else 7
    # A fresh Access each time: nothing is known but what reading the policies gave.
    taken, found = repeated(times, lambda: list(who_can(Access(known), "s3:GetObject", OBJECT)))
    note = f"{len(found)} may; {each_holds:.1f} policies each"
    yield taken.cpu_figure("who-can in memory, one action", size, goal=0.2, note=note)
    actions = _actions_on(Access(known), BUCKET)
    with watched() as all_of_them:
        access = Access(known)
        answers = sum(1 for action in actions for _ in who_can(access, action, BUCKET))
    note = f"{len(actions)} actions, {answers:,} answers"
    yield all_of_them.cpu_figure("who-can in memory, every action on a bucket", size, goal=2, note=note)
    with watched() as open_one:
        found = list(who_can(Access(known), "s3:GetObject", None))
    note = f"{len(found)} may, on at least one object"
    yield open_one.cpu_figure("who-can in memory, no resource named", size, note=note)
    put_buckets(known, 40)
    with watched() as over_all:
        found = list(who_can(Access(known), "s3:GetObject", "arn:aws:s3:::acme-*/*"))
    note = f"{len(found)} may, on some of their objects"
    yield over_all.cpu_figure("who-can in memory, 40 buckets with policies", size, note=note)


def _actions_on(access: Access, resource: str) -> list[str]:
    """The actions of S3 that work on a resource."""
    found = []
    for action in catalogue.actions("s3"):
        try:
            next(who_can(access, action.name, resource), None)
        except WrongResourceError:
            continue
        if action.resource_level:
            found.append(action.name)
    return found


def administration(run: Run) -> Iterator[Figure]:
    """Finding the administrators."""
    for size in run.sizes:
        access = Access(estate(size))
        taken, found = repeated(3, lambda access=access: list(administrators(access)))  # type: ignore[misc]
        yield taken.cpu_figure("administrators in memory", size, note=f"{len(found)} found")


def memory(run: Run) -> Iterator[Figure]:
    """Peak memory of a process that reads an account and answers one question over it."""
    size = max(run.sizes)
    access = Access(estate(size))
    found = sum(1 for _ in who_can(access, "s3:GetObject", OBJECT))
    yield Figure("memory, estate and one who-can", peak(), "MB", size, goal=500, note=f"{found} may")
