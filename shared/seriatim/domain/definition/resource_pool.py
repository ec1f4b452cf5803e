"""A resource pool: something of which a project has so many units and no more."""

from seriatim.domain.definition.fields import Id, Model, Units


class ResourcePool(Model):
    """Nodes hold units of it while they run, or across nodes; capacity 1 makes it a lock."""

    id: Id
    capacity: Units
