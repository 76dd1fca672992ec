"""What moto's CloudFormation lacks for osls: Fn::Cidr, an order of deletion, outputs after a change set, readable failures.

A failed deployment is not rolled back here, as AWS would: what was made stays until the stack is removed.
"""

import ipaddress
from itertools import islice

from moto.cloudformation import models as cloudformation
from moto.cloudformation import parsing

_create_resource = parsing.parse_and_create_resource
_resource_class = parsing.resource_class_from_type
_resolve = parsing.clean_json
_execute = cloudformation.CloudFormationBackend.execute_change_set


def _resolve_with_cidr(value, resources_map):
    if not isinstance(value, dict) or "Fn::Cidr" not in value:
        return _resolve(value, resources_map)
    block, count, host_bits = parsing.clean_json(value["Fn::Cidr"], resources_map)
    networks = ipaddress.ip_network(block).subnets(new_prefix=32 - int(host_bits))
    return [str(network) for network in islice(networks, int(count))]


class ResourceFailed(Exception):
    def __init__(self, logical_id: str, resource_type: str, reason: str) -> None:
        super().__init__(reason)
        self.logical_id, self.resource_type = logical_id, resource_type


def _known_class(resource_type: str):
    """moto warns of a type that it does not know, and leaves the resource out."""
    found = _resource_class(resource_type)
    if found is None:
        raise NotImplementedError(f"the local endpoint has no {resource_type}")
    return found


def _create_or_say_which(logical_id, resource_json, resources_map, account_id, region_name):
    try:
        return _create_resource(logical_id, resource_json, resources_map, account_id, region_name)
    except ResourceFailed:
        raise
    except Exception as error:
        raise ResourceFailed(logical_id, resource_json["Type"], f"{type(error).__name__}: {error}") from error


def _delete_last_first(self) -> None:
    """What refers to something goes before that: resources are made after those that they refer to."""
    for logical_id, resource in reversed(list(self._parsed_resources.items())):
        definition = self._resource_json_map.get(logical_id)
        if definition is None or resource is None or definition.get("DeletionPolicy") == "Retain":
            continue
        self._delete_resource(resource, definition)
        del self._parsed_resources[logical_id]


def _add_failure(stack, failure: ResourceFailed) -> None:
    for logical_id, resource_type, status, reason in (
        (failure.logical_id, failure.resource_type, "CREATE_FAILED", str(failure)),
        (stack.name, "AWS::CloudFormation::Stack", "UPDATE_ROLLBACK_FAILED", "nothing is rolled back here"),
    ):
        stack.events.append(
            cloudformation.Event(
                stack_id=stack.stack_id,
                stack_name=stack.name,
                logical_resource_id=logical_id,
                physical_resource_id=stack.stack_id,
                resource_type=resource_type,
                resource_status=status,
                resource_status_reason=reason,
                resource_properties=None,
            )
        )
    stack.status = "UPDATE_ROLLBACK_FAILED"


def _execute_change_set(self, change_set_name, stack_name=None):
    try:
        _execute(self, change_set_name, stack_name)
    except ResourceFailed as failure:
        _add_failure(next(stack for stack in self.stacks.values() if stack.name == stack_name), failure)
        return
    for stack in self.stacks.values():
        stack._parse_template()
        stack.output_map = stack._create_output_map()
        self.exports.update({export.name: export for export in stack.exports})


parsing.clean_json = _resolve_with_cidr
parsing.resource_class_from_type = _known_class
parsing.ResourceMap.delete = _delete_last_first
parsing.parse_and_create_resource = _create_or_say_which
cloudformation.CloudFormationBackend.execute_change_set = _execute_change_set
# moto runs cfn-lint and takes its warnings for errors; it has a test of its own here.
cloudformation.validate_template_cfn_lint = lambda template: []
