"""Event source mappings that read Kafka: moto has them for SQS, Kinesis and DynamoDB only."""

from moto.awslambda import models as lambda_models
from moto.kafka.models import kafka_backends

_Mapping = lambda_models.EventSourceMapping
_service_of = _Mapping._get_service_source_from_arn
_create = lambda_models.LambdaBackend.create_event_source_mapping


def _kafka_as_kinesis(self, event_source_arn=None):
    """moto asks for the service to know the bounds of the batch size, which Kafka shares with Kinesis."""
    service = _service_of(self, event_source_arn)
    return "kinesis" if service == "kafka" else service


def _create_mapping(self, spec):
    if ":kafka:" not in spec.get("EventSourceArn", ""):
        return _create(self, spec)
    if spec["EventSourceArn"] not in kafka_backends[self.account_id][self.region_name].clusters:
        raise ValueError(f"there is no cluster {spec['EventSourceArn']}")
    function = self._lambdas.get_function_by_name_or_arn_with_qualifier(spec["FunctionName"])
    place = {"RegionName": self.region_name, "AccountId": self.account_id}
    mapping = _Mapping({**spec, **place, "FunctionArn": function.function_arn})
    self._event_source_mappings[mapping.uuid] = mapping
    return mapping


_Mapping._get_service_source_from_arn = _kafka_as_kinesis
lambda_models.LambdaBackend.create_event_source_mapping = _create_mapping
