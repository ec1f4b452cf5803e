"""A document inside of an item: its JSON as a string, or, if that is too big, a payload's key."""

from typing import Any

from seriatim.ports.payloads import Payloads

Item = dict[str, Any]
"""An item as DynamoDB's low-level client has it: ``{name: {type: value}}``."""

DOCUMENT_INLINE_BYTES_MAX = 16 * 1024
"""An item is read and paid for by its size at every start of an execution; a payload is read once
and then remembered.
"""


def stored(
    payloads: Payloads, project_id: str, body: bytes, bytes_max: int = DOCUMENT_INLINE_BYTES_MAX
) -> Item:
    """The attribute that holds ``body``. A payload is stored before this returns."""
    if len(body) <= bytes_max:
        return {"body": {"S": body.decode()}}
    return {"payload": {"S": payloads.put(project_id, body)}}


def content(payloads: Payloads, project_id: str, item: Item) -> bytes:
    """The JSON that ``stored`` put into ``item``."""
    if "payload" in item:
        return payloads.get(project_id, item["payload"]["S"])
    text: str = item["body"]["S"]
    return text.encode()
