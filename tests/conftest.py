"""Every test stays on this machine: credentials are fake, and only loopback can be reached."""

import ipaddress
import os
import socket
import sys

from hypothesis import settings

os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="eu-central-1",
    AWS_EC2_METADATA_DISABLED="true",
)
for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
    os.environ.pop(name, None)


def _refuse_other_machines(event: str, arguments: tuple[object, ...]) -> None:
    if event != "socket.connect":
        return
    connection, address = arguments
    if not isinstance(connection, socket.socket) or not isinstance(address, tuple):
        return
    host = str(address[0])
    if host != "localhost" and not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
        raise AssertionError(f"a test tried to reach {host}: use a fake, or a server on loopback")


sys.addaudithook(_refuse_other_machines)

# Machines differ in speed; the test's own timeout is the limit. In CI Hypothesis takes its profile
# `ci`: the same examples in every run.
settings.register_profile("default", settings.get_profile("default"), deadline=None)
