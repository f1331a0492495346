"""Owns a life of a user pool as boto3 sees it, against a running Cenote.

    boto3_flow.py dev URL                     every road of an app: a development server, with its inbox
    boto3_flow.py serve URL KEY_ID SECRET     admin calls signed with a configured key: a production server

Exits with 0 and prints "ok" when everything was as Amazon Cognito has it.
"""

import base64
import hashlib
import hmac
import json
import re
import sys
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

PASSWORD = "Correct-Horse-1"
ANOTHER = "Another-Horse-2"


def client(url, key="any", secret="any", region="us-east-1"):
    return boto3.client(
        "cognito-idp",
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(retries={"max_attempts": 0}),
    )


def refused(exception, text, call, **members):
    """The call must raise that very exception class with that very text."""
    try:
        call(**members)
    except exception as fault:
        told = fault.response["Error"]["Message"]
        assert told == text, f"{told!r} is not {text!r}"
        assert fault.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert fault.response["ResponseMetadata"]["RequestId"]
        return
    raise AssertionError(f"not refused: {text}")


def refused_as(code, call, **members):
    """The call must be refused with an error that the service's model does not list."""
    try:
        call(**members)
    except ClientError as fault:
        assert fault.response["Error"]["Code"] == code, fault
        return
    raise AssertionError(f"not refused: {code}")


def newest_code(url, address):
    with urllib.request.urlopen(f"{url}/_cenote/inbox.json") as answer:
        messages = [one for one in json.load(answer) if one["to"] == address]
    return re.search(r"\b\d{6}\b", messages[-1]["text"]).group()


def secret_hash(app, username):
    message = (username + app["ClientId"]).encode()
    return base64.b64encode(hmac.digest(app["ClientSecret"].encode(), message, hashlib.sha256)).decode()


def password_flow(idp, app, username, password):
    parameters = {"USERNAME": username, "PASSWORD": password}
    return idp.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId=app["ClientId"], AuthParameters=parameters)


def pools_and_clients(idp):
    pool = idp.create_user_pool(
        PoolName="boto3 pool",
        UsernameAttributes=["email"],
        AutoVerifiedAttributes=["email"],
        UsernameConfiguration={"CaseSensitive": False},
        Schema=[{"Name": "team", "AttributeDataType": "String", "Mutable": True}],
    )["UserPool"]
    assert idp.describe_user_pool(UserPoolId=pool["Id"])["UserPool"]["Arn"] == pool["Arn"]
    pages = idp.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 1})
    assert pool["Id"] in [one["Id"] for page in pages for one in page["UserPools"]]
    settings = {
        "UserPoolId": pool["Id"],
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "PreventUserExistenceErrors": "ENABLED",
    }
    app = idp.create_user_pool_client(ClientName="public", **settings)["UserPoolClient"]
    secret = idp.create_user_pool_client(ClientName="secret", GenerateSecret=True, **settings)["UserPoolClient"]
    legacy = idp.create_user_pool_client(
        ClientName="legacy", **{**settings, "PreventUserExistenceErrors": "LEGACY"}
    )["UserPoolClient"]
    rotating = idp.create_user_pool_client(
        ClientName="rotating",
        UserPoolId=pool["Id"],
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    )["UserPoolClient"]
    found = idp.list_user_pool_clients(UserPoolId=pool["Id"], MaxResults=60)["UserPoolClients"]
    assert len(found) == 4
    fault = idp.exceptions
    refused(fault.ResourceNotFoundException, "User pool us-east-1_Absent000 does not exist.",
            idp.describe_user_pool, UserPoolId="us-east-1_Absent000")
    refused(fault.InvalidOAuthFlowException,
            "client_credentials flow can not be selected if client does not have a client secret.",
            idp.create_user_pool_client, UserPoolId=pool["Id"], ClientName="m2m", AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=["openid"])
    refused(fault.ScopeDoesNotExistException, "Invalid scope requested: api/none", idp.create_user_pool_client,
            UserPoolId=pool["Id"], ClientName="m2m", AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["code"], AllowedOAuthScopes=["api/none"])
    return pool, app, secret, legacy, rotating


