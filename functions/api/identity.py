"""Who calls, as API Gateway has verified it; locally nobody in particular."""

from typing import Any

from aws_lambda_powertools.event_handler import Request


def caller(request: Request) -> str | None:
    """What the history says of who did it: a token's subject, or a role's or user's ARN."""
    context: dict[str, Any] = request.resolved_event["requestContext"]
    authorizer = context.get("authorizer") or {}
    claims = (authorizer.get("jwt") or {}).get("claims") or {}
    iam = authorizer.get("iam") or {}
    found = claims.get("sub") or iam.get("userArn")
    return str(found) if found else None
