"""What an authentication with SCRAM needs in CloudFormation: the secret, its place on the cluster, and the way to it."""

import json

from moto.ec2 import ec2_backends
from moto.ec2.models.vpcs import VPCEndPoint
from moto.kafka.models import kafka_backends
from moto.secretsmanager.models import secretsmanager_backends

from models import Resource, register


class Secret(Resource):
    TYPE = "AWS::SecretsManager::Secret"

    @classmethod
    def make(cls, name, properties, account, region):
        generate = properties["GenerateSecretString"]
        fields = json.loads(generate["SecretStringTemplate"])
        fields[generate["GenerateStringKey"]] = "x" * generate["PasswordLength"]
        created = secretsmanager_backends[account][region].create_secret(
            name=properties["Name"],
            secret_string=json.dumps(fields),
            secret_binary=None,
            description=None,
            tags=None,
            kms_key_id=properties["KmsKeyId"],
            client_request_token=None,
            replica_regions=[],
            force_overwrite=False,
        )
        return cls(json.loads(created)["ARN"])

    @classmethod
    def drop(cls, physical_id, properties, account, region):
        secretsmanager_backends[account][region].delete_secret(
            secret_id=physical_id, recovery_window_in_days=None, force_delete_without_recovery=True
        )


class ScramSecrets(Resource):
    """docs.aws.amazon.com/msk/latest/developerguide/msk-password.html"""

    TYPE = "AWS::MSK::BatchScramSecret"

    @classmethod
    def make(cls, name, properties, account, region):
        cluster = kafka_backends[account][region].clusters[properties["ClusterArn"]]
        if not cluster.client_authentication["sasl"]["scram"]["enabled"]:
            raise ValueError(f"{cluster.cluster_name} does not offer SCRAM")
        for arn in properties["SecretArnList"]:
            secret = secretsmanager_backends[account][region].describe_secret(arn)
            if not secret.name.startswith("AmazonMSK_") or not secret.kms_key_id:
                raise ValueError(f"{secret.name}: the name must begin with AmazonMSK_, and the key must be one's own")
        return cls(properties["ClusterArn"])


class SecurityGroupEgress(Resource):
    TYPE = "AWS::EC2::SecurityGroupEgress"

    @classmethod
    def make(cls, name, properties, account, region):
        ec2_backends[account][region].authorize_security_group_egress(
            group_name_or_id=properties["GroupId"],
            ip_protocol=properties["IpProtocol"],
            from_port=properties["FromPort"],
            to_port=properties["ToPort"],
            ip_ranges=[{"CidrIp": properties["CidrIp"]}] if "CidrIp" in properties else [],
            source_groups=[] if "CidrIp" in properties else [{"GroupId": properties["DestinationSecurityGroupId"]}],
        )
        return cls(name)


def _delete_endpoint(cls, resource_name, cloudformation_json, account_id, region_name):
    """moto makes endpoints of a stack, and leaves them."""
    ec2_backends[account_id][region_name].delete_vpc_endpoints([resource_name])


VPCEndPoint.delete_from_cloudformation_json = classmethod(_delete_endpoint)
register(Secret, ScramSecrets, SecurityGroupEgress)
