"""HTTP APIs in CloudFormation, kept in moto's API Gateway."""

from moto.apigatewayv2.models import apigatewayv2_backends

from models import Resource, lower_camel, register

# moto wants each argument named, also those that no template here sets.
_API = dict.fromkeys(
    "api_key_selection_expression cors_configuration description disable_schema_validation "
    "disable_execute_api_endpoint route_selection_expression version".split()
)
_AUTHORIZER = dict.fromkeys(
    "auth_creds_arn auth_payload_format_version auth_result_ttl authorizer_uri enable_simple_response "
    "identity_validation_expr".split()
)
_INTEGRATION = dict.fromkeys(
    "connection_id connection_type content_handling_strategy credentials_arn description integration_method "
    "integration_subtype passthrough_behavior request_parameters request_templates response_parameters "
    "template_selection_expression tls_config".split()
)
_ROUTE = dict.fromkeys(
    "authorization_scopes model_selection_expression operation_name request_models request_parameters "
    "route_response_selection_expression".split()
)


class Api(Resource):
    TYPE, ATTRIBUTES = "AWS::ApiGatewayV2::Api", ("ApiEndpoint", "ApiId")

    @classmethod
    def make(cls, name, properties, account, region):
        api = apigatewayv2_backends[account][region].create_api(
            **_API, name=properties["Name"], protocol_type=properties["ProtocolType"], tags={}
        )
        return cls(api.api_id, {"ApiEndpoint": api.api_endpoint, "ApiId": api.api_id})

    @classmethod
    def drop(cls, physical_id, properties, account, region):
        apigatewayv2_backends[account][region].apis.pop(physical_id, None)


class Authorizer(Resource):
    TYPE = "AWS::ApiGatewayV2::Authorizer"

    @classmethod
    def make(cls, name, properties, account, region):
        authorizer = apigatewayv2_backends[account][region].create_authorizer(
            **_AUTHORIZER,
            api_id=properties["ApiId"],
            authorizer_type=properties["AuthorizerType"],
            identity_source=properties["IdentitySource"],
            jwt_config=lower_camel(properties["JwtConfiguration"]),
            name=properties["Name"],
        )
        return cls(authorizer.id)


class Integration(Resource):
    TYPE = "AWS::ApiGatewayV2::Integration"

    @classmethod
    def make(cls, name, properties, account, region):
        integration = apigatewayv2_backends[account][region].create_integration(
            **_INTEGRATION,
            api_id=properties["ApiId"],
            integration_type=properties["IntegrationType"],
            integration_uri=properties["IntegrationUri"],
            payload_format_version=properties["PayloadFormatVersion"],
            timeout_in_millis=properties["TimeoutInMillis"],
        )
        return cls(integration.id)


class Route(Resource):
    TYPE = "AWS::ApiGatewayV2::Route"

    @classmethod
    def make(cls, name, properties, account, region):
        route = apigatewayv2_backends[account][region].create_route(
            **_ROUTE,
            api_id=properties["ApiId"],
            api_key_required=False,
            authorization_type=properties.get("AuthorizationType", "NONE"),
            authorizer_id=properties.get("AuthorizerId"),
            route_key=properties["RouteKey"],
            target=properties["Target"],
        )
        return cls(route.route_id)


class Stage(Resource):
    TYPE = "AWS::ApiGatewayV2::Stage"

    @classmethod
    def make(cls, name, properties, account, region):
        apigatewayv2_backends[account][region].create_stage(properties["ApiId"], lower_camel(properties))
        return cls(properties["StageName"])


register(Api, Authorizer, Integration, Route, Stage)
