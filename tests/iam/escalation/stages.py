"""For each technique an account in which it works, built from the technique's own data.

A `Stage` is the recipe: what the attacker may do, whom the target trusts, what exists. Its fields are changed
one at a time to make the twins in which the technique does not work.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from iam.escalation.steps import Step
from iam.techniques import Effect, On, Right, Technique, techniques
from tests.iam.escalation.accounts import EVERYTHING, HOME, REGION, Built, Json, allow, deny, trusts

_LOCATED = f"{REGION}:{HOME}"
# One ARN of each type that a technique works on.
ARNS = {
    "AWS::Amplify::App": f"arn:aws:amplify:{_LOCATED}:apps/d1",
    "AWS::ApiGateway::RestApi": f"arn:aws:apigateway:{REGION}::/restapis/a1",
    "AWS::AppRunner::Service": f"arn:aws:apprunner:{_LOCATED}:service/web/1",
    "AWS::AppSync::GraphQLApi": f"arn:aws:appsync:{_LOCATED}:apis/a1",
    "AWS::AutoScaling::AutoScalingGroup": (
        f"arn:aws:autoscaling:{_LOCATED}:autoScalingGroup:1:autoScalingGroupName/fleet"
    ),
    "AWS::Batch::JobDefinition": f"arn:aws:batch:{_LOCATED}:job-definition/nightly",
    "AWS::Batch::JobQueue": f"arn:aws:batch:{_LOCATED}:job-queue/main",
    "AWS::Bedrock::AgentAlias": f"arn:aws:bedrock:{_LOCATED}:agent-alias/A1/B1",
    "AWS::BedrockAgentCore::BrowserCustom": f"arn:aws:bedrock-agentcore:{_LOCATED}:browser-custom/b1",
    "AWS::BedrockAgentCore::CodeInterpreterCustom": (
        f"arn:aws:bedrock-agentcore:{_LOCATED}:code-interpreter-custom/c1"
    ),
    "AWS::BedrockAgentCore::Runtime": f"arn:aws:bedrock-agentcore:{_LOCATED}:runtime/r1",
    "AWS::Cloud9::EnvironmentEC2": f"arn:aws:cloud9:{_LOCATED}:environment:e1",
    "AWS::CloudFormation::Stack": f"arn:aws:cloudformation:{_LOCATED}:stack/app/1",
    "AWS::CloudFormation::StackSet": f"arn:aws:cloudformation:{_LOCATED}:stackset/base:1",
    "AWS::CodeBuild::Project": f"arn:aws:codebuild:{_LOCATED}:project/build",
    "AWS::CodeDeploy::DeploymentGroup": f"arn:aws:codedeploy:{_LOCATED}:deploymentgroup:app/live",
    "AWS::CodePipeline::CustomActionType": f"arn:aws:codepipeline:{_LOCATED}:actiontype:Custom/Build/own/1",
    "AWS::CodePipeline::Pipeline": f"arn:aws:codepipeline:{_LOCATED}:release",
    "AWS::Cognito::IdentityPool": f"arn:aws:cognito-identity:{_LOCATED}:identitypool/{REGION}:1",
    "AWS::Cognito::UserPool": f"arn:aws:cognito-idp:{_LOCATED}:userpool/{REGION}_1",
    "AWS::Config::ConfigRule": f"arn:aws:config:{_LOCATED}:config-rule/r1",
    "AWS::DirectoryService::MicrosoftAD": f"arn:aws:ds:{_LOCATED}:directory/d-1",
    "AWS::EC2::Instance": f"arn:aws:ec2:{_LOCATED}:instance/i-1",
    "AWS::EC2::LaunchTemplate": f"arn:aws:ec2:{_LOCATED}:launch-template/lt-1",
    "AWS::ECR::Repository": f"arn:aws:ecr:{_LOCATED}:repository/web",
    "AWS::ECS::Cluster": f"arn:aws:ecs:{_LOCATED}:cluster/main",
    "AWS::ECS::ContainerInstance": f"arn:aws:ecs:{_LOCATED}:container-instance/main/1",
    "AWS::ECS::Service": f"arn:aws:ecs:{_LOCATED}:service/main/web",
    "AWS::ECS::Task": f"arn:aws:ecs:{_LOCATED}:task/main/1",
    "AWS::ECS::TaskDefinition": f"arn:aws:ecs:{_LOCATED}:task-definition/web:1",
    "AWS::EKS::Cluster": f"arn:aws:eks:{_LOCATED}:cluster/main",
    "AWS::EKS::PodIdentityAssociation": f"arn:aws:eks:{_LOCATED}:podidentityassociation/main/a-1",
    "AWS::EMR::Cluster": f"arn:aws:elasticmapreduce:{_LOCATED}:cluster/j-1",
    "AWS::EMR::Notebook": f"arn:aws:elasticmapreduce:{_LOCATED}:editor/e-1",
    "AWS::ElasticBeanstalk::Environment": f"arn:aws:elasticbeanstalk:{_LOCATED}:environment/app/live",
    "AWS::Glue::DevEndpoint": f"arn:aws:glue:{_LOCATED}:devEndpoint/dev",
    "AWS::Glue::Job": f"arn:aws:glue:{_LOCATED}:job/nightly",
    "AWS::Glue::Session": f"arn:aws:glue:{_LOCATED}:session/s1",
    "AWS::IAM::InstanceProfile": f"arn:aws:iam::{HOME}:instance-profile/spare",
    "AWS::IAM::OIDCProvider": f"arn:aws:iam::{HOME}:oidc-provider/git.example.com",
    "AWS::IAM::SAMLProvider": f"arn:aws:iam::{HOME}:saml-provider/corporate",
    "AWS::IoT::RoleAlias": f"arn:aws:iot:{_LOCATED}:rolealias/camera",
    "AWS::Lambda::Function": f"arn:aws:lambda:{_LOCATED}:function:resize",
    "AWS::MWAA::Environment": f"arn:aws:airflow:{_LOCATED}:environment/flows",
    "AWS::RDS::DBCluster": f"arn:aws:rds:{_LOCATED}:cluster:main",
    "AWS::RolesAnywhere::Profile": f"arn:aws:rolesanywhere:{_LOCATED}:profile/p1",
    "AWS::RolesAnywhere::TrustAnchor": f"arn:aws:rolesanywhere:{_LOCATED}:trust-anchor/t1",
    "AWS::S3::Bucket": "arn:aws:s3:::artifacts",
    "AWS::SSM::Document": f"arn:aws:ssm:{_LOCATED}:document/own",
    "AWS::SSM::MaintenanceWindow": f"arn:aws:ssm:{_LOCATED}:maintenancewindow/mw-1",
    "AWS::SSM::Session": f"arn:aws:ssm:{_LOCATED}:session/s-1",
    "AWS::SageMaker::Domain": f"arn:aws:sagemaker:{_LOCATED}:domain/d-1",
    "AWS::SageMaker::MlflowTrackingServer": f"arn:aws:sagemaker:{_LOCATED}:mlflow-tracking-server/m1",
    "AWS::SageMaker::NotebookInstance": f"arn:aws:sagemaker:{_LOCATED}:notebook-instance/n1",
    "AWS::SageMaker::UserProfile": f"arn:aws:sagemaker:{_LOCATED}:user-profile/d-1/u1",
    "AWS::Scheduler::Schedule": f"arn:aws:scheduler:{_LOCATED}:schedule/default/nightly",
    "AWS::ServiceCatalog::CloudFormationProduct": f"arn:aws:catalog:{_LOCATED}:product/prod-1",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{_LOCATED}:stateMachine:orders",
}

# Facts that nothing which can be loaded shows: a step that asks for one always needs it.
UNSEEN_FACTS = frozenset(
    {
        "agent_calls_function", "bucket_holds_code_or_terraform_state", "bucket_holds_templates_or_artifacts",
        "caller_assigned_permission_set", "caller_can_run_pod", "caller_has_code_execution_on_instance",
        "caller_holds_certificate_of_trust_anchor", "caller_holds_secret_of_that_key",
        "cluster_auth_mode_allows_api", "directory_is_built_in", "directory_maps_users_to_roles",
        "document_in_use", "event_source_exists", "function_is_invoked_by_something",
        "group_deploys_to_instance", "group_has_account_assignment",
        "identity_center_instance_manageable_from_account", "identity_pool_allows_guests",
        "image_used_by_workload", "instance_reachable_on_port",
        "job_has_trigger", "kms_key_allows_decrypt", "launch_constraint_role", "launch_template_used_by",
        "stackset_has_instances", "subnet_with_egress", "user_pool_group_has_role",
        "vpc_workloads_trust_private_ca", "workload_takes_code_from_caller",
    }
)  # fmt: skip

# Techniques whose gain belongs to nobody that the data ties to them, so that they make no step.
UNTIED = {
    "x-cognito-04": "which role a group of the user pool hands out is not in the data",
    "x-ecr-01": "which workload pulls the image is not in the data",
    "x-ecr-02": "which workload pulls the image is not in the data",
    "x-cloudformation-04": "which stack reads a bucket's templates is not in the data",
    "x-s3-02": "who runs or reads what a bucket holds is not in the data",
    "x-servicecatalog-01": "which role a launch constraint names is not in the data",
    "x-sso-03": "what the policies of a permission set deny is in the data of Identity Center",
    "x-ssm-02": "on which instances a document runs is not in the data",
}

_EDGE = {
    Effect.ACTS_AS_ROLE, Effect.ACTS_AS_USER, Effect.CALLS_AS_ROLE, Effect.CALLS_AS_EXECUTION_ROLE,
    Effect.BECOMES_ADMINISTRATOR, Effect.GAINS_GROUP_RIGHTS, Effect.GAINS_POLICY_VERSION_RIGHTS,
    Effect.REMOVES_BOUNDARY, Effect.LOOSENS_BOUNDARY, Effect.REMOVES_DENY,
}  # fmt: skip


@cache
def making_steps() -> tuple[Technique, ...]:
    """The techniques that make a step from one principal to another, or to a changed one."""
    return tuple(
        each
        for each in techniques()
        if each.looked_for
        and each.effect in _EDGE
        and each.rights
        and not any(right.unsigned for right in each.rights)
        and not each.limited_to
        and each.id not in UNTIED
        and not any(fact.fact == "target_within_reach" for fact in each.prerequisites)
    )


@dataclass(frozen=True)
class Granted:
    """One right as it is given to the attacker."""

    action: str
    resource: str


@dataclass(frozen=True)
class Stage:
    """An account for one technique, before it is built."""

    technique: Technique
    rights: tuple[Granted, ...]
    condition: Json | None = None
    more: tuple[Json, ...] = ()
    boundary: tuple[Json, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    power: tuple[Json, ...] = (EVERYTHING,)
    trust: tuple[Json, ...] = ()
    profile: bool = True
    inventory: bool = True
    report: bool = True
    states: bool = True

    @property
    def facts(self) -> dict[str, Any]:
        """The technique's prerequisites by name of fact, the first of each."""
        return {each.fact: each for each in reversed(self.technique.prerequisites)}

    def with_(self, **changes: Any) -> Stage:
        """The stage with some things different."""
        return replace(self, **changes)

    def build(self) -> tuple[Built, str]:
        """The account, and the attacker's ARN."""
        return _Builder(self).build()


