"""What moto leaves out of the table of outcomes and of the way to it in CloudFormation."""

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.ec2 import ec2_backends
from moto.ec2.models.route_tables import RouteTable

from models import Resource, register

_create_table = Table.create_from_cloudformation_json.__func__


def _create_with_settings(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
    """moto takes the keys, and neither the time to live nor the recovery to a point in time."""
    table = _create_table(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)
    properties, backend = cloudformation_json["Properties"], dynamodb_backends[account_id][region_name]
    backend.update_time_to_live(table.name, properties["TimeToLiveSpecification"])
    backend.update_continuous_backups(table.name, properties["PointInTimeRecoverySpecification"])
    return table


class RouteTableAssociation(Resource):
    """moto writes its own down where nothing looks for it."""

    TYPE = "AWS::EC2::SubnetRouteTableAssociation"

    @classmethod
    def make(cls, name, properties, account, region):
        return cls(
            ec2_backends[account][region].associate_route_table(
                route_table_id=properties["RouteTableId"], subnet_id=properties["SubnetId"]
            )
        )

    @classmethod
    def drop(cls, physical_id, properties, account, region):
        ec2_backends[account][region].disassociate_route_table(physical_id)


def _delete_route_table(cls, resource_name, cloudformation_json, account_id, region_name):
    """moto makes route tables of a stack, and leaves them."""
    ec2_backends[account_id][region_name].delete_route_table(resource_name)


Table.create_from_cloudformation_json = classmethod(_create_with_settings)
RouteTable.delete_from_cloudformation_json = classmethod(_delete_route_table)
register(RouteTableAssociation)
