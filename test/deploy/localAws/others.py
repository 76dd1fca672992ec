"""Alarms and bucket policies in CloudFormation."""

from moto.cloudwatch.models import cloudwatch_backends

from models import Resource, register


class Alarm(Resource):
    TYPE, ATTRIBUTES = "AWS::CloudWatch::Alarm", ("Arn",)

    @classmethod
    def make(cls, name, properties, account, region):
        alarm = cloudwatch_backends[account][region].put_metric_alarm(
            name=properties.get("AlarmName", name),
            namespace=properties.get("Namespace"),
            metric_name=properties.get("MetricName"),
            comparison_operator=properties["ComparisonOperator"],
            evaluation_periods=properties["EvaluationPeriods"],
            period=properties.get("Period"),
            threshold=float(properties["Threshold"]),
            statistic=properties.get("Statistic"),
            description=properties["AlarmDescription"],
            dimensions=properties.get("Dimensions", []),
            alarm_actions=properties["AlarmActions"],
            ok_actions=properties.get("OKActions"),
            treat_missing_data=properties.get("TreatMissingData"),
        )
        return cls(alarm.name, {"Arn": alarm.alarm_arn})

    @classmethod
    def drop(cls, physical_id, properties, account, region):
        cloudwatch_backends[account][region].delete_alarms([physical_id])


class BucketPolicy(Resource):
    TYPE = "AWS::S3::BucketPolicy"

    @classmethod
    def make(cls, name, properties, account, region):
        return cls(properties["Bucket"])


register(Alarm, BucketPolicy)