BOSS_ROLE = f"arn:aws:iam::{HOME}:role/ops/Boss"
BOSS_USER = f"arn:aws:iam::{HOME}:user/staff/boss"
EXECUTION_ROLE = f"arn:aws:iam::{HOME}:role/AWSCloudFormationStackSetExecutionRole"
CALLER_ROLE = f"arn:aws:iam::{HOME}:role/mallory"
CALLER_USER = f"arn:aws:iam::{HOME}:user/mallory"
CALLER_OF_SET = f"arn:aws:iam::{HOME}:role/aws-reserved/sso.amazonaws.com/mallory"
HELPER = f"arn:aws:iam::{HOME}:role/helper"
OWN_GROUP = f"arn:aws:iam::{HOME}:group/own"
STRONG_GROUP = f"arn:aws:iam::{HOME}:group/strong"
OWN_POLICY = f"arn:aws:iam::{HOME}:policy/own"
TARGET_POLICY = f"arn:aws:iam::{HOME}:policy/targets"
DENYING_POLICY = f"arn:aws:iam::{HOME}:policy/denying"
BOUNDARY = f"arn:aws:iam::{HOME}:policy/boundary"


def stage_of(technique: Technique) -> Stage:
    """The account in which a technique works."""
    whose = {each.who for each in technique.prerequisites}
    rights = tuple(
        Granted(right.action, BOUNDARY if "boundary_of_caller" in whose else _resource(right))
        for right in technique.rights
    )
    return Stage(technique, rights, trust=tuple(_trust(technique)), more=tuple(_more(technique)))


