"""Who may use the customer's own key, where an environment has one."""

from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

USES: Final = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


def use_key(key: kms.Key, *services: str) -> iam.PolicyStatement:
    """The right to have these services encrypt and decrypt; not to do so oneself."""
    region = Stack.of(key).region
    return iam.PolicyStatement(
        sid="UseKey",
        actions=list(USES),
        resources=[key.key_arn],
        conditions={
            "StringEquals": {
                "kms:ViaService": [f"{service}.{region}.amazonaws.com" for service in services]
            }
        },
    )
