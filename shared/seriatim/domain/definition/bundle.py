"""A bundle: all that a file of definitions may hold, each list by its kind, in order."""

from dataclasses import dataclass

from seriatim.domain.definition.resource_pool import ResourcePool
from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.definition.task_definition import TaskDefinition
from seriatim.domain.definition.template import Template
from seriatim.domain.definition.trigger import Trigger


@dataclass(frozen=True, slots=True)
class Bundle:
    """Definitions that belong together and may name each other."""

    task_definitions: tuple[TaskDefinition, ...] = ()
    resource_pools: tuple[ResourcePool, ...] = ()
    templates: tuple[Template, ...] = ()
    sequences: tuple[TaskSequence, ...] = ()
    triggers: tuple[Trigger, ...] = ()
