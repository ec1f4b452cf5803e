"""Records that carry a version: written on condition of the version that a change was made from."""

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from seriatim.adapters.dynamodb.documents import Item
from seriatim.adapters.errors import code_of, transient_as_unavailable
from seriatim.ports.errors import Conflict, NotFound

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

IS_NEW: Final = "attribute_not_exists(pk)"


def is_at(version: int) -> dict[str, Any]:
    """The condition that a record still has this version."""
    return {
        "ConditionExpression": "#version = :expected",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":expected": {"N": str(version)}},
    }


def put_record(
    client: "DynamoDBClient", table: str, item: Item, condition: dict[str, Any], what: str
) -> None:
    """Put a record if the condition holds. Repeated, it changes nothing: what is there already,
    word for word, is taken for our own.

    ``what`` names it in messages: ``sequence 'x'``.

    Raises:
        NotFound: there is no record to be replaced.
        Conflict: somebody else was faster.
    """
    with transient_as_unavailable:
        try:
            client.put_item(
                TableName=table,
                Item=item,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **condition,
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            explain(item, error.response.get("Item"), error, what)


def explain(item: Item, found: Any, error: ClientError, what: str) -> None:
    """Why a condition failed: nothing is there, our own write was done unnoticed, or another's."""
    if found is None or not found:
        raise NotFound(f"There is no {what} in this project.") from error
    if found != item:
        raise Conflict(f"The {what} was changed meanwhile.") from error


def only_with(wanted: dict[str, str | None]) -> dict[str, Any]:
    """What has a query show only items with these values; None restricts nothing."""
    given = {field: value for field, value in wanted.items() if value is not None}
    if not given:
        return {}
    return {
        "FilterExpression": " AND ".join(f"#{field} = :{field}" for field in given),
        "ExpressionAttributeNames": {f"#{field}": field for field in given},
        "ExpressionAttributeValues": {f":{field}": {"S": value} for field, value in given.items()},
    }
