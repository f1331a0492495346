"""Owns the comparison of raw answers with the service's own model, as boto3 carries it: no member that the model does
not know, every required one, the right type, words of the enumerations. boto3 itself is silent about all of that.
"""

import json

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


# Words that the model's own sentences know, but not its enumerations.
DOCUMENTED = {"ExplicitAuthFlowsType": ["ALLOW_CLIENT_TOKEN_AUTH"]}
# Members that the model requires and the service leaves out all the same: a prefix domain shows an empty structure.
LEFT_OUT = {("CustomDomainConfigType", "CertificateArn")}


class Mismatch(Exception):
    """An answer that is not the model's."""


def compare(shape, value, path):
    kind = shape.type_name
    if kind == "structure":
        if getattr(shape, "is_document_type", False):
            return
        expect(isinstance(value, dict), path, value, "an object")
        for name in value:
            expect(name in shape.members, f"{path}.{name}", value[name], "a member of the model")
        for name in shape.required_members:
            is_there = name in value or (shape.name, name) in LEFT_OUT
            expect(is_there, f"{path}.{name}", None, "there: it is required")
        for name, member in shape.members.items():
            if name in value:
                compare(member, value[name], f"{path}.{name}")
    elif kind == "list":
        expect(isinstance(value, list), path, value, "a list")
        for position, item in enumerate(value):
            compare(shape.member, item, f"{path}[{position}]")
    elif kind == "map":
        expect(isinstance(value, dict), path, value, "a map")
        for key, item in value.items():
            compare(shape.value, item, f"{path}[{key}]")
    else:
        scalar(kind, shape, value, path)


def scalar(kind, shape, value, path):
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    right = {
        "string": lambda: isinstance(value, str),
        "blob": lambda: isinstance(value, str),
        "boolean": lambda: isinstance(value, bool),
        "integer": lambda: is_number and value == int(value),
        "long": lambda: is_number and value == int(value),
        "double": lambda: is_number,
        "float": lambda: is_number,
        "timestamp": lambda: is_number,
    }[kind]
    expect(right(), path, value, kind)
    if getattr(shape, "enum", None):
        expect(value in shape.enum + DOCUMENTED.get(shape.name, []), path, value, f"one of {shape.enum}")


def expect(condition, path, value, wanted):
    if not condition:
        raise Mismatch(f"{path}: {value!r} is not {wanted}")


class Service:
    """A client whose every answer is compared with the model; it remembers which operations were called."""

    def __init__(self, name, url, region="us-east-1", key="any", secret="any"):
        self.client = boto3.client(
            name, endpoint_url=url, region_name=region, aws_access_key_id=key, aws_secret_access_key=secret,
            config=Config(retries={"max_attempts": 0}, parameter_validation=True),
        )
        self.model = self.client.meta.service_model
        self.called = set()
        self.raw = None
        self.client.meta.events.register(f"response-received.{name}", self.received)

    def received(self, response_dict=None, **_):
        if response_dict is not None:
            self.raw = (response_dict["status_code"], response_dict["body"])

    def __call__(self, operation, **members):
        """Calls an operation that must go well."""
        operation_model = self.model.operation_model(operation)
        method = boto3_name(self.client, operation)
        parsed = method(**members)
        self.called.add(operation)
        status, body = self.raw
        if status == 200 and operation_model.output_shape is not None:
            compare(operation_model.output_shape, json.loads(body or b"{}"), operation)
        return parsed

    def refused(self, operation, code, **members):
        """Calls an operation that must be refused with that error, which its model must list."""
        try:
            boto3_name(self.client, operation)(**members)
        except ClientError as fault:
            found = fault.response["Error"]["Code"]
            expect(found == code, operation, f"{found}: {fault.response['Error']['Message']}", code)
            self.called.add(operation)
            listed = {shape.name for shape in self.model.operation_model(operation).error_shapes}
            expect(code in listed, operation, code, f"among its errors {sorted(listed)}")
            return fault.response["Error"]["Message"]
        raise Mismatch(f"{operation} was not refused with {code}")

    def uncalled(self):
        return sorted(set(self.model.operation_names) - self.called)


def boto3_name(client, operation):
    for method, name in client.meta.method_to_api_mapping.items():
        if name == operation:
            return getattr(client, method)
    raise Mismatch(f"boto3 has no {operation}")