def caller_of(technique: Technique) -> str:
    """The attacker: a role where the technique starts from one, else a user."""
    if any(each.fact == "caller_assigned_permission_set" for each in technique.prerequisites):
        return CALLER_OF_SET
    kinds = {each.kind for each in technique.prerequisites if each.fact == "caller_is"}
    own_role = any(right.on is On.OWN_ROLE for right in technique.rights)
    return CALLER_ROLE if "role" in kinds or own_role else CALLER_USER


def _resource(right: Right) -> str:
    named = {
        On.TARGET_ROLE: BOSS_ROLE,
        On.TARGET_USER: BOSS_USER,
        On.OWN_ROLE: CALLER_ROLE,
        On.OWN_USER: CALLER_USER,
        On.OWN_GROUP: OWN_GROUP,
        On.TARGET_GROUP: STRONG_GROUP,
        On.POLICY_ATTACHED_TO_CALLER: OWN_POLICY,
        On.POLICY_ATTACHED_TO_TARGET_ROLE: TARGET_POLICY,
    }
    if right.on in named:
        return named[right.on]
    if right.arns:
        own = ARNS.get(right.type, "*")
        filled = right.arns[0].replace("{resource}", own)
        return filled.replace("{account}", HOME).replace("arn:*:", "arn:aws:", 1)
    if right.on is On.EXISTING_RESOURCE:
        return ARNS[right.type]
    return HELPER if right.on is On.ANY and right.passed_to else "*"


