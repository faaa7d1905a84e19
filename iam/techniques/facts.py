"""The facts that techniques ask for besides rights.

A fact whose source is not loaded is neither true nor false: the step then needs it, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Fact:
    """A kind of fact: what it says, and which fields of a prerequisite are its parameters."""

    meaning: str
    parameters: frozenset[str] = frozenset()


def _fact(meaning: str, *parameters: str) -> Fact:
    return Fact(meaning, frozenset(parameters))


FACTS: Mapping[str, Fact] = MappingProxyType(
    {
        "account_is_member": _fact(
            "The account belongs to an organization and is not its management account.",
        ),
        "admin_role_may_assume_execution_role": _fact(
            "The target, a StackSets administration role, may assume an execution role whose trust policy "
            "lets it.",
        ),
        "agent_calls_function": _fact(
            "An action group of the agent calls the function.",
        ),
        "bucket_holds_code_or_terraform_state": _fact(
            "The bucket holds code that a privileged workload runs, or the state file of a privileged "
            "pipeline.",
        ),
        "bucket_holds_templates_or_artifacts": _fact(
            "The bucket holds templates or packaged code that a privileged deployment reads.",
        ),
        "caller_assigned_permission_set": _fact(
            "The caller signs in through this permission set: it is a session of the role made from it.",
        ),
        "caller_can_run_pod": _fact(
            "The caller can start a pod, under the service account and in the namespace concerned, in the "
            "cluster.",
        ),
        "caller_can_use_some_s3_bucket": _fact(
            "A bucket exists from which the job's role can read and to which it can write; the attacker's "
            "own will do where neither the role's policies nor an SCP keep it inside the organization.",
        ),
        "caller_has_code_execution_on_instance": _fact(
            "The caller can run code on the instance, and so read what its metadata service hands out.",
        ),
        "caller_holds_certificate_of_trust_anchor": _fact(
            "The caller holds a certificate, with its key, that a certificate authority of a trust anchor "
            "issued.",
        ),
        "caller_holds_secret_of_that_key": _fact(
            "The caller knows the secret part of the inactive access key.",
        ),
        "caller_in_management_or_delegated_account": _fact(
            "The caller is in the organization's management account, or in an account that it lets manage "
            "policies.",
        ),
        "caller_is": _fact(
            "The caller is a user, or is a role (`kind`).",
            "kind",
        ),
        "caller_member_of_target_group": _fact(
            "The caller is a user in the group named by the right.",
        ),
        "cluster_auth_mode_allows_api": _fact(
            "The cluster's authentication mode is API or API_AND_CONFIG_MAP, so that access entries count.",
        ),
        "customer_policy_attached_to": _fact(
            "A policy that the customer manages is attached to the caller, to a group of the caller's, to "
            "either (`holder`), or to the target role as a permissions policy, or is the caller's permissions "
            "boundary (`who`).",
            "who",
        ),
        "deny_statement_in": _fact(
            "A Deny statement stands in a policy of the kind `where`; `removed_by` says which action takes "
            "away which kind, where the technique has several.",
            "removed_by",
            "where",
        ),
        "directory_is_built_in": _fact(
            "Identity Center keeps its users in its own directory, not at an outside identity provider.",
        ),
        "directory_maps_users_to_roles": _fact(
            "The directory gives its users roles of this account: console access is enabled and assigned.",
        ),
        "document_in_use": _fact(
            "An association, a maintenance window or a schedule runs the document, at its default or latest "
            "version.",
        ),
        "event_source_exists": _fact(
            "A queue or stream of one of these `kinds` exists that the function's role may read.",
            "kinds",
        ),
        "function_is_invoked_by_something": _fact(
            "Something invokes the function: an event source, a rule, an API, a schedule or a person.",
        ),
        "group_deploys_to_instance": _fact(
            "The deployment group deploys to the instance, by its tags or its Auto Scaling group.",
        ),
        "group_exists_with_permissions": _fact(
            "A group exists whose policies allow what the caller may not do.",
        ),
        "group_has_account_assignment": _fact(
            "A permission set is assigned to the group, in some account.",
        ),
        "identity_center_instance_manageable_from_account": _fact(
            "The organization's instance of Identity Center is managed from the caller's account: the management "
            "account or the delegated administrator. An account's own instance has no permission sets.",
        ),
        "identity_pool_allows_guests": _fact(
            "The identity pool gives a role to unauthenticated identities, and its id is known to the "
            "attacker.",
        ),
        "image_used_by_workload": _fact(
            "A workload with a role pulls the image by a tag of this repository.",
        ),
        "instance_profile_without_role_or_removable": _fact(
            "The instance profile holds no role, or the caller may take out the one that it holds "
            "(`iam:RemoveRoleFromInstanceProfile`).",
        ),
        "instance_reachable_on_port": _fact(
            "The attacker can open a connection to the instance on this port, directly or by an endpoint.",
            "port",
        ),
        "instance_ssm_managed": _fact(
            "The instance is registered with Systems Manager: agent running, and its role (or the account's "
            "default host role) allows the agent's calls.",
        ),
        "job_has_trigger": _fact(
            "A trigger, a workflow or a schedule starts the job.",
        ),
        "kms_key_allows_decrypt": _fact(
            "The caller may decrypt with the KMS key of the secret; always so with the key that AWS manages.",
        ),
        "launch_constraint_role": _fact(
            "The product has a launch constraint, whose role provisions it in place of the caller.",
        ),
        "launch_template_used_by": _fact(
            "The launch template's default or latest version is used by one of these (`by`).",
            "by",
        ),
        "permissions_boundary_set": _fact(
            "The user or role named by the right has a permissions boundary.",
        ),
        "policies_grant_more_than_boundary": _fact(
            "Its policies allow something that its boundary does not.",
        ),
        "policy_condition_requires_mfa": _fact(
            "A policy of the caller's allows something on condition that MFA is present, or denies it when "
            "not.",
        ),
        "policy_version_slot_free": _fact(
            "The policy keeps less than five versions, or the caller may delete one of them "
            "(`iam:DeletePolicyVersion`).",
        ),
        "policy_has_stronger_older_version": _fact(
            "The policy keeps a version, not its default, that allows something the default does not.",
        ),
        "resource_exists": _fact(
            "A resource of this `type` exists.",
            "resource",
            "type",
        ),
        "resource_exists_with_role": _fact(
            "A resource of this `type` exists that runs as the target role (an instance: through its "
            "profile), in the given state.",
            "batch_config",
            "exec_enabled",
            "platform",
            "resource",
            "state",
            "type",
        ),
        "role_in_instance_profile": _fact(
            "The target role is in an instance profile.",
        ),
        "role_name_matches": _fact(
            "The target role's name matches one of these patterns.",
            "patterns",
        ),
        "role_opens_command_channel": _fact(
            "The target role may open the channel by which Systems Manager hands a container its commands.",
        ),
        "role_trust_allows_caller": _fact(
            "The target role's trust policy lets the caller assume it.",
        ),
        "role_trust_lacks_condition": _fact(
            "The trust policy does not narrow which certificate may ask: no condition on the certificate's "
            "subject, issuer or trust anchor that the attacker's would fail.",
        ),
        "role_trust_oidc_subject_unrestricted": _fact(
            "The trust policy names an OIDC provider, and its conditions let in a subject that the attacker "
            "can be.",
        ),
        "role_trust_principal_wildcard": _fact(
            "The trust policy allows every principal (`*`), with no condition that keeps strangers out.",
        ),
        "role_trusts_any_service": _fact(
            "The target role's trust policy lets at least one of these `services` assume it.",
            "services",
        ),
        "role_trusts_federated": _fact(
            "The target role trusts an identity provider: one of this kind (`saml`, `oidc`) or this very "
            "one.",
            "provider",
        ),
        "role_trusts_other_account": _fact(
            "The target role's trust policy names another account or its principals.",
        ),
        "role_trusts_service": _fact(
            "The target role's trust policy lets this `service` assume it; with `who` helper, some other "
            "role's does.",
            "service",
            "who",
        ),
        "stackset_has_instances": _fact(
            "The stack set has instances, in which an update is carried out.",
        ),
        "subnet_with_egress": _fact(
            "A subnet exists from which containers reach the internet and AWS's endpoints.",
        ),
        "target_is_caller_or_assumable": _fact(
            "The target role is the caller itself, or one that the caller can assume.",
        ),
        "target_is_group_member": _fact(
            "The target is a user in the group named by the right.",
        ),
        "target_within_reach": _fact(
            "The caller comes to act as the target by other steps of this list, at once or over several hops.",
        ),
        "user_access_key_count": _fact(
            "The target user has this many access keys (`op` and `value`).",
            "op",
            "value",
        ),
        "user_has_inactive_access_key": _fact(
            "The target user has an access key that is not active.",
        ),
        "user_has_mfa": _fact(
            "The target user has an MFA device.",
        ),
        "user_login_profile": _fact(
            "The target user has a console password, or has none (`present`).",
            "present",
        ),
        "user_pool_group_has_role": _fact(
            "A group of the user pool has a role, and an identity pool hands it to the group's members.",
        ),
        "vpc_workloads_trust_private_ca": _fact(
            "Workloads of a VPC resolve names through the hosted zone and trust certificates of the private "
            "CA.",
        ),
        "workload_takes_code_from_caller": _fact(
            "What the caller can reach runs what it is handed, such as a DAG that executes its own "
            "configuration.",
        ),
    }
)
"""All facts by name."""
