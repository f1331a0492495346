"""Owns what apps do with pycognito, against a running `cenote dev`: pycognito_flow.py BASE_URL

Exits with 0 and prints "ok" when everything was as Amazon Cognito has it.
"""

import json
import os
import re
import sys
import urllib.request

import boto3

BASE = sys.argv[1]
PASSWORD = "Correct-Horse-1"
ANOTHER = "Another-Horse-2"
KEYS = {"region_name": "us-east-1", "aws_access_key_id": "any", "aws_secret_access_key": "any"}
idp = boto3.client("cognito-idp", endpoint_url=BASE, **KEYS)


def newest_code(address):
    with urllib.request.urlopen(f"{BASE}/_cenote/inbox.json") as answer:
        messages = [one for one in json.load(answer) if one["to"] == address]
    return re.search(r"\b\d{6}\b", messages[-1]["text"]).group()


def expect(condition, words):
    if not condition:
        raise AssertionError(words)


pool = idp.create_user_pool(PoolName="pycognito", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
with urllib.request.urlopen(f"{BASE}/{pool}/.well-known/jwks.json") as answer:
    os.environ["PYCOGNITO_JWKS"] = answer.read().decode()

from pycognito import Cognito  # noqa: E402  (it reads the keys when it is loaded)
from pycognito.exceptions import ForceChangePasswordException  # noqa: E402

flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


def app_client(has_secret):
    made = idp.create_user_pool_client(UserPoolId=pool, ClientName="py", GenerateSecret=has_secret, ExplicitAuthFlows=flows)
    return made["UserPoolClient"]


def user_of(app, name=None, **more):
    options = {"client_secret": app["ClientSecret"]} if "ClientSecret" in app else {}
    return Cognito(
        pool, app["ClientId"], username=name, user_pool_region="us-east-1", access_key="any", secret_key="any",
        boto3_client_kwargs={"endpoint_url": BASE}, **options, **more,
    )


for has_secret in (False, True):
    app = app_client(has_secret)
    name = "secret" if has_secret else "plain"
    address = f"{name}@example.com"
    person = user_of(app, name)
    person.set_base_attributes(email=address, name="Pia")
    expect(person.register(name, PASSWORD)["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL", "no mail")
    person.confirm_sign_up(newest_code(address), username=name)

    person = user_of(app, name)
    person.authenticate(password=PASSWORD)
    expect(person.id_claims["email"] == address and person.access_claims["username"] == name, "claims")
    seen = person.get_user()
    expect(seen.email == address and seen.name == "Pia", seen)
    person.update_profile({"name": "Pia P."}, attr_map={})
    expect(person.get_user().name == "Pia P.", "name")
    person.change_password(PASSWORD, ANOTHER)
    before = person.access_token
    person.renew_access_token()
    expect(person.access_token != before, "the same token")
    person.logout()

    forgetful = user_of(app, name)
    forgetful.initiate_forgot_password()
    forgetful.confirm_forgot_password(newest_code(address), PASSWORD)
    forgetful.authenticate(password=PASSWORD)
    try:
        user_of(app, name).authenticate(password="Wrong-Horse-1")
    except idp.exceptions.ClientError as fault:
        expect(fault.response["Error"]["Message"] == "Incorrect username or password.", fault)
    else:
        raise AssertionError("a wrong password was right")

app = app_client(False)
idp.admin_create_user(UserPoolId=pool, Username="new", TemporaryPassword=PASSWORD, MessageAction="SUPPRESS")
invited = user_of(app, "new")
try:
    invited.authenticate(password=PASSWORD)
except ForceChangePasswordException:
    invited.new_password_challenge(PASSWORD, ANOTHER)
else:
    raise AssertionError("no change was asked for")
expect(invited.access_claims["username"] == "new", "claims")
administrator = user_of(app, "new")
administrator.admin_authenticate(password=ANOTHER)
expect(administrator.admin_get_user().user_status == "CONFIRMED", "status")
expect(len(administrator.get_users()) == 3, "users")
print("ok")
