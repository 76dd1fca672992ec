"""Prints what an account on the local endpoint holds, as JSON: state.py URL"""

import json
import sys

import boto3

URL = sys.argv[1]


def client(service: str):
    return boto3.client(
        service, endpoint_url=URL, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )


def apis_of(api_gateway) -> list[dict]:
    return [
        {
            "routes": [with_authorizer(api_gateway, api, route) for route in routes_of(api_gateway, api)],
            "integrations": api_gateway.get_integrations(ApiId=api["ApiId"])["Items"],
            "stages": api_gateway.get_stages(ApiId=api["ApiId"])["Items"],
        }
        for api in api_gateway.get_apis()["Items"]
    ]


def routes_of(api_gateway, api: dict) -> list[dict]:
    return api_gateway.get_routes(ApiId=api["ApiId"])["Items"]


def with_authorizer(api_gateway, api: dict, route: dict) -> dict:
    if "AuthorizerId" not in route:
        return route
    authorizer = api_gateway.get_authorizer(ApiId=api["ApiId"], AuthorizerId=route["AuthorizerId"])
    return {**route, "Authorizer": authorizer}


def topics_of(kafka, cluster: str) -> list[str]:
    return sorted(topic["TopicName"] for topic in kafka.list_topics(ClusterArn=cluster)["Topics"])


def table_of(dynamodb, name: str) -> dict:
    table = dynamodb.describe_table(TableName=name)["Table"]
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    return {
        "key": table["KeySchema"][0]["AttributeName"],
        "billing": table["BillingModeSummary"]["BillingMode"],
        "timeToLive": dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"].get("AttributeName"),
        "pointInTime": backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
    }


lambdas, kafka, ec2, logs = client("lambda"), client("kafka"), client("ec2"), client("logs")
dynamodb = client("dynamodb")
clusters = [cluster["ClusterArn"] for cluster in kafka.list_clusters()["ClusterInfoList"]]
state = {
    "stacks": [stack["StackName"] for stack in client("cloudformation").describe_stacks()["Stacks"]],
    "functions": {function["FunctionName"]: function for function in lambdas.list_functions()["Functions"]},
    "mappings": lambdas.list_event_source_mappings()["EventSourceMappings"],
    "clusters": {arn: topics_of(kafka, arn) for arn in clusters},
    "roles": sorted(role["RoleName"] for role in client("iam").list_roles()["Roles"]),
    "alarms": sorted(alarm["AlarmName"] for alarm in client("cloudwatch").describe_alarms()["MetricAlarms"]),
    "dashboards": [entry["DashboardName"] for entry in client("cloudwatch").list_dashboards()["DashboardEntries"]],
    "alarmTopics": [topic["TopicArn"] for topic in client("sns").list_topics()["Topics"]],
    "apis": apis_of(client("apigatewayv2")),
    "logGroups": sorted(group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]),
    "buckets": [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]],
    "secrets": [secret["Name"] for secret in client("secretsmanager").list_secrets()["SecretList"]],
    "endpoints": [
        endpoint["ServiceName"]
        for endpoint in ec2.describe_vpc_endpoints()["VpcEndpoints"]
        if endpoint["State"] != "deleted"
    ],
    "tables": {name: table_of(dynamodb, name) for name in dynamodb.list_tables()["TableNames"]},
    # Every account begins with a network of its own.
    "networks": [vpc["CidrBlock"] for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]],
    "subnets": sorted(
        subnet["CidrBlock"] for subnet in ec2.describe_subnets()["Subnets"] if not subnet["DefaultForAz"]
    ),
    "securityGroups": sorted(
        group["Description"]
        for group in ec2.describe_security_groups()["SecurityGroups"]
        if group["GroupName"] != "default"
    ),
}
json.dump(state, sys.stdout, default=str)
