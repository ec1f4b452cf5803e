"""All schemas by name, for the OpenAPI document alone.

No answer is made from the models of answers. Tests hold every answer of the running handlers to
them.
"""

from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from functions.api.schemas import (
    activities,
    control,
    executions,
    global_variables,
    health,
    moves,
    problems,
    project_settings,
    resource_pools,
    revisions,
    sequences,
    task_definitions,
    task_tokens,
    templates,
    triggers,
    uploads,
    waiting,
)
from functions.api.schemas.bodies import CALL_MODELS

REFERENCE: Final = "#/components/schemas/{model}"
MODELS: Final[tuple[type[BaseModel], ...]] = (
    *activities.MODELS,
    *control.MODELS,
    *executions.MODELS,
    *global_variables.MODELS,
    *health.MODELS,
    *moves.MODELS,
    *problems.MODELS,
    *project_settings.MODELS,
    *resource_pools.MODELS,
    *revisions.MODELS,
    *sequences.MODELS,
    *task_definitions.MODELS,
    *task_tokens.MODELS,
    *templates.MODELS,
    *triggers.MODELS,
    *uploads.MODELS,
    *waiting.MODELS,
    *CALL_MODELS,
)


def schemas() -> dict[str, Any]:
    """All schemas by name."""
    _, found = models_json_schema(
        [(model, "validation") for model in MODELS], by_alias=True, ref_template=REFERENCE
    )
    named: dict[str, Any] = found["$defs"]
    for schema in named.values():
        for field in schema.get("properties", {}).values():
            field.pop("title", None)
            # An empty text that stands for "the id" or "the service's" is no value of the field.
            if field.get("default") == "" and field.get("minLength", 0) > 0:
                del field["default"]
    authored = sequences.add_sequence_schemas(named)
    task_definitions.add_task_definition_schemas(named)
    templates.add_template_schemas(named, authored)
    uploads.add_upload_schemas(named)
    triggers.add_trigger_schemas(named)
    named["VariableValues"] = {"type": "object", "title": "VariableValues"}
    return named
