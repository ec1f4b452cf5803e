"""``ProjectSettings`` in DynamoDB: one item per project."""

from typing import TYPE_CHECKING

import msgspec

from seriatim.adapters.dynamodb.documents import Item
from seriatim.adapters.dynamodb.records import IS_NEW, is_at, put_record
from seriatim.adapters.errors import transient_as_unavailable
from seriatim.domain.project_choices import HeldChoices, ProjectChoices
from seriatim.ports.errors import Conflict, NotFound

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_encode = msgspec.json.Encoder().encode
_choices: msgspec.json.Decoder[ProjectChoices] = msgspec.json.Decoder(ProjectChoices)


class DynamoDBProjectSettings:
    """A change is a put on condition of the version that it was made from."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, project_id: str) -> HeldChoices:
        """What it has chosen. Strongly consistent: one read unit."""
        with transient_as_unavailable:
            answer = self._client.get_item(
                TableName=self._table, Key=_key(project_id), ConsistentRead=True
            )
        if "Item" not in answer:
            return HeldChoices()
        item = answer["Item"]
        return HeldChoices(_choices.decode(item["body"]["S"]), int(item["version"]["N"]))

    def put(self, project_id: str, choices: ProjectChoices, expected_version: int) -> HeldChoices:
        """Replace it if the version still is ``expected_version``. Raises ``Conflict``."""
        item = {
            **_key(project_id),
            "version": {"N": str(expected_version + 1)},
            "body": {"S": _encode(choices).decode()},
        }
        is_unmoved = (
            is_at(expected_version) if expected_version else {"ConditionExpression": IS_NEW}
        )
        try:
            put_record(self._client, self._table, item, is_unmoved, "settings")
        except NotFound as error:
            raise Conflict("The settings were never written.") from error
        return HeldChoices(choices, expected_version + 1)


def _key(project_id: str) -> Item:
    return {"pk": {"S": f"C#{project_id}"}, "sk": {"S": "settings"}}
