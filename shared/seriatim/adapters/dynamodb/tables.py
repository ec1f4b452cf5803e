"""The topology's tables as requests to DynamoDB, for who creates them without CloudFormation."""

from typing import Any

from seriatim.topology import Index, Table


def create_table_request(table: Table, name: str) -> dict[str, Any]:
    """The arguments of ``create_table``; ``name`` is the deployed name."""
    attributes = dict.fromkeys([table.partition_key, table.sort_key])
    for index in table.indexes:
        attributes.update(dict.fromkeys([index.partition_key, index.sort_key]))
    request: dict[str, Any] = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _key_schema(table),
        "AttributeDefinitions": [
            {"AttributeName": attribute, "AttributeType": "S"} for attribute in attributes
        ],
    }
    if table.indexes:
        request["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index.name,
                "KeySchema": _key_schema(index),
                "Projection": {"ProjectionType": "KEYS_ONLY" if index.keys_only else "ALL"},
            }
            for index in table.indexes
        ]
    if table.stream:
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    return request


def _key_schema(keyed: Table | Index) -> list[dict[str, str]]:
    return [
        {"AttributeName": keyed.partition_key, "KeyType": "HASH"},
        {"AttributeName": keyed.sort_key, "KeyType": "RANGE"},
    ]
