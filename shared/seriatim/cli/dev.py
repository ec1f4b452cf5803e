"""``seriatim dev``: the whole service on this machine."""

from collections.abc import Sequence
from pathlib import Path

from seriatim.cli import terminal
from seriatim.cli.exits import USAGE, Failed
from seriatim.local.dev import CannotServe, NoSuchTasks, serve


def dev(
    port: int,
    tasks: Sequence[str],
    load: Sequence[Path],
    *,
    time_scale: float,
    is_verbose: bool,
    node_events: bool,
) -> None:
    """Serve until Ctrl-C.

    Raises:
        Failed: it cannot be served as asked; nothing is left running.
    """
    terminal.log_plainly()
    try:
        serve(
            port,
            tasks=tasks,
            load=load,
            time_scale=time_scale,
            is_verbose=is_verbose,
            node_events=node_events,
            say=terminal.say,
        )
    except NoSuchTasks as error:
        raise Failed(str(error), USAGE) from None
    except CannotServe as error:
        raise Failed(str(error)) from None