def _trust(technique: Technique) -> Iterable[Json]:
    for each in technique.prerequisites:
        if each.fact == "role_trusts_service" and each.who != "helper":
            yield trusts(each.service)
        elif each.fact == "role_trusts_any_service":
            yield from (trusts(service) for service in each.services)
        elif each.fact == "role_trust_allows_caller":
            yield trusts(f"arn:aws:iam::{HOME}:root")
        elif each.fact == "target_is_caller_or_assumable":
            yield trusts(CALLER_ROLE)
        elif each.fact == "role_trusts_federated":
            yield trusts(_provider(each.provider), action="sts:AssumeRoleWithWebIdentity")
    # Whom a role is passed to and whom it must trust differ in places.
    known = {each.service for each in technique.prerequisites}
    yield from (
        trusts(right.passed_to)
        for right in technique.rights
        if right.passed_to and right.on is On.TARGET_ROLE and right.passed_to not in known
        if right.passed_to != "cognito-identity.amazonaws.com"
    )


def _provider(kind: str) -> str:
    return {"saml": ARNS["AWS::IAM::SAMLProvider"], "oidc": ARNS["AWS::IAM::OIDCProvider"]}.get(kind, kind)


def _more(technique: Technique) -> Iterable[Json]:
    """What a principal changed in part does next: it takes the target over."""
    freed = technique.effect in (Effect.REMOVES_BOUNDARY, Effect.LOOSENS_BOUNDARY, Effect.REMOVES_DENY)
    if freed or any(each.who == "boundary_of_caller" for each in technique.prerequisites):
        yield allow("iam:UpdateAssumeRolePolicy", BOSS_ROLE)


