"""Where an environment wants snapshots, everything that invokes a function goes to the version that
has one: to ``$LATEST`` Lambda makes none.
"""

from infra.constructs.engine_function import LIVE
from seriatim.topology import TOPOLOGY
from tests.infra.templates import Assembly


def invoked(assembly: Assembly) -> list[str]:
    """What event sources, the API and the clock name, and the worker for requests of tasks."""
    feeds = assembly.all("AWS::Lambda::EventSourceMapping")
    integrations = assembly.all("AWS::ApiGatewayV2::Integration")
    rules = assembly.all("AWS::Events::Rule")
    functions = (f.properties["Environment"] for f in assembly.all("AWS::Lambda::Function"))
    told = (variables["Variables"].get("HTTP_FUNCTION") for variables in functions)
    return [
        *(each.properties["FunctionName"] for each in feeds),
        *(each.properties["IntegrationUri"] for each in integrations),
        *(target["Arn"] for each in rules for target in each.properties["Targets"]),
        *{name for name in told if name},
    ]


def test_without_the_wish_there_are_neither_snapshots_nor_versions(plain: Assembly) -> None:
    functions = plain.all("AWS::Lambda::Function")
    assert not any("SnapStart" in function.properties for function in functions)
    assert plain.all("AWS::Lambda::Version") == plain.all("AWS::Lambda::Alias") == []
    assert not any(name.endswith(f":{LIVE}") for name in invoked(plain))


def test_every_function_has_a_snapshot_of_each_version(full: Assembly) -> None:
    functions = full.all("AWS::Lambda::Function")
    assert {str(f.properties["SnapStart"]) for f in functions} == {
        "{'ApplyOn': 'PublishedVersions'}"
    }
    aliases = {alias.properties["FunctionName"] for alias in full.all("AWS::Lambda::Alias")}
    assert aliases == {f"seriatim-full-{spec.name}" for spec in TOPOLOGY.functions}
    assert len(full.all("AWS::Lambda::Version")) == len(TOPOLOGY.functions)


def test_nobody_goes_past_the_snapshots(full: Assembly) -> None:
    names = invoked(full)
    assert len(names) > len(TOPOLOGY.functions) - 1
    assert [name for name in names if not name.endswith(f":{LIVE}")] == []
