"""What is kept survives mistakes, and nobody else reads it."""

import json

import pytest

from seriatim.adapters.task_tokens import CURRENT, KEY_BYTES_MIN
from seriatim.topology import TOPOLOGY, Table
from tests.infra.templates import Assembly, Policy, Resource

TABLE = "AWS::DynamoDB::GlobalTable"


def replica(table: Resource) -> dict[str, object]:
    (only,) = table.properties["Replicas"]
    assert isinstance(only, dict)
    return only


@pytest.mark.parametrize("spec", TOPOLOGY.tables, ids=lambda table: table.name)
def test_a_table_has_the_keys_and_indexes_of_the_topology(each: Assembly, spec: Table) -> None:
    table = each.one(TABLE, spec.name)
    keys = [key["AttributeName"] for key in table.properties["KeySchema"]]
    assert keys == [spec.partition_key, spec.sort_key]
    indexes = {
        index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]]
        for index in table.properties.get("GlobalSecondaryIndexes", [])
    }
    assert indexes == {i.name: [i.partition_key, i.sort_key] for i in spec.indexes}
    assert table.properties["BillingMode"] == "PAY_PER_REQUEST"
    expiry = table.properties.get("TimeToLiveSpecification", {}).get("AttributeName")
    assert expiry == spec.expires_at
    assert ("StreamSpecification" in table.properties) == spec.stream


def test_every_table_can_be_restored_to_a_point_in_time(each: Assembly) -> None:
    for table in each.all(TABLE):
        assert replica(table)["PointInTimeRecoverySpecification"] == {
            "PointInTimeRecoveryEnabled": True,
            "RecoveryPeriodInDays": 35,
        }


def test_kept_data_is_protected_and_outlives_its_stack(full: Assembly) -> None:
    kinds = (TABLE, "AWS::S3::Bucket", "AWS::SecretsManager::Secret", "AWS::KMS::Key")
    kept = [resource for kind in kinds for resource in full.all(kind)]
    assert {resource.deletion_policy for resource in kept} == {"Retain"}
    assert all(replica(table)["DeletionProtectionEnabled"] for table in full.all(TABLE))
    bucket = full.one("AWS::S3::Bucket")
    assert bucket.properties["VersioningConfiguration"] == {"Status": "Enabled"}
    stacks = full.manifest["artifacts"]
    assert stacks["seriatim-full-data"]["properties"]["terminationProtection"] is True
    assert stacks["seriatim-full-messaging"]["properties"]["terminationProtection"] is True


def test_uploads_go_after_a_day(plain: Assembly, full: Assembly) -> None:
    for assembly, kept in ((plain, {}), (full, {"NoncurrentDays": 1})):
        bucket = assembly.one("AWS::S3::Bucket")
        rules = bucket.properties["LifecycleConfiguration"]["Rules"]
        (uploads,) = [rule for rule in rules if rule.get("Prefix") == "uploads/"]
        assert (uploads["ExpirationInDays"], uploads["Status"]) == (1, "Enabled")
        assert uploads.get("NoncurrentVersionExpiration", {}) == kept
        assert not any("ExpirationInDays" in rule for rule in rules if rule is not uploads)


def test_an_environment_that_keeps_nothing_goes_as_a_whole(plain: Assembly) -> None:
    kinds = (TABLE, "AWS::S3::Bucket", "AWS::SecretsManager::Secret", "AWS::Logs::LogGroup")
    policies = {resource.deletion_policy for kind in kinds for resource in plain.all(kind)}
    assert policies == {"Delete"}
    assert not any(replica(table)["DeletionProtectionEnabled"] for table in plain.all(TABLE))


def test_nobody_at_all_changes_an_item_of_the_log(each: Assembly) -> None:
    policy = replica(each.one(TABLE, "log"))["ResourcePolicy"]
    assert isinstance(policy, dict)
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", {"AWS": "*"})
    assert {"dynamodb:UpdateItem", "dynamodb:DeleteItem"} <= set(statement["Action"])
    assert "ResourcePolicy" not in replica(each.one(TABLE, "records"))


def test_the_bucket_is_private_encrypted_and_reached_by_tls_only(each: Assembly) -> None:
    bucket = each.one("AWS::S3::Bucket")
    assert all(bucket.properties["PublicAccessBlockConfiguration"].values())
    assert bucket.properties["BucketEncryption"]
    (document,) = (p.properties["PolicyDocument"] for p in each.all("AWS::S3::BucketPolicy"))
    refused = [statement["Condition"] for statement in document["Statement"]]
    assert {"Bool": {"aws:SecureTransport": "false"}} in refused
    assert not list(Policy(document).grants())


def test_the_secret_begins_as_the_functions_read_it(each: Assembly) -> None:
    generated = each.one("AWS::SecretsManager::Secret").properties["GenerateSecretString"]
    template = json.loads(generated["SecretStringTemplate"])
    assert template == {CURRENT: generated["GenerateStringKey"]}
    assert generated["PasswordLength"] >= KEY_BYTES_MIN


def test_the_customers_key_encrypts_everything_that_has_content(full: Assembly) -> None:
    key = full.one("AWS::KMS::Key")
    assert key.properties["EnableKeyRotation"] is True
    for table in full.all(TABLE):
        assert replica(table)["SSESpecification"] == {"KMSMasterKeyId": key.arn}
    rules = full.one("AWS::S3::Bucket").properties["BucketEncryption"]
    (rule,) = rules["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == key.arn
    assert {queue.properties["KmsMasterKeyId"] for queue in full.all("AWS::SQS::Queue")} == {
        key.arn
    }
    for kind in ("AWS::SecretsManager::Secret", "AWS::Logs::LogGroup"):
        assert {resource.properties["KmsKeyId"] for resource in full.all(kind)} == {key.arn}
