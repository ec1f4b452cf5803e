"""What must outlive everything else: the tables, the payloads, the signing keys of task tokens, and
the key that encrypts them.
"""

import json
from typing import Any, Final

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.acknowledgments import acknowledge
from infra.configuration import Deployment
from seriatim.topology import Index, Table, Topology

CHANGES: Final = (
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PartiQLDelete",
)
"""Ways to change an item, or to take it away, other than putting one in its place."""

FIRST_KEY: Final = "k1"
KEY_CHARACTERS: Final = 64
ABANDONED_UPLOAD_DAYS: Final = 7
OVERWRITTEN_DAYS: Final = 30
UPLOAD_DAYS: Final = 1
"""Uploads are named in a call soon after they were put, and kept elsewhere from then on."""


class Data(Construct):
    """Tables, bucket, secret and key of one environment."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        topology: Topology,
    ) -> None:
        super().__init__(scope, construct_id)
        self._deployment = deployment
        self._removal = RemovalPolicy.RETAIN if deployment.keep_data else RemovalPolicy.DESTROY
        self.key = self._key() if deployment.customer_managed_key else None
        self.tables = {table.name: self._table(table) for table in topology.tables}
        self.bucket = self._bucket(topology.payload_bucket)
        self.secret_arn = self._secret_arn(topology.task_token_secret)

    def bucket_arn_for(self, user: Construct) -> str:
        """The ARN as the stack of ``user`` names it: a text to which a path may be added."""
        stack = Stack.of(self)
        arn = self.bucket.bucket_arn
        return arn if Stack.of(user) is stack else str(stack.export_value(arn))

    def _key(self) -> kms.Key:
        key = kms.Key(
            self,
            "key",
            alias=f"alias/{self._deployment.prefix}",
            description=f"Encrypts what {self._deployment.prefix} keeps, sends and logs.",
            enable_key_rotation=True,
            removal_policy=self._removal,
        )
        # Logs encrypts on its own behalf, for log groups of this account only.
        groups = Stack.of(self).format_arn(service="logs", resource="log-group:*")
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(f"logs.{Stack.of(self).region}.amazonaws.com")],
                actions=["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
                resources=["*"],
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
            )
        )
        return key

    def _table(self, table: Table) -> dynamodb.TableV2:
        encryption = (
            dynamodb.TableEncryptionV2.customer_managed_key(self.key)
            if self.key
            else dynamodb.TableEncryptionV2.dynamo_owned_key()
        )
        return dynamodb.TableV2(
            self,
            table.name,
            partition_key=_attribute(table.partition_key),
            sort_key=_attribute(table.sort_key),
            billing=dynamodb.Billing.on_demand(),
            global_secondary_indexes=[_index(index) for index in table.indexes],
            dynamo_stream=dynamodb.StreamViewType.NEW_IMAGE if table.stream else None,
            time_to_live_attribute=table.expires_at,
            encryption=encryption,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True,
                recovery_period_in_days=self._deployment.point_in_time_days,
            ),
            deletion_protection=self._deployment.keep_data,
            removal_policy=self._removal,
            resource_policy=_append_only() if table.append_only else None,
        )

    def _bucket(self, name: str) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            name,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            encryption=s3.BucketEncryption.KMS if self.key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=self.key,
            bucket_key_enabled=True if self.key else None,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            # A payload has the hash of its bytes as its name: it is written over by itself alone.
            versioned=self._deployment.keep_data,
            lifecycle_rules=[
                s3.LifecycleRule(
                    abort_incomplete_multipart_upload_after=Duration.days(ABANDONED_UPLOAD_DAYS),
                    noncurrent_version_expiration=(
                        Duration.days(OVERWRITTEN_DAYS) if self._deployment.keep_data else None
                    ),
                ),
                s3.LifecycleRule(
                    prefix="uploads/",
                    expiration=Duration.days(UPLOAD_DAYS),
                    noncurrent_version_expiration=(
                        Duration.days(UPLOAD_DAYS) if self._deployment.keep_data else None
                    ),
                ),
            ],
            removal_policy=self._removal,
        )
        acknowledge(
            bucket,
            "AwsSolutions-S1",
            "Two functions reach it, by way of the log of executions, which says who wrote what; "
            "access logs would double the requests. CloudTrail's data events can be turned on.",
        )
        return bucket

    def _secret_arn(self, name: str) -> str:
        """``adapters.task_tokens`` reads it: the name of the key to sign with, and keys by name."""
        secret = secretsmanager.Secret(
            self,
            name,
            description=f"Signs the task tokens of {self._deployment.prefix}.",
            encryption_key=self.key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=json.dumps({"current": FIRST_KEY}),
                generate_string_key=FIRST_KEY,
                password_length=KEY_CHARACTERS,
                exclude_punctuation=True,
            ),
            removal_policy=self._removal,
        )
        acknowledge(
            secret,
            "AwsSolutions-SMG4",
            "A token must stay valid for as long as its attempt waits, up to a year: keys are "
            "added by hand, and taken away when no token of theirs is out (docs/deploy.md).",
        )
        # The attribute, not ``Ref``: the same in AWS, and what an emulator knows as the ARN.
        resource: Any = secret.node.default_child
        arn: str = resource.attr_id
        return arn


def _attribute(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


def _index(index: Index) -> dynamodb.GlobalSecondaryIndexPropsV2:
    return dynamodb.GlobalSecondaryIndexPropsV2(
        index_name=index.name,
        partition_key=_attribute(index.partition_key),
        sort_key=_attribute(index.sort_key),
        projection_type=(
            dynamodb.ProjectionType.KEYS_ONLY if index.keys_only else dynamodb.ProjectionType.ALL
        ),
    )


def _append_only() -> iam.PolicyDocument:
    """While the table has this policy nobody changes an item, administrators neither."""
    return iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(
                sid="AppendOnly",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=list(CHANGES),
                resources=["*"],
            )
        ]
    )
