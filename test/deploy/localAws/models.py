"""CloudFormation resources that moto does not know, as small classes."""

from typing import Any

from moto.cloudformation import parsing


class Resource:
    """A resource with its id and attributes. Subclasses say how it is made, and what goes when it is deleted.

    It looks like moto's CloudFormationModel without being one, since moto takes the models of its own modules only.
    """

    TYPE = ""
    ATTRIBUTES: tuple[str, ...] = ()

    def __init__(self, physical_id: str, attributes: dict[str, Any] | None = None) -> None:
        self.physical_resource_id = physical_id
        self.attributes = attributes or {}

    @classmethod
    def make(cls, name: str, properties: dict[str, Any], account: str, region: str) -> "Resource":
        raise NotImplementedError

    @classmethod
    def drop(cls, physical_id: str, properties: dict[str, Any], account: str, region: str) -> None:
        """Deletes what `make` has made in a backend of moto; most have gone with what they belong to."""

    @classmethod
    def cloudformation_type(cls) -> str:
        return cls.TYPE

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @classmethod
    def has_cfn_attr(cls, attribute: str) -> bool:
        return attribute in cls.ATTRIBUTES

    def is_created(self) -> bool:
        return True

    def get_cfn_attribute(self, attribute: str) -> Any:
        return self.attributes[attribute]

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **_):
        return cls.make(resource_name, cloudformation_json["Properties"], account_id, region_name)

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
    ):
        properties = cloudformation_json["Properties"]
        cls.drop(original_resource.physical_resource_id, properties, account_id, region_name)
        return cls.make(new_resource_name, properties, account_id, region_name)

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name):
        cls.drop(resource_name, cloudformation_json["Properties"], account_id, region_name)


def register(*models: type[Resource]) -> None:
    """Makes CloudFormation know them; moto keeps both maps once they are made."""
    for model in models:
        parsing.get_model_map()[model.TYPE] = model
        parsing.get_name_type_map()[model.TYPE] = ""


def lower_camel(value: Any) -> Any:
    """Property names of CloudFormation as the REST APIs write them."""
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: lower_camel(item) for key, item in value.items()}
    return [lower_camel(item) for item in value] if isinstance(value, list) else value
