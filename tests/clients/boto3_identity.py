"""Owns one call at least of every operation of the identity pools API by boto3, each answer compared with the service's
model: boto3_identity.py URL

Prints "ok" at the end; what boto3 knows and nobody calls is a failure.
"""

import sys

from boto3_model import Service, expect

URL = sys.argv[1]
PASSWORD = "Correct-Horse-1"
READER = "arn:aws:iam::123456789012:role/Reader"
GUEST = "arn:aws:iam::123456789012:role/Visitor"
ids = Service("cognito-identity", URL)
idp = Service("cognito-idp", URL)


def user_pool():
    """A user pool's provider name, its client, and the ID token of a user."""
    pool = idp("CreateUserPool", PoolName="identity")["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = idp("CreateUserPoolClient", UserPoolId=pool, ClientName="app", ExplicitAuthFlows=flows)["UserPoolClient"]["ClientId"]
    idp("AdminCreateUser", UserPoolId=pool, Username="ana", MessageAction="SUPPRESS")
    idp("AdminSetUserPassword", UserPoolId=pool, Username="ana", Password=PASSWORD, Permanent=True)
    told = idp("InitiateAuth", ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "ana", "PASSWORD": PASSWORD})
    return f"cognito-idp.us-east-1.amazonaws.com/{pool}", client, told["AuthenticationResult"]["IdToken"]


def pools(provider, client):
    settings = {
        "AllowUnauthenticatedIdentities": True, "AllowClassicFlow": True, "DeveloperProviderName": "login.example",
        "CognitoIdentityProviders": [{"ProviderName": provider, "ClientId": client}],
    }
    made = ids("CreateIdentityPool", IdentityPoolName="families", IdentityPoolTags={"team": "blue"}, **settings)
    pool = made["IdentityPoolId"]
    shown = ids("DescribeIdentityPool", IdentityPoolId=pool)
    expect(shown["IdentityPoolName"] == "families", "DescribeIdentityPool", shown, "families")
    ids("UpdateIdentityPool", IdentityPoolId=pool, IdentityPoolName="all families", **settings)
    expect(ids("ListIdentityPools", MaxResults=10)["IdentityPools"][0]["IdentityPoolId"] == pool, "pools", None, "one")
    arn = f"arn:aws:cognito-identity:us-east-1:123456789012:identitypool/{pool}"
    ids("TagResource", ResourceArn=arn, Tags={"stage": "test"})
    ids("UntagResource", ResourceArn=arn, TagKeys=["team"])
    tags = ids("ListTagsForResource", ResourceArn=arn)["Tags"]
    expect(tags == {"stage": "test"}, "ListTagsForResource", tags, "those left")
    ids("SetIdentityPoolRoles", IdentityPoolId=pool, Roles={"authenticated": READER, "unauthenticated": GUEST})
    expect(ids("GetIdentityPoolRoles", IdentityPoolId=pool)["Roles"]["authenticated"] == READER, "roles", None, "kept")
    ids("SetPrincipalTagAttributeMap", IdentityPoolId=pool, IdentityProviderName=provider, PrincipalTags={"user": "sub"})
    tags = ids("GetPrincipalTagAttributeMap", IdentityPoolId=pool, IdentityProviderName=provider)["PrincipalTags"]
    expect(tags == {"user": "sub"}, "GetPrincipalTagAttributeMap", tags, "kept")
    ids.refused("DescribeIdentityPool", "ResourceNotFoundException", IdentityPoolId="us-east-1:01234567-89ab-4cde-8f01-23456789abcd")
    return pool


def identities(pool, provider, token):
    logins = {provider: token}
    identity = ids("GetId", IdentityPoolId=pool, Logins=logins)["IdentityId"]
    credentials = ids("GetCredentialsForIdentity", IdentityId=identity, Logins=logins)["Credentials"]
    expect(credentials["AccessKeyId"].startswith("ASIA"), "GetCredentialsForIdentity", credentials, "credentials")
    ids("GetOpenIdToken", IdentityId=identity, Logins=logins)
    expect(ids("DescribeIdentity", IdentityId=identity)["Logins"] == [provider], "DescribeIdentity", None, "its login")
    listed = ids("ListIdentities", IdentityPoolId=pool, MaxResults=10)["Identities"]
    expect([one["IdentityId"] for one in listed] == [identity], "ListIdentities", listed, "one")
    ids.refused("GetCredentialsForIdentity", "NotAuthorizedException", IdentityId=identity)
    ids("UnlinkIdentity", IdentityId=identity, Logins=logins, LoginsToRemove=[provider])


def developers(pool):
    named = {"IdentityPoolId": pool, "DeveloperProviderName": "login.example"}
    for name in ("ann", "bea"):
        made = ids("GetOpenIdTokenForDeveloperIdentity", IdentityPoolId=pool, Logins={"login.example": name})
    found = ids("LookupDeveloperIdentity", IdentityPoolId=pool, DeveloperUserIdentifier="bea")
    expect(found["IdentityId"] == made["IdentityId"], "LookupDeveloperIdentity", found, "bea's")
    merged = ids("MergeDeveloperIdentities", SourceUserIdentifier="ann", DestinationUserIdentifier="bea", **named)["IdentityId"]
    ids("UnlinkDeveloperIdentity", IdentityId=merged, DeveloperUserIdentifier="ann", **named)
    ids("DeleteIdentities", IdentityIdsToDelete=[merged])


provider, client, token = user_pool()
pool = pools(provider, client)
identities(pool, provider, token)
developers(pool)
ids("DeleteIdentityPool", IdentityPoolId=pool)
expect(not ids.uncalled(), "operations", ids.uncalled(), "called")
print("ok")
