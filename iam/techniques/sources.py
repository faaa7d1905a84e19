"""The sources of data that can show what techniques ask for, and how types of workloads are named."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "gaad": "the account's authorization details (iam:GetAccountAuthorizationDetails)",
        "credential_report": "the account's credential report",
        "none": "nothing that can be loaded",
        "acm_pca": "private certificate authorities and hosted zones",
        "agentcore": "AgentCore runtimes, code interpreters and browsers",
        "amplify": "Amplify apps",
        "apigateway": "API Gateway's APIs and their integrations",
        "apprunner": "App Runner services",
        "appsync": "AppSync APIs and their data sources",
        "batch": "Batch job definitions, queues and compute environments",
        "beanstalk": "Elastic Beanstalk environments",
        "cloud9": "Cloud9 environments",
        "cloudformation": "CloudFormation stacks with their roles",
        "codebuild": "CodeBuild projects",
        "codedeploy": "CodeDeploy deployment groups",
        "codepipeline": "CodePipeline pipelines",
        "cognito_identity": "Cognito identity pools and their roles",
        "cognito_idp": "Cognito user pools and their groups",
        "config": "Config rules and remediation configurations",
        "directory": "directories of AWS Directory Service",
        "ebs": "EBS volumes and snapshots",
        "ec2": "EC2 instances with their profiles",
        "ecr": "ECR repositories and who pulls from them",
        "ecs": "ECS clusters, services, tasks and task definitions",
        "eks": "EKS clusters, access entries and pod identity associations",
        "emr": "EMR clusters and notebooks",
        "glue_dev_endpoints": "Glue development endpoints",
        "glue_jobs": "Glue jobs, sessions and triggers",
        "iot": "IoT role aliases",
        "kms": "KMS keys, their policies and grants",
        "lambda": "Lambda functions with their roles and event sources",
        "launch_templates": "launch templates and Auto Scaling groups",
        "lightsail": "Lightsail instances",
        "mwaa": "Airflow environments",
        "network": "security groups, subnets and endpoints",
        "oidc_saml": "identity providers of IAM",
        "organizations": "the organization with its policies",
        "rds": "RDS instances and clusters",
        "redshift": "Redshift clusters",
        "rolesanywhere": "trust anchors and profiles of IAM Roles Anywhere",
        "s3": "buckets, their policies and what they hold",
        "sagemaker": "SageMaker notebooks, domains, user profiles and tracking servers",
        "scheduler": "schedules of EventBridge Scheduler",
        "secrets": "secrets of Secrets Manager",
        "servicecatalog": "Service Catalog products and their launch constraints",
        "ssm_documents": "Systems Manager documents, associations and maintenance windows",
        "ssm_inventory": "instances managed by Systems Manager",
        "ssm_parameters": "Systems Manager parameters",
        "sso": "Identity Center's permission sets, assignments, users and groups",
        "stacksets": "CloudFormation stack sets",
        "stepfunctions": "Step Functions state machines",
    }
)
"""The sources of data by name, and what each holds."""

TYPES_WITHOUT_TEMPLATE = frozenset(
    {
        "AWS::EC2::Snapshot",
        "AWS::ECS::ContainerInstance",
        "AWS::ECS::Task",
        "AWS::EMR::Notebook",
        "AWS::SSM::Session",
    }
)
"""Types of things that CloudFormation does not make, named as it would name them."""