def sign_up(url, idp, app, address):
    fault = idp.exceptions
    named = {"ClientId": app["ClientId"], "Username": address}
    if "ClientSecret" in app:
        named["SecretHash"] = secret_hash(app, address)
    refused(fault.InvalidPasswordException, "Password did not conform with policy: Password not long enough",
            idp.sign_up, Password="short", **named)
    refused(fault.InvalidParameterException, "Invalid phone number format.", idp.sign_up, Password=PASSWORD,
            UserAttributes=[{"Name": "phone_number", "Value": "1"}], **named)
    made = idp.sign_up(Password=PASSWORD, UserAttributes=[{"Name": "custom:team", "Value": "red"}], **named)
    assert made["UserConfirmed"] is False and made["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    refused(fault.UsernameExistsException, "An account with the given email already exists.",
            idp.sign_up, Password=PASSWORD, **named)
    code = newest_code(url, address)
    wrong = "000000" if code != "000000" else "000001"
    refused(fault.CodeMismatchException, "Invalid verification code provided, please try again.",
            idp.confirm_sign_up, ConfirmationCode=wrong, **named)
    idp.resend_confirmation_code(**named)
    idp.confirm_sign_up(ConfirmationCode=newest_code(url, address), **named)
    refused(fault.NotAuthorizedException, "User cannot be confirmed. Current status is CONFIRMED",
            idp.confirm_sign_up, ConfirmationCode=code, **named)
    return made["UserSub"]


def sign_in(idp, pool, app, legacy, address, sub):
    fault = idp.exceptions
    refused(fault.NotAuthorizedException, "Incorrect username or password.",
            password_flow, idp=idp, app=app, username=address, password="Wrong-Horse-1")
    refused(fault.NotAuthorizedException, "Incorrect username or password.",
            password_flow, idp=idp, app=app, username="nobody@example.com", password=PASSWORD)
    refused(fault.UserNotFoundException, "User does not exist.",
            password_flow, idp=idp, app=legacy, username="nobody@example.com", password=PASSWORD)
    refused(fault.UserNotFoundException, "Username/client id combination not found.",
            idp.forgot_password, ClientId=legacy["ClientId"], Username="nobody@example.com")
    tokens = password_flow(idp, app, address, PASSWORD)["AuthenticationResult"]
    assert tokens["TokenType"] == "Bearer" and tokens["ExpiresIn"] == 3600
    by_admin = idp.admin_initiate_auth(
        UserPoolId=pool["Id"], ClientId=app["ClientId"], AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": address, "PASSWORD": PASSWORD},
    )["AuthenticationResult"]
    user = idp.get_user(AccessToken=by_admin["AccessToken"])
    attributes = {one["Name"]: one["Value"] for one in user["UserAttributes"]}
    assert attributes["sub"] == sub == user["Username"], user
    assert attributes["email_verified"] == "true" and attributes["custom:team"] == "red", user
    return tokens


def tokens_life(idp, app, address, tokens):
    fault = idp.exceptions
    refreshed = idp.initiate_auth(
        AuthFlow="REFRESH_TOKEN_AUTH", ClientId=app["ClientId"],
        AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
    )["AuthenticationResult"]
    idp.get_user(AccessToken=refreshed["AccessToken"])
    idp.get_tokens_from_refresh_token(RefreshToken=tokens["RefreshToken"], ClientId=app["ClientId"])
    refused(fault.UnsupportedTokenTypeException, "Unsupported token type",
            idp.revoke_token, Token=tokens["AccessToken"], ClientId=app["ClientId"])
    idp.revoke_token(Token=tokens["RefreshToken"], ClientId=app["ClientId"])
    refused(fault.NotAuthorizedException, "Access Token has been revoked",
            idp.get_user, AccessToken=refreshed["AccessToken"])
    fresh = password_flow(idp, app, address, PASSWORD)["AuthenticationResult"]
    idp.change_password(AccessToken=fresh["AccessToken"], PreviousPassword=PASSWORD, ProposedPassword=ANOTHER)
    idp.change_password(AccessToken=fresh["AccessToken"], PreviousPassword=ANOTHER, ProposedPassword=PASSWORD)
    idp.global_sign_out(AccessToken=fresh["AccessToken"])
    refused(fault.NotAuthorizedException, "Refresh Token has been revoked",
            idp.get_tokens_from_refresh_token, RefreshToken=fresh["RefreshToken"], ClientId=app["ClientId"])


