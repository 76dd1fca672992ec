"""Custom resources whose functions really run: the deployed zip is unpacked, and Node.js calls its handler.

Not shown by it: the Lambda runtime itself, its architecture, its memory, and the rights of the function's role.
"""

import io
import json
import os
import subprocess
import tempfile
import threading
import uuid
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from moto.awslambda.utils import get_backend
from moto.cloudformation import parsing

from models import Resource

INVOKE = Path(__file__).with_name("invoke.js")


class _Answers(ThreadingHTTPServer):
    """Where functions put their answers, each under a path of its own, as in CloudFormation's bucket."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _AnswerHandler)
        self.by_path: dict[str, dict] = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def new_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/{uuid.uuid4()}"

    def take(self, url: str) -> dict | None:
        return self.by_path.pop(url.rpartition("/")[2], None)


class _AnswerHandler(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        # The URL is signed for a PUT without content type: S3 refuses any other.
        refused = self.headers.get("content-type") not in (None, "")
        if not refused:
            self.server.by_path[self.path.lstrip("/")] = json.loads(body)
        self.send_response(403 if refused else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_) -> None:
        pass


ANSWERS = _Answers()


def _run(function, event: dict, folder: str) -> subprocess.CompletedProcess:
    zipfile.ZipFile(io.BytesIO(function.code_bytes)).extractall(folder)
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": function.region,
        "AWS_ENDPOINT_URL": os.environ["LOCAL_AWS_URL"],
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        **function.environment_vars,
    }
    return subprocess.run(
        ["node", str(INVOKE), folder, function.handler, str(function.timeout)],
        input=json.dumps(event),
        env=environment,
        capture_output=True,
        text=True,
        timeout=function.timeout + 10,
    )


def _ask(request_type: str, logical_id: str, properties: dict, account: str, region: str, **rest: str) -> dict:
    """Sends a request to the function behind ServiceToken and gives its answer, or raises with the reason."""
    function = get_backend(account, region).get_function(properties["ServiceToken"])
    url = ANSWERS.new_url()
    event = {
        "RequestType": request_type,
        "ResponseURL": url,
        "RequestId": str(uuid.uuid4()),
        "LogicalResourceId": logical_id,
        "ServiceToken": properties["ServiceToken"],
        # CloudFormation makes text of all values.
        "ResourceProperties": {name: str(value) for name, value in properties.items()},
        **rest,
    }
    with tempfile.TemporaryDirectory() as folder:
        run = _run(function, event, folder)
    answer = ANSWERS.take(url)
    if answer is None:
        raise RuntimeError(f"{function.function_name} did not answer: {run.stdout}{run.stderr}")
    for name in ("StackId", "RequestId", "LogicalResourceId"):
        if answer.get(name) != event[name]:
            raise RuntimeError(f"the answer of {function.function_name} has a wrong {name}: {answer}")
    if answer["Status"] != "SUCCESS":
        raise RuntimeError(f"Received response status [FAILED] from custom resource. Message returned: {answer['Reason']}")
    return answer


class CustomResource(Resource):
    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        identity = {"StackId": kwargs["StackId"], "ResourceType": kwargs["ResourceType"]}
        logical_id, properties = kwargs["LogicalId"], cloudformation_json["Properties"]
        answer = _ask("Create", logical_id, properties, account_id, region_name, **identity)
        resource = cls(answer["PhysicalResourceId"], answer.get("Data"))
        resource.identity = {**identity, "PhysicalResourceId": resource.physical_resource_id}
        resource.logical_id, resource.properties = logical_id, properties
        return resource

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
    ):
        properties, identity = cloudformation_json["Properties"], original_resource.identity
        answer = _ask("Update", original_resource.logical_id, properties, account_id, region_name, **identity)
        original_resource.attributes = answer.get("Data") or {}
        original_resource.properties = properties
        return original_resource

    def delete(self, account: str, region: str) -> None:
        _ask("Delete", self.logical_id, self.properties, account, region, **self.identity)

    @classmethod
    def has_cfn_attr(cls, attribute: str) -> bool:
        return True


parsing.CustomModel = CustomResource
