"""MSK in CloudFormation: clusters, configurations, topics; and what moto's API of MSK lacks."""

import base64
import json
from typing import Any
from urllib.parse import unquote

from moto.kafka.models import kafka_backends
from moto.kafka.responses import KafkaResponse

from models import Resource, lower_camel, register

TOPICS: dict[str, dict[str, Any]] = {}
"""The properties of every topic, by its ARN: moto has no topics."""


class Configuration(Resource):
    TYPE, ATTRIBUTES = "AWS::MSK::Configuration", ("Arn", "LatestRevision.Revision")

    @classmethod
    def make(cls, name, properties, account, region):
        arn = f"arn:aws:kafka:{region}:{account}:configuration/{properties['Name']}/0f3c9d52-8a1e-4b7c-9d36-5e2f7a1b4c88-1"
        return cls(arn, {"Arn": arn, "LatestRevision.Revision": 1})


class Cluster(Resource):
    TYPE, ATTRIBUTES = "AWS::MSK::Cluster", ("Arn",)

    @classmethod
    def make(cls, name, properties, account, region):
        backend = kafka_backends[account][region]
        arn, *_ = backend.create_cluster(
            cluster_name=properties["ClusterName"],
            broker_node_group_info=lower_camel(properties["BrokerNodeGroupInfo"]),
            kafka_version=properties["KafkaVersion"],
            number_of_broker_nodes=int(properties["NumberOfBrokerNodes"]),
            configuration_info=lower_camel(properties.get("ConfigurationInfo")),
            client_authentication=lower_camel(properties.get("ClientAuthentication")),
            encryption_info=lower_camel(properties.get("EncryptionInfo")),
            logging_info=lower_camel(properties.get("LoggingInfo")),
            tags=properties.get("Tags"),
        )
        cluster = backend.clusters.pop(arn)
        # moto's ARN lacks the name, its time the zone, and it never becomes active.
        cluster.arn = arn.replace(":cluster/", f":cluster/{properties['ClusterName']}/") + "-1"
        cluster.creation_time = "2026-01-01T00:00:00Z"
        cluster.state = "ACTIVE"
        backend.clusters[cluster.arn] = cluster
        return cls(cluster.arn, {"Arn": cluster.arn})

    @classmethod
    def drop(cls, physical_id, properties, account, region):
        kafka_backends[account][region].clusters.pop(physical_id, None)


class Topic(Resource):
    TYPE, ATTRIBUTES = "AWS::MSK::Topic", ("TopicArn",)

    @classmethod
    def make(cls, name, properties, account, region):
        cluster = kafka_backends[account][region].clusters[properties["ClusterArn"]]
        if int(properties["ReplicationFactor"]) > cluster.number_of_broker_nodes:
            raise ValueError(f"the topic {properties['TopicName']} has more replicas than the cluster brokers")
        json.loads(base64.b64decode(properties["Configs"]))
        arn = f"{cluster.arn.replace(':cluster/', ':topic/')}/{properties['TopicName']}"
        if arn in TOPICS:
            raise ValueError(f"the topic {properties['TopicName']} exists already")
        TOPICS[arn] = properties
        return cls(arn, {"TopicArn": arn})

    @classmethod
    def drop(cls, physical_id, properties, account, region):
        TOPICS.pop(physical_id, None)


def _cluster_of(response: KafkaResponse, last: str) -> Any:
    path = unquote(response.parsed_url.path)
    return response.kafka_backend.clusters[path.split("/clusters/")[1].removesuffix(f"/{last}")]


def _get_bootstrap_brokers(self: KafkaResponse) -> str:
    """The addresses for the authentications that the cluster offers, as MSK answers."""
    cluster = _cluster_of(self, "bootstrap-brokers")
    offered = cluster.client_authentication or {}
    sasl = offered.get("sasl", {})
    fields = {
        "bootstrapBrokerStringTls": (offered.get("tls", {}).get("enabled"), 9094),
        "bootstrapBrokerStringSaslScram": (sasl.get("scram", {}).get("enabled"), 9096),
        "bootstrapBrokerStringSaslIam": (sasl.get("iam", {}).get("enabled"), 9098),
    }
    hosts = [f"b-{n + 1}.{cluster.cluster_name}.example" for n in range(cluster.number_of_broker_nodes)]
    return json.dumps(
        {field: ",".join(f"{host}:{port}" for host in hosts) for field, (enabled, port) in fields.items() if enabled}
    )


def _list_topics(self: KafkaResponse) -> str:
    cluster = _cluster_of(self, "topics")
    prefix = cluster.arn.replace(":cluster/", ":topic/") + "/"
    return json.dumps(
        {
            "topics": [
                {
                    "topicArn": arn,
                    "topicName": topic["TopicName"],
                    "partitionCount": int(topic["PartitionCount"]),
                    "replicationFactor": int(topic["ReplicationFactor"]),
                }
                for arn, topic in TOPICS.items()
                if arn.startswith(prefix)
            ]
        }
    )


KafkaResponse.get_bootstrap_brokers = _get_bootstrap_brokers
KafkaResponse.list_topics = _list_topics
register(Configuration, Cluster, Topic)
