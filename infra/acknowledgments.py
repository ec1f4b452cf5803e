"""Findings of cdk-nag that stand, each with the reason why."""

from typing import Any

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Let ``rule`` pass for this construct and what it is made of."""
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))


def acknowledge_wildcard(construct: IConstruct, resource: str, reason: str) -> None:
    """Let policies of this construct name ``resource``, which ends in a star; no other one."""
    named = _flattened(Stack.of(construct).resolve(resource))
    acknowledge(construct, f"AwsSolutions-IAM5[Resource::{named}]", reason)


def _flattened(value: Any) -> str:
    """CloudFormation's expression for a text as cdk-nag writes it in the name of a finding."""
    match value:
        case str():
            return value
        case {"Fn::Join": [str(separator), [*parts]]}:
            return separator.join(_flattened(part) for part in parts)
        case {"Ref": str(name)}:
            return f"<{name}>"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"<{name}.{attribute}>"
        case {"Fn::ImportValue": name}:
            return _flattened(name)
        case _:
            raise AssertionError(f"cdk-nag's name of {value!r} is not known here")