class _Builder:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.technique = stage.technique
        self.on = {right.on for right in stage.technique.rights}
        self.facts = stage.facts
        self.built = Built()
        self.effect = stage.technique.effect

    def build(self) -> tuple[Built, str]:
        built = self.built
        built.account(resources=self.stage.inventory)
        self._policies()
        self._groups()
        caller = self._caller()
        self._targets()
        self._helpers()
        if self.stage.inventory:
            self._resources()
        return built, caller

    def _policies(self) -> None:
        stage = self.stage
        logs = allow("logs:PutLogEvents")
        older = [{"Version": "2012-10-17", "Statement": list(stage.power)}]
        self.built.policy("own", logs, older=older)
        self.built.policy("targets", logs, older=older)
        self.built.policy("denying", deny("iam:UpdateAssumeRolePolicy"))
        self.built.policy("boundary", *self._boundary(stage), older=older if self._older_boundary else ())

    def _boundary(self, stage: Stage) -> tuple[Json, ...]:
        if stage.boundary:
            return stage.boundary
        return allow("logs:PutLogEvents"), *(allow(granted.action) for granted in stage.rights)

    @property
    def _bounded_caller(self) -> bool:
        by_boundary = (
            self.effect in (Effect.REMOVES_BOUNDARY, Effect.LOOSENS_BOUNDARY) or self._older_boundary
        )
        return bool(self.stage.boundary) or (by_boundary and On.TARGET_ROLE not in self.on)

    @property
    def _older_boundary(self) -> bool:
        whose = {each.who for each in self.technique.prerequisites}
        return self.effect is Effect.GAINS_POLICY_VERSION_RIGHTS and "boundary_of_caller" in whose

    def _groups(self) -> None:
        where = self.facts["deny_statement_in"].where if "deny_statement_in" in self.facts else ""
        denying = (deny("iam:UpdateAssumeRolePolicy"),) if where == "group_policy" else ()
        attached = (OWN_POLICY,) if self._of_group else ()
        self.built.group("own", *denying, attached=attached)
        self.built.group("strong", *self.stage.power)

    @property
    def _of_group(self) -> bool:
        return any(each.who == "group_of_caller" for each in self.technique.prerequisites)

    def _caller(self) -> str:
        stage = self.stage
        statements = [
            allow(granted.action, granted.resource, condition=stage.condition) for granted in stage.rights
        ]
        attached = []
        if On.POLICY_ATTACHED_TO_CALLER in self.on and not self._of_group:
            attached.append(OWN_POLICY)
        if self._denies_caller("attached_managed_policy"):
            attached.append(DENYING_POLICY)
        if self._denies_caller("inline_policy"):
            statements.append(deny("iam:UpdateAssumeRolePolicy"))
        common: Json = {
            "attached": tuple(attached), "tags": stage.tags,
            "boundary": BOUNDARY if self._bounded_caller else "",
        }  # fmt: skip
        everything = (*statements, *stage.more)
        if caller_of(self.technique) == CALLER_OF_SET:
            return self.built.role("mallory", *everything, path="/aws-reserved/sso.amazonaws.com/", **common)
        if caller_of(self.technique) == CALLER_ROLE or self._role_denied:
            return self.built.role("mallory", *everything, **common)
        groups = (OWN_GROUP,) if On.OWN_GROUP in self.on or self._of_group else ()
        return self.built.user("mallory", *everything, groups=groups, **common)

    @property
    def _role_denied(self) -> bool:
        return self.effect is Effect.REMOVES_DENY and On.TARGET_ROLE in self.on

    def _denies_caller(self, where: str) -> bool:
        fact = self.facts.get("deny_statement_in")
        return fact is not None and fact.where == where and not self._role_denied

    def _targets(self) -> None:
        stage = self.stage
        limited = self.effect is Effect.REMOVES_BOUNDARY and On.TARGET_ROLE in self.on
        managed = On.POLICY_ATTACHED_TO_TARGET_ROLE in self.on
        fact = self.facts.get("deny_statement_in")
        where = fact.where if fact is not None and self._role_denied else ""
        denied = (deny("iam:UpdateAssumeRolePolicy"),) if where == "inline_policy" else ()
        attached = [TARGET_POLICY] if managed else []
        attached += [DENYING_POLICY] if where == "attached_managed_policy" else []
        boss = self.built.role(
            "Boss", *stage.power, *denied, path="/ops/", trust=stage.trust, attached=tuple(attached),
            boundary=BOUNDARY if limited else "",
        )  # fmt: skip
        if stage.profile:
            self.built.profile("boss", boss)
        if "admin_role_may_assume_execution_role" in self.facts:
            self.built.role("AWSCloudFormationStackSetExecutionRole", *stage.power, trust=trusts(boss))
        self.built.user(
            "boss", *stage.power, path="/staff/", details=self._credentials() if stage.report else {}
        )

    def _credentials(self) -> Json:
        details: Json = {"console": True, "mfa": False, "access_keys": 1, "access_key_slots": 1}
        keys = self.facts.get("user_access_key_count")
        if keys is not None and keys.op == "==":
            details |= {"access_keys": keys.value, "access_key_slots": keys.value}
        if "user_has_inactive_access_key" in self.facts:
            details |= {"access_keys": 0, "access_key_slots": 1}
        if "user_login_profile" in self.facts:
            details["console"] = self.facts["user_login_profile"].present
        return details

    def _helpers(self) -> None:
        services = [each.service for each in self.technique.prerequisites if each.who == "helper"]
        services += [r.passed_to for r in self.technique.rights if r.passed_to and r.on is On.ANY]
        if services:
            self.built.role(
                "helper", allow("logs:PutLogEvents"), trust=[trusts(each) for each in dict.fromkeys(services)]
            )

    def _resources(self) -> None:
        wanted = {each.type: each for each in self.technique.prerequisites if each.type}
        types = dict.fromkeys([*wanted, *(right.type for right in self.technique.rights if right.type)])
        for type_ in types:
            fact = wanted.get(type_)
            runs = fact is not None and fact.fact == "resource_exists_with_role"
            details: Json = {}
            if fact is not None and fact.state:
                details["state"] = fact.state if self.stage.states else "another"
            if fact is not None and fact.platform:
                details["platform"] = fact.platform if self.stage.states else "another"
            if fact is not None and fact.exec_enabled is not None:
                details["execute_command"] = fact.exec_enabled is self.stage.states
            if fact is not None and fact.batch_config is not None:
                details["batch_config"] = fact.batch_config is self.stage.states
            self.built.resource(ARNS[type_], type_, role=BOSS_ROLE if runs else "", **details)


def leads_to_the_right_place(step: Step, technique: Technique, caller: str) -> bool:
    """Whether a step's target is the one that the stage was built for."""
    if technique.effect in (Effect.ACTS_AS_ROLE, Effect.CALLS_AS_ROLE):
        return step.target == BOSS_ROLE
    if technique.effect is Effect.CALLS_AS_EXECUTION_ROLE:
        return step.target in (BOSS_ROLE, EXECUTION_ROLE)
    if technique.effect is Effect.ACTS_AS_USER:
        return step.target == BOSS_USER
    if technique.effect is Effect.BECOMES_ADMINISTRATOR:
        return step.target == f"administrator:{HOME}"
    return step.target.startswith((caller, BOSS_ROLE)) or step.target == f"administrator:{HOME}"
