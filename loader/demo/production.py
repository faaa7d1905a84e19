"""Production: the ferry company's live account, where most stories play."""

from __future__ import annotations

from loader.demo import common, names
from loader.demo import production_people as people
from loader.demo import production_policies as policies
from loader.demo import production_resources as resources
from loader.demo import production_roles as roles
from loader.demo import production_services as services
from loader.demo.describe import Account


def account() -> Account:
    """The whole account."""
    made = Account(names.PRODUCTION, "tidewick-production")
    common.aws_managed(made)
    policies.boundaries(made)
    policies.managed_policies(made)
    policies.groups(made)
    for describe_people in (
        people.members,
        people.contractors,
        people.machines,
        people.ways_up,
        people.look_like_ways_up,
    ):
        describe_people(made)
    for describe_roles in (
        roles.administrators,
        roles.pipelines,
        roles.people,
        roles.partners,
        roles.instances,
    ):
        describe_roles(made)
    for describe_services in (services.functions, services.tasks, services.others):
        describe_services(made)
    roles.shared(made)
    resources.describe(made)
    return made