def rotation(idp, rotating, address):
    first = password_flow(idp, rotating, address, PASSWORD)["AuthenticationResult"]["RefreshToken"]
    refresh = {"ClientId": rotating["ClientId"], "RefreshToken": first}
    assert idp.get_tokens_from_refresh_token(**refresh)["AuthenticationResult"]["RefreshToken"] != first
    try:
        idp.get_tokens_from_refresh_token(**refresh)
    except idp.exceptions.RefreshTokenReuseException:
        return
    raise AssertionError("a rotated token was taken twice")


def confidential(url, idp, secret):
    address = "confidential@example.com"
    sign_up(url, idp, secret, address)
    parameters = {"USERNAME": address, "PASSWORD": PASSWORD}
    refused(idp.exceptions.NotAuthorizedException,
            f"Client {secret['ClientId']} is configured with secret but SECRET_HASH was not received",
            idp.initiate_auth, AuthFlow="USER_PASSWORD_AUTH", ClientId=secret["ClientId"], AuthParameters=parameters)
    parameters["SECRET_HASH"] = secret_hash(secret, address)
    tokens = idp.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH", ClientId=secret["ClientId"], AuthParameters=parameters)["AuthenticationResult"]
    for proof in [secret_hash(secret, idp.get_user(AccessToken=tokens["AccessToken"])["Username"]),
                  secret["ClientSecret"]]:
        idp.initiate_auth(
            AuthFlow="REFRESH_TOKEN_AUTH", ClientId=secret["ClientId"],
            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"], "SECRET_HASH": proof})
    refused(idp.exceptions.UnauthorizedException, "Unable to verify the client secret",
            idp.revoke_token, Token=tokens["RefreshToken"], ClientId=secret["ClientId"], ClientSecret="w" * 30)


def recovery(url, idp, app, address):
    fault = idp.exceptions
    named = {"ClientId": app["ClientId"], "Username": address}
    refused(fault.ExpiredCodeException, "Invalid code provided, please request a code again.",
            idp.confirm_forgot_password, ConfirmationCode="123456", Password=ANOTHER, **named)
    assert idp.forgot_password(**named)["CodeDeliveryDetails"]["AttributeName"] == "email"
    code = newest_code(url, address)
    wrong = "000000" if code != "000000" else "000001"
    for _ in range(5):
        refused(fault.CodeMismatchException, "Invalid verification code provided, please try again.",
                idp.confirm_forgot_password, ConfirmationCode=wrong, Password=ANOTHER, **named)
    refused(fault.TooManyFailedAttemptsException, "Attempt limit exceeded, please try after some time.",
            idp.confirm_forgot_password, ConfirmationCode=code, Password=ANOTHER, **named)


def administration(idp, pool, app):
    fault, user = idp.exceptions, {"UserPoolId": pool["Id"], "Username": "invited@example.com"}
    made = idp.admin_create_user(TemporaryPassword="Temp-Orary-1", MessageAction="SUPPRESS", **user)["User"]
    assert made["UserStatus"] == "FORCE_CHANGE_PASSWORD" and made["UserCreateDate"].year >= 2024
    asked = password_flow(idp, app, "invited@example.com", "Temp-Orary-1")
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    answer = {"USERNAME": asked["ChallengeParameters"]["USER_ID_FOR_SRP"], "NEW_PASSWORD": PASSWORD}
    reply = {"ClientId": app["ClientId"], "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": asked["Session"]}
    assert idp.respond_to_auth_challenge(ChallengeResponses=answer, **reply)["AuthenticationResult"]["IdToken"]
    refused(fault.NotAuthorizedException, "Invalid session for the user, session can only be used once.",
            idp.respond_to_auth_challenge, ChallengeResponses=answer, **reply)
    refused_as("UnsupportedUserStateException", idp.admin_create_user, MessageAction="RESEND", **user)
    idp.create_group(UserPoolId=pool["Id"], GroupName="staff", Precedence=1)
    refused(fault.GroupExistsException, "A group with the name already exists.",
            idp.create_group, UserPoolId=pool["Id"], GroupName="staff")
    idp.admin_add_user_to_group(GroupName="staff", **user)
    idp.admin_set_user_password(Password=ANOTHER, Permanent=True, **user)
    idp.admin_disable_user(**user)
    refused(fault.NotAuthorizedException, "User is disabled.",
            password_flow, idp=idp, app=app, username="invited@example.com", password=ANOTHER)
    idp.admin_enable_user(**user)
    idp.admin_user_global_sign_out(**user)
    idp.admin_delete_user(**user)
    refused(fault.UserNotFoundException, "User does not exist.", idp.admin_get_user, **user)


def limits(idp, app, address):
    for _ in range(5):
        refused(idp.exceptions.NotAuthorizedException, "Incorrect username or password.",
                password_flow, idp=idp, app=app, username=address, password="Wrong-Horse-1")
    refused(idp.exceptions.NotAuthorizedException, "Password attempts exceeded",
            password_flow, idp=idp, app=app, username=address, password=PASSWORD)


def dev(url):
    idp = client(url)
    pool, app, secret, legacy, rotating = pools_and_clients(idp)
    address = "boto3@example.com"
    not_yet = "unconfirmed@example.com"
    idp.sign_up(ClientId=app["ClientId"], Username=not_yet, Password=PASSWORD)
    refused(idp.exceptions.UserNotConfirmedException, "User is not confirmed.",
            password_flow, idp=idp, app=app, username=not_yet, password=PASSWORD)
    sub = sign_up(url, idp, app, address)
    tokens = sign_in(idp, pool, app, legacy, address, sub)
    tokens_life(idp, app, address, tokens)
    rotation(idp, rotating, address)
    confidential(url, idp, secret)
    administration(idp, pool, app)
    recovery(url, idp, app, address)
    limits(idp, app, address)
    idp.delete_user_pool(UserPoolId=pool["Id"])


def serve(url, key, secret):
    idp = client(url, key, secret, "eu-west-1")
    pool = idp.create_user_pool(PoolName="signed")["UserPool"]
    assert pool["Id"].startswith("eu-west-1_")
    assert [one["Id"] for one in idp.list_user_pools(MaxResults=60)["UserPools"]] == [pool["Id"]]
    assert client(url, key, secret, "us-west-2").list_user_pools(MaxResults=60)["UserPools"] == []
    everything = {"MaxResults": 60}
    refused_as("InvalidSignatureException", client(url, key, "wrong").list_user_pools, **everything)
    refused_as("UnrecognizedClientException", client(url, "AKIDSTRANGER", secret).list_user_pools, **everything)
    app = idp.create_user_pool_client(
        UserPoolId=pool["Id"], ClientName="app",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])["UserPoolClient"]
    idp.admin_create_user(UserPoolId=pool["Id"], Username="jane", MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=pool["Id"], Username="jane", Password=PASSWORD, Permanent=True)
    tokens = password_flow(idp, app, "jane", PASSWORD)["AuthenticationResult"]
    assert idp.get_user(AccessToken=tokens["AccessToken"])["Username"] == "jane"
    idp.delete_user_pool(UserPoolId=pool["Id"])


if __name__ == "__main__":
    {"dev": dev, "serve": serve}[sys.argv[1]](*sys.argv[2:])
    print("ok")
