"""An assembly as the tests read it: resources of all stacks, with CloudFormation's expressions
turned into the names and ARNs that they would have.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

REGION = "eu-west-1"
ACCOUNT = "123456789012"
PSEUDO = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT}
PLACE = f"{REGION}:{ACCOUNT}"
ARNS = {
    "AWS::DynamoDB::GlobalTable": f"arn:aws:dynamodb:{PLACE}:table/{{}}",
    "AWS::Events::EventBus": f"arn:aws:events:{PLACE}:event-bus/{{}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "AWS::KMS::Key": f"arn:aws:kms:{PLACE}:key/{{}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{PLACE}:function:{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{PLACE}:log-group:{{}}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{PLACE}:{{}}",
    "AWS::Scheduler::ScheduleGroup": f"arn:aws:scheduler:{PLACE}:schedule-group/{{}}",
    "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:{PLACE}:secret:{{}}",
}
NAMES = ("FunctionName", "QueueName", "LogGroupName", "AlarmName", "Name")


@dataclass(frozen=True)
class Resource:
    """One resource: its properties are resolved."""

    name: str
    type: str
    properties: dict[str, Any]
    deletion_policy: str | None

    @property
    def arn(self) -> str:
        return ARNS[self.type].format(self.name)


class Assembly:
    """The templates of one environment."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.manifest = json.loads((directory / "manifest.json").read_text())
        self._templates = {
            path.name: json.loads(path.read_text()) for path in directory.glob("*.template.json")
        }
        self._exports = {
            output["Export"]["Name"]: (stack, output["Value"])
            for stack, template in self._templates.items()
            for output in template.get("Outputs", {}).values()
            if "Export" in output
        }

    def all(self, kind: str) -> list[Resource]:
        """The resources of a type, such as ``AWS::SQS::Queue``."""
        return [
            Resource(
                name=self._name(stack, logical_id),
                type=kind,
                properties=self._resolved(stack, resource.get("Properties", {})),
                deletion_policy=resource.get("DeletionPolicy"),
            )
            for stack, template in sorted(self._templates.items())
            for logical_id, resource in template["Resources"].items()
            if resource["Type"] == kind
        ]

    def one(self, kind: str, name: str = "") -> Resource:
        """The only resource of a type whose name ends in ``-name``, or else has ``name`` in it."""
        found = [resource for resource in self.all(kind) if name in resource.name]
        (only,) = [each for each in found if each.name.endswith(f"-{name}")] or found
        return only

    def outputs(self) -> dict[str, Any]:
        """What is shown after a deployment."""
        return {
            name: self._resolved(stack, output["Value"])
            for stack, template in self._templates.items()
            for name, output in template.get("Outputs", {}).items()
            if "Export" not in output
        }

    def asset(self, function: Resource) -> Path:
        """The directory that a function's code comes from."""
        key = function.properties["Code"]["S3Key"]
        return self.directory / f"asset.{key.removesuffix('.zip')}"

    def _name(self, stack: str, logical_id: str) -> str:
        properties = self._templates[stack]["Resources"][logical_id].get("Properties", {})
        named = (properties[name] for name in NAMES if isinstance(properties.get(name), str))
        return next(named, logical_id)

    def _resolved(self, stack: str, value: Any) -> Any:
        match value:
            case {"Ref": str(name)}:
                return PSEUDO.get(name) or self._reference(stack, name)
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                return self._attribute(stack, name, attribute)
            case {"Fn::ImportValue": str(export)}:
                return self._resolved(*self._exports[export])
            case {"Fn::Join": [separator, parts]}:
                return separator.join(self._resolved(stack, part) for part in parts)
            case {"Fn::Select": [index, parts]}:
                return self._resolved(stack, parts)[int(index)]
            case {"Fn::Split": [separator, text]}:
                return self._resolved(stack, text).split(separator)
            case {"Fn::Sub": str(text)}:
                for name, known in PSEUDO.items():
                    text = text.replace(f"${{{name}}}", known)
                return text
            case dict():
                return {key: self._resolved(stack, item) for key, item in value.items()}
            case list():
                return [self._resolved(stack, item) for item in value]
            case _:
                return value

    def _reference(self, stack: str, logical_id: str) -> str:
        name = self._name(stack, logical_id)
        resource = self._templates[stack]["Resources"][logical_id]
        if resource["Type"] == "AWS::SQS::Queue":
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
        if resource["Type"] == "AWS::Lambda::Alias":
            function = self._resolved(stack, resource["Properties"]["FunctionName"])
            return f"{ARNS['AWS::Lambda::Function'].format(function)}:{name}"
        return name

    def _attribute(self, stack: str, logical_id: str, attribute: str) -> str:
        name = self._name(stack, logical_id)
        kind = self._templates[stack]["Resources"][logical_id]["Type"]
        if attribute == "Arn" or (kind, attribute) == ("AWS::SecretsManager::Secret", "Id"):
            return ARNS[kind].format(name)
        if attribute == "StreamArn":
            return f"{ARNS[kind].format(name)}/stream/2026-11-01T00:00:00.000"
        return f"{name}.{attribute}"


class Policy:
    """Statements as IAM judges them; conditions count as met."""

    def __init__(self, *documents: dict[str, Any]) -> None:
        self._statements = [each for document in documents for each in document["Statement"]]

    @classmethod
    def of(cls, role: Resource) -> "Policy":
        """A role's own policies."""
        return cls(*(policy["PolicyDocument"] for policy in role.properties["Policies"]))

    def allows(self, action: str, resource: str) -> bool:
        """Whether a statement allows it, and none denies it."""
        effects = {
            statement["Effect"]
            for statement in self._statements
            if _matches(statement["Action"], action) and _matches(statement["Resource"], resource)
        }
        return effects == {"Allow"}

    def grants(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Action, resource and conditions of everything that is allowed."""
        for statement in self._statements:
            if statement["Effect"] == "Allow":
                for action in _listed(statement["Action"]):
                    for resource in _listed(statement["Resource"]):
                        yield action, resource, statement.get("Condition", {})


def _matches(patterns: str | list[str], text: str) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in _listed(patterns))


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
