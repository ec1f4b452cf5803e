"""Routes of resource pools."""

from http import HTTPStatus

from functions import wiring
from functions.api import parameters as p
from functions.api.answers import Answer, json_answer
from functions.api.describing import answers, nothing
from functions.api.errors import RequestRefused
from functions.api.resolver import Routes
from functions.api.schemas.resource_pools import ResourcePoolBody

RESOURCE_POOLS = "/projects/<project_id>/resource-pools"
RESOURCE_POOL = RESOURCE_POOLS + "/<resource_pool_id>"
TAGS = ["Resource pools"]

router = Routes()


@router.put(
    RESOURCE_POOL,
    summary="Make a resource pool, or change its capacity",
    operation_id="putResourcePool",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "ShownResourcePool", "As it is now."),
)
def put_resource_pool(
    project_id: p.ProjectId, resource_pool_id: p.ResourcePoolId, body: ResourcePoolBody
) -> Answer:
    """More capacity goes at once to who waits. Less takes nothing away from who holds units;
    requests for more than there will ever be fail with `PoolTooSmall`.
    """
    if body.id not in (None, resource_pool_id):
        detail = f"The body's id is {body.id!r}; leave it out, or let it be that of the path."
        raise RequestRefused(HTTPStatus.BAD_REQUEST, "IdMismatch", detail)
    pools = wiring.current().resource_pools
    return json_answer(pools.put(project_id, resource_pool_id, body.capacity))


@router.get(
    RESOURCE_POOL,
    summary="Read a resource pool",
    operation_id="getResourcePool",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "ShownResourcePool", "As it is now.", 404),
)
def get_resource_pool(project_id: p.ProjectId, resource_pool_id: p.ResourcePoolId) -> Answer:
    """Reads how much of it is in use, by whom, and how many requests wait for it."""
    return json_answer(wiring.current().resource_pools.get(project_id, resource_pool_id))


@router.delete(
    RESOURCE_POOL,
    summary="Delete a resource pool",
    operation_id="deleteResourcePool",
    tags=TAGS,
    responses=nothing("It is gone.", 404, 409),
)
def delete_resource_pool(project_id: p.ProjectId, resource_pool_id: p.ResourcePoolId) -> Answer:
    """Takes away a pool that nobody holds or waits for; else 409 says who does."""
    wiring.current().resource_pools.delete(project_id, resource_pool_id)
    return Answer(HTTPStatus.NO_CONTENT.value, body="")


@router.get(
    RESOURCE_POOLS,
    summary="List resource pools",
    operation_id="listResourcePools",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "ResourcePoolPage", "A page, by id."),
)
def list_resource_pools(
    project_id: p.ProjectId, limit: p.Limit = p.PAGE_ITEMS_DEFAULT, cursor: p.Cursor = None
) -> Answer:
    """Lists the project's pools with how much of each is in use."""
    return json_answer(wiring.current().resource_pools.list(project_id, limit, cursor))
