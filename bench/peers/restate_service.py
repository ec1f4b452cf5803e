"""The service that Restate calls: its steps are in the journal of the invocation."""

import restate

steps = restate.Service("steps")


def echo(value: int) -> int:
    """What a task does."""
    return value


@steps.handler()
async def in_a_row(ctx: restate.Context, tasks: int) -> int:
    """Steps one after the other."""
    value = 0
    for number in range(tasks):
        value = await ctx.run_typed("echo", echo, value=number)
    return value


@steps.handler()
async def side_by_side(ctx: restate.Context, tasks: int) -> int:
    """Steps at once, as futures in one journal."""
    futures = [ctx.run_typed("echo", echo, value=number) for number in range(tasks)]
    return len(await restate.gather(*futures))


app = restate.app([steps])
