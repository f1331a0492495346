"""Credentials from an identity pool as boto3 gets them, against a running development server of Cenote.

    identity_flow.py URL PROVIDER CLIENT_ID ID_TOKEN

Exits with 0 and prints "ok" when everything was as Amazon Cognito has it.
"""

import sys

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/Reader"
GUEST = "arn:aws:iam::123456789012:role/Visitor"


def client(service, url, **more):
    options = {"endpoint_url": url, "region_name": "us-east-1", "config": Config(retries={"max_attempts": 0})}
    return boto3.client(service, **{**options, **more})


def caller(url, credentials):
    sts = client(
        "sts",
        url,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials.get("SecretKey") or credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    return sts.get_caller_identity()["Arn"]


def main(url, provider, client_id, token):
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    admin = client("cognito-identity", url, **keys)
    pool = admin.create_identity_pool(
        IdentityPoolName="boto3",
        AllowUnauthenticatedIdentities=True,
        AllowClassicFlow=True,
        CognitoIdentityProviders=[{"ProviderName": provider, "ClientId": client_id}],
    )["IdentityPoolId"]
    admin.set_identity_pool_roles(IdentityPoolId=pool, Roles={"authenticated": ROLE, "unauthenticated": GUEST})
    unsigned = Config(signature_version=UNSIGNED, retries={"max_attempts": 0})
    app = client("cognito-identity", url, config=unsigned)
    logins = {provider: token}
    identity = app.get_id(IdentityPoolId=pool, Logins=logins)["IdentityId"]
    got = app.get_credentials_for_identity(IdentityId=identity, Logins=logins)["Credentials"]
    assert caller(url, got) == "arn:aws:sts::123456789012:assumed-role/Reader/CognitoIdentityCredentials"
    assert got["Expiration"].tzinfo
    guest = app.get_id(IdentityPoolId=pool)["IdentityId"]
    got = app.get_credentials_for_identity(IdentityId=guest)["Credentials"]
    assert caller(url, got) == "arn:aws:sts::123456789012:assumed-role/Visitor/CognitoIdentityCredentials"
    web = app.get_open_id_token(IdentityId=identity, Logins=logins)["Token"]
    sts = client("sts", url, config=unsigned)
    assumed = sts.assume_role_with_web_identity(RoleArn=ROLE, RoleSessionName="boto3", WebIdentityToken=web)
    assert assumed["SubjectFromWebIdentityToken"] == identity
    assert caller(url, assumed["Credentials"]) == "arn:aws:sts::123456789012:assumed-role/Reader/boto3"
    try:
        app.get_credentials_for_identity(IdentityId=identity)
        raise AssertionError("somebody else's identity was given out")
    except app.exceptions.NotAuthorizedException:
        pass
    try:
        sts.assume_role_with_web_identity(RoleArn=GUEST, RoleSessionName="boto3", WebIdentityToken=web)
        raise AssertionError("a role that is not mapped was given out")
    except ClientError as fault:
        assert fault.response["Error"]["Code"] == "AccessDenied", fault
    print("ok")


main(*sys.argv[1:])
