"""The HTTP API in front of the ``api`` function: who may call, how often, and what is logged."""

import json
from typing import Any, Final

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.acknowledgments import acknowledge
from infra.configuration import Deployment, Iam, Jwt
from infra.constructs.engine_function import retention
from seriatim.topology import API

OPEN_ROUTE: Final = "/health"
CALLBACK_ROUTES: Final = (
    "/task-tokens/{answer}",
    "/projects/{project}/activities/{activity}/poll",
)
"""What outside workers call; a token may be good for these alone."""
ROUTES: Final = "/{path+}"

ACCESS_LOG: Final = {
    "time": "$context.requestTime",
    "requestId": "$context.requestId",
    "ip": "$context.identity.sourceIp",
    "caller": "$context.identity.userArn",
    "subject": "$context.authorizer.claims.sub",
    "method": "$context.httpMethod",
    "route": "$context.routeKey",
    "path": "$context.path",
    "status": "$context.status",
    "milliseconds": "$context.responseLatency",
    "bytes": "$context.responseLength",
    "refused": "$context.authorizer.error",
    "failed": "$context.integrationErrorMessage",
}
"""One JSON line per call. The path has ids; the query string and bodies are not logged."""


class ApiGateway(Construct):
    """An HTTP API all of whose routes but the question for health need an identity."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        function: lambda_.IFunction,
        key: kms.Key | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.api = apigateway.HttpApi(
            self,
            "api",
            api_name=deployment.prefix,
            description=f"The API of {deployment.prefix}.",
            create_default_stage=False,
        )
        self._integration = integrations.HttpLambdaIntegration(
            "function",
            function,
            timeout=Duration.seconds(API.timeout_seconds),
            scope_permission_to_route=False,
        )
        self._add_routes(deployment.authorizer)
        self._add_stage(deployment, key)

    def _add_routes(self, choice: Iam | Jwt) -> None:
        authorizer: apigateway.IHttpRouteAuthorizer
        match choice:
            case Iam():
                authorizer, scopes, callback_scopes = authorizers.HttpIamAuthorizer(), [], []
            case Jwt():
                authorizer = authorizers.HttpJwtAuthorizer(
                    "jwt", choice.issuer, jwt_audience=list(choice.audience)
                )
                scopes = list(choice.scopes)
                # Who may do everything may do this, too.
                callback_scopes = [*choice.callback_scopes, *scopes] if scopes else []
        self._add(ROUTES, apigateway.HttpMethod.ANY, authorizer, scopes)
        for path in CALLBACK_ROUTES:
            self._add(path, apigateway.HttpMethod.POST, authorizer, callback_scopes)
        for route in self._add(OPEN_ROUTE, apigateway.HttpMethod.GET):
            acknowledge(
                route,
                "AwsSolutions-APIG4",
                "Load balancers and monitors ask whether the service is there, without an "
                "identity; the answer has its version and reads no data.",
            )

    def _add(
        self,
        path: str,
        method: apigateway.HttpMethod,
        authorizer: apigateway.IHttpRouteAuthorizer | None = None,
        scopes: list[str] | None = None,
    ) -> list[apigateway.HttpRoute]:
        return self.api.add_routes(
            path=path,
            methods=[method],
            integration=self._integration,
            authorizer=authorizer or apigateway.HttpNoneAuthorizer(),
            authorization_scopes=scopes or None,
        )

    def _add_stage(self, deployment: Deployment, key: kms.Key | None) -> None:
        log_group = logs.LogGroup(
            self,
            "access-log",
            # Under this prefix log groups share a resource policy, whose size is limited.
            log_group_name=f"/aws/vendedlogs/{deployment.prefix}/access",
            retention=retention(deployment.log_days),
            encryption_key=key,
            removal_policy=RemovalPolicy.DESTROY,
        )
        stage = apigateway.HttpStage(
            self,
            "stage",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(
                rate_limit=deployment.throttle.requests_per_second,
                burst_limit=deployment.throttle.burst,
            ),
        )
        resource: Any = stage.node.default_child
        resource.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=log_group.log_group_arn, format=json.dumps(ACCESS_LOG)
        )
