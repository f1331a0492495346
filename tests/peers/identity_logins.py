"""Credentials from the identity pool of a development server for logins of the simulated providers, as boto3 gets them.

    identity_logins.py URL LOGINS    LOGINS is a JSON list of objects, each one login's name and token

Prints how many of them lead to an identity of their own with credentials that work.
"""

import json
import sys

import boto3
from botocore import UNSIGNED
from botocore.config import Config

ARN = "arn:aws:sts::123456789012:assumed-role/DemoAuthenticated/CognitoIdentityCredentials"


def client(service, url, **more):
    return boto3.client(service, endpoint_url=url, region_name="us-east-1", **more)


def main(url, logins):
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    pools = client("cognito-identity", url, **keys).list_identity_pools(MaxResults=1)["IdentityPools"]
    app = client("cognito-identity", url, config=Config(signature_version=UNSIGNED, retries={"max_attempts": 0}))
    identities = set()
    for login in json.loads(logins):
        identity = app.get_id(IdentityPoolId=pools[0]["IdentityPoolId"], Logins=login)["IdentityId"]
        got = app.get_credentials_for_identity(IdentityId=identity, Logins=login)["Credentials"]
        sts = client(
            "sts",
            url,
            aws_access_key_id=got["AccessKeyId"],
            aws_secret_access_key=got["SecretKey"],
            aws_session_token=got["SessionToken"],
        )
        assert sts.get_caller_identity()["Arn"] == ARN, list(login)
        identities.add(identity)
    print(len(identities))


main(*sys.argv[1:])
