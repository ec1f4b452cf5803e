"""The context object that a Lambda handler is called with."""

import itertools
import time
import uuid

from seriatim.local.clock import WaitableClock

REGION = "us-east-1"
ACCOUNT_ID = "123456789012"

_PROCESS = str(uuid.uuid4())[:23]
_count = itertools.count(1)


class LambdaContext:
    """What of it handlers and Powertools read. The time left is told in the service clock's time,
    but counts the machine's: time that is skipped is not taken from an invocation.
    """

    memory_limit_in_mb = 1024
    function_version = "$LATEST"

    def __init__(self, function_name: str, clock: WaitableClock, timeout_seconds: int) -> None:
        self.function_name = function_name
        self.invoked_function_arn = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{function_name}"
        self.log_group_name = f"/aws/lambda/{function_name}"
        self.log_stream_name = "local"
        self.aws_request_id = f"{_PROCESS}-{next(_count):012x}"
        self._clock = clock
        self._ends = time.monotonic() + timeout_seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds of the service's clock until the function would be stopped; at least 0."""
        left = self._ends - time.monotonic()
        return self._clock.stretch(max(0, int(left * 1000)))
