"""Credentials from an identity pool as boto3 gets them, and tokens checked by the published keys, against a running development server of Cenote.

    identity_flow.py URL PROVIDER CLIENT_ID ID_TOKEN

Exits with 0 and prints "ok" when everything was as Amazon Cognito has it.
"""

import json
import sys
import urllib.request

import boto3
import jwt
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


def believed(token, client_id):
    """The claims as a resource server has them that knows the issuer only: discovery, its keys by `kid`, all checks."""
    issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
    with urllib.request.urlopen(f"{issuer}/.well-known/openid-configuration") as answer:
        discovered = json.load(answer)
    assert discovered["issuer"] == issuer, discovered
    key = jwt.PyJWKClient(discovered["jwks_uri"]).get_signing_key_from_jwt(token)
    algorithms = discovered["id_token_signing_alg_values_supported"]
    assert set(algorithms) <= {"RS256", "RS512"}, algorithms
    options = {"require": ["exp", "iat", "sub", "iss", "aud"]}
    return jwt.decode(token, key, algorithms=algorithms, audience=client_id, issuer=issuer, options=options)


def main(url, provider, client_id, token):
    assert believed(token, client_id)["token_use"] == "id"
    try:
        believed(f"{token[:-8]}AAAAAAAA", client_id)
        raise AssertionError("a changed token was believed")
    except jwt.InvalidSignatureError:
        pass
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
    assert believed(web, pool)["sub"] == identity
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
