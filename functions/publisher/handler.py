"""The publisher function: a custom resource of CloudFormation, whose state is the sequences that a
deployment brings, and the triggers that start them. It answers each request with success or the
reason of the failure, for a deployment waits for that.

Properties: ``Project``; ``Bucket`` and ``Key`` of a bundle; ``TaskDefinitions``, a list of more of
them as JSON; ``OnRemoval``, ``archive`` or ``keep``.
"""

import json
import logging
import urllib.request
from collections.abc import Mapping
from typing import Any, Final

from functions import wiring
from functions.publisher.publishing import LoadError, publish_bundles, retire, retire_triggers
from seriatim.domain.definition.bundle import Bundle
from seriatim.domain.validation.bundles import parse_bundle
from seriatim.domain.validation.problems import has_errors
from seriatim.ports.errors import NotFound

NEVER_MADE: Final = "never-made"
"""Physical id of a resource whose creation failed: to delete it is to do nothing."""
REASON_CHARACTERS_MAX: Final = 2_000
"""An answer has at most 4 KB."""
ANSWER_SECONDS_MAX: Final = 10

log = logging.getLogger("seriatim.publisher")

Request = Mapping[str, Any]


def handler(event: Request, context: object) -> None:  # noqa: ARG001 - Lambda's
    """Carry out ``Create``, ``Update`` or ``Delete``. Repeated, each changes nothing more."""
    physical_id = event.get("PhysicalResourceId") or NEVER_MADE
    answer: dict[str, Any] = {"Status": "SUCCESS", "PhysicalResourceId": physical_id}
    try:
        published = _carry_out(wiring.current(), event, physical_id)
    except Exception as error:
        # The outermost edge: whatever it is, a deployment waits for an answer.
        log.exception("%s of sequences failed", event["RequestType"])
        reason = str(error) if isinstance(error, LoadError) else f"{type(error).__name__}: {error}"
        answer |= {"Status": "FAILED", "Reason": reason[:REASON_CHARACTERS_MAX]}
    else:
        if event["RequestType"] == "Create":
            answer["PhysicalResourceId"] = f"sequences-{event['LogicalResourceId']}"
        answer["Data"] = {"SequenceIds": ",".join(published)}
    _answer(event, answer)


def _carry_out(wired: wiring.Wiring, event: Request, physical_id: str) -> tuple[str, ...]:
    """The ids of the sequences that are published now."""
    properties: Request = event["ResourceProperties"]
    project_id = properties["Project"]
    is_archiving = properties["OnRemoval"] == "archive"
    if event["RequestType"] == "Delete":
        if is_archiving and physical_id != NEVER_MADE:
            bundle = _bundle(wired, properties)
            # What is archived can be started no more: first nothing tries to.
            retire_triggers(wired, bundle.triggers, project_id)
            retire(wired, bundle.sequences, project_id)
        return ()
    bundle = _bundle(wired, properties)
    published = publish_bundles(wired, [bundle], project_id, has_triggers=True)
    if event["RequestType"] == "Update" and is_archiving:
        _retire_removed(wired, event["OldResourceProperties"], bundle, project_id)
    return tuple(sequence.id for sequence in published.sequences)


def _retire_removed(wired: wiring.Wiring, before: Request, now: Bundle, project_id: str) -> None:
    if before["Project"] != project_id:
        return
    try:
        old = _bundle(wired, before)
    except NotFound:
        log.warning("the bundle before is gone: what it had and this has not stays")
        return
    firing = {trigger.id for trigger in now.triggers}
    idle = [trigger for trigger in old.triggers if trigger.id not in firing]
    retire_triggers(wired, idle, project_id)
    kept = {one.id or one.name for one in now.sequences}
    removed = [one for one in old.sequences if (one.id or one.name) not in kept]
    retire(wired, removed, project_id)


def _bundle(wired: wiring.Wiring, properties: Request) -> Bundle:
    # The construct wrote it, of what it had validated.
    document = json.loads(wired.bundles.read(properties["Bucket"], properties["Key"]))
    more = json.loads(properties.get("TaskDefinitions") or "[]")
    document["taskDefinitions"] = [*document.get("taskDefinitions", ()), *more]
    bundle, problems = parse_bundle(document)
    if bundle is None or has_errors(problems):
        raise LoadError("\n".join(f"{one.code} at {one.path}: {one.message}" for one in problems))
    return bundle


def _answer(event: Request, answer: Mapping[str, Any]) -> None:
    same = ("StackId", "RequestId", "LogicalResourceId")
    body = json.dumps({**{name: event[name] for name in same}, **answer}).encode()
    # CloudFormation's own pre-signed address; its signature covers an empty type.
    request = urllib.request.Request(  # noqa: S310
        event["ResponseURL"], data=body, headers={"Content-Type": ""}, method="PUT"
    )
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS_MAX):  # noqa: S310
        return
