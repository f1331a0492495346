"""Owns one call at least of every operation of the user pools API by boto3, each answer compared with the service's
model: boto3_families.py URL

Prints "ok" and the operations that answer an honest refusal only; what boto3 knows and nobody calls is a failure.
"""

import base64
import hashlib
import hmac
import json
import re
import struct
import sys
import time
import urllib.request

from botocore.exceptions import ClientError, ParamValidationError

from boto3_model import Mismatch, Service, expect

URL = sys.argv[1]
PASSWORD = "Correct-Horse-1"
ANOTHER = "Another-Horse-2"
ROLE = "arn:aws:iam::123456789012:role/cenote"
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
idp = Service("cognito-idp", URL)


def newest_code(address):
    for _ in range(50):
        with urllib.request.urlopen(f"{URL}/_cenote/inbox.json") as answer:
            messages = [one for one in json.load(answer) if one["to"] == address]
        if messages:
            return re.search(r"\b\d{6}\b", messages[-1]["text"]).group()
        time.sleep(0.1)
    raise Mismatch(f"no code for {address}")


def totp(secret, steps=0):
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.digest(key, struct.pack(">Q", int(time.time() / 30) + steps), "sha1")
    number = struct.unpack(">I", mac[mac[-1] & 15 : (mac[-1] & 15) + 4])[0] & 0x7FFFFFFF
    return f"{number % 1000000:06}"


def pools():
    made = idp(
        "CreateUserPool", PoolName="families", AutoVerifiedAttributes=["email"], UserPoolTags={"team": "blue"},
        Policies={"PasswordPolicy": {"MinimumLength": 10, "RequireSymbols": True}},
        Schema=[{"Name": "tenant", "AttributeDataType": "String", "Mutable": True}],
        UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"}, UserPoolTier="PLUS",
        DeviceConfiguration={"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True},
    )["UserPool"]
    pool, arn = made["Id"], made["Arn"]
    shown = idp("DescribeUserPool", UserPoolId=pool)["UserPool"]
    expect(shown["SchemaAttributes"][0]["Name"] == "sub" or len(shown["SchemaAttributes"]) >= 21, "schema", shown, "whole")
    idp("ListUserPools", MaxResults=10)
    idp("AddCustomAttributes", UserPoolId=pool, CustomAttributes=[{"Name": "level", "AttributeDataType": "Number"}])
    idp(
        "UpdateUserPool", UserPoolId=pool, AutoVerifiedAttributes=["email"], UserPoolTags={"team": "red"},
        UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"}, UserPoolTier="PLUS",
        DeviceConfiguration={"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True},
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]}},
    )
    idp("TagResource", ResourceArn=arn, Tags={"stage": "test"})
    idp("UntagResource", ResourceArn=arn, TagKeys=["team"])
    expect(idp("ListTagsForResource", ResourceArn=arn)["Tags"] == {"stage": "test"}, "tags", None, "those left")
    idp("GetUserPoolMfaConfig", UserPoolId=pool)
    idp(
        "SetUserPoolMfaConfig", UserPoolId=pool, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True},
        WebAuthnConfiguration={"RelyingPartyId": "localhost", "UserVerification": "preferred"},
    )
    idp("GetSigningCertificate", UserPoolId=pool)
    idp("GetLogDeliveryConfiguration", UserPoolId=pool)
    idp(
        "SetLogDeliveryConfiguration", UserPoolId=pool,
        LogConfigurations=[{
            "LogLevel": "ERROR", "EventSource": "userNotification",
            "CloudWatchLogsConfiguration": {"LogGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:pool"},
        }],
    )
    idp("SetUserPoolSessionConfiguration", UserPoolId=pool, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 10})
    idp("GetUserPoolSessionConfiguration", UserPoolId=pool)
    idp.refused("DescribeUserPool", "ResourceNotFoundException", UserPoolId="us-east-1_Nobody000")
    return pool


def clients(pool):
    client = idp(
        "CreateUserPoolClient", UserPoolId=pool, ClientName="app",
        ExplicitAuthFlows=[
            "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_AUTH",
        ],
    )["UserPoolClient"]["ClientId"]
    idp("DescribeUserPoolClient", UserPoolId=pool, ClientId=client)
    idp("ListUserPoolClients", UserPoolId=pool, MaxResults=10)
    idp(
        "UpdateUserPoolClient", UserPoolId=pool, ClientId=client, ClientName="the app",
        ExplicitAuthFlows=[
            "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_AUTH",
        ],
        CallbackURLs=["https://app.example/callback"], AllowedOAuthFlows=["code"], AllowedOAuthScopes=["openid"],
        AllowedOAuthFlowsUserPoolClient=True, SupportedIdentityProviders=["COGNITO"],
    )
    idp("SetUserPoolClientSessionConfiguration", UserPoolId=pool, ClientId=client, SSOSession={"MaxValidityMinutes": 30})
    idp("GetUserPoolClientSessionConfiguration", UserPoolId=pool, ClientId=client)
    idp("CreateResourceServer", UserPoolId=pool, Identifier="notes", Name="Notes", Scopes=[{"ScopeName": "read", "ScopeDescription": "Read"}])
    idp("DescribeResourceServer", UserPoolId=pool, Identifier="notes")
    idp("ListResourceServers", UserPoolId=pool, MaxResults=10)
    machine = idp(
        "CreateUserPoolClient", UserPoolId=pool, ClientName="machine", GenerateSecret=True,
        ExplicitAuthFlows=["ALLOW_CLIENT_TOKEN_AUTH"],
        AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=["notes/read"], AllowedOAuthFlowsUserPoolClient=True,
    )["UserPoolClient"]
    idp("GetClientToken", ClientId=machine["ClientId"], Secret=machine["ClientSecret"], Scopes=["notes/read"])
    second = idp("AddUserPoolClientSecret", UserPoolId=pool, ClientId=machine["ClientId"])["ClientSecretDescriptor"]
    idp("GetClientToken", ClientId=machine["ClientId"], Secret=second["ClientSecretValue"], Scopes=["notes/read"])
    listed = idp("ListUserPoolClientSecrets", UserPoolId=pool, ClientId=machine["ClientId"])["ClientSecrets"]
    expect(len(listed) == 2, "secrets", listed, "two")
    idp("DeleteUserPoolClientSecret", UserPoolId=pool, ClientId=machine["ClientId"], ClientSecretId=second["ClientSecretId"])
    idp.refused("GetClientToken", "NotAuthorizedException", ClientId=machine["ClientId"], Secret=second["ClientSecretValue"])
    idp("UpdateResourceServer", UserPoolId=pool, Identifier="notes", Name="All notes", Scopes=[{"ScopeName": "read", "ScopeDescription": "Read"}])
    idp("DeleteUserPoolClient", UserPoolId=pool, ClientId=machine["ClientId"])
    idp("DeleteResourceServer", UserPoolId=pool, Identifier="notes")
    return client


def looks(pool, client):
    idp("CreateUserPoolDomain", UserPoolId=pool, Domain="families")
    idp("DescribeUserPoolDomain", Domain="families")
    idp("UpdateUserPoolDomain", UserPoolId=pool, Domain="families", ManagedLoginVersion=2)
    idp("SetUICustomization", UserPoolId=pool, ClientId=client, CSS=".label-customizable { font-weight: 700; }", ImageFile=PIXEL)
    idp("GetUICustomization", UserPoolId=pool, ClientId=client)
    branding = idp("CreateManagedLoginBranding", UserPoolId=pool, ClientId=client, UseCognitoProvidedValues=True)
    id = branding["ManagedLoginBranding"]["ManagedLoginBrandingId"]
    idp("DescribeManagedLoginBranding", UserPoolId=pool, ManagedLoginBrandingId=id, ReturnMergedResources=True)
    idp("DescribeManagedLoginBrandingByClient", UserPoolId=pool, ClientId=client)
    idp(
        "UpdateManagedLoginBranding", UserPoolId=pool, ManagedLoginBrandingId=id,
        Settings={"components": {"primaryButton": {"lightMode": {"defaults": {"backgroundColor": "0972d3ff", "textColor": "ffffffff"}}}}},
        Assets=[{"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": PIXEL}],
    )
    idp("DeleteManagedLoginBranding", UserPoolId=pool, ManagedLoginBrandingId=id)
    terms = idp(
        "CreateTerms", UserPoolId=pool, ClientId=client, TermsName="terms-of-use", TermsSource="LINK", Enforcement="NONE",
        Links={"cognito:default": "https://app.example/terms"},
    )["Terms"]["TermsId"]
    idp("DescribeTerms", UserPoolId=pool, TermsId=terms)
    idp("DescribeTermsByClient", UserPoolId=pool, ClientId=client, TermsName="terms-of-use")
    idp("ListTerms", UserPoolId=pool, MaxResults=10)
    idp(
        "UpdateTerms", UserPoolId=pool, TermsId=terms, TermsName="terms-of-use", TermsSource="LINK", Enforcement="NONE",
        Links={"cognito:default": "https://app.example/new"},
    )
    idp("DeleteTerms", UserPoolId=pool, TermsId=terms)
    idp("DeleteUserPoolDomain", UserPoolId=pool, Domain="families")


def providers(pool):
    details = {
        "client_id": "c", "client_secret": "s", "authorize_scopes": "openid email", "attributes_request_method": "GET",
        "oidc_issuer": "https://issuer.example", "authorize_url": "https://issuer.example/a",
        "token_url": "https://issuer.example/t", "attributes_url": "https://issuer.example/u", "jwks_uri": "https://issuer.example/j",
    }
    idp(
        "CreateIdentityProvider", UserPoolId=pool, ProviderName="Acme", ProviderType="OIDC", ProviderDetails=details,
        AttributeMapping={"email": "email"}, IdpIdentifiers=["acme.example"],
    )
    idp("DescribeIdentityProvider", UserPoolId=pool, ProviderName="Acme")
    idp("GetIdentityProviderByIdentifier", UserPoolId=pool, IdpIdentifier="acme.example")
    idp("UpdateIdentityProvider", UserPoolId=pool, ProviderName="Acme", AttributeMapping={"email": "email", "name": "name"})
    idp("ListIdentityProviders", UserPoolId=pool, MaxResults=10)
    idp("AdminCreateUser", UserPoolId=pool, Username="linked", MessageAction="SUPPRESS")
    source = {"ProviderName": "Acme", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "1"}
    idp("AdminLinkProviderForUser", UserPoolId=pool, DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": "linked"}, SourceUser=source)
    idp("AdminDisableProviderForUser", UserPoolId=pool, User=source)
    idp("DeleteIdentityProvider", UserPoolId=pool, ProviderName="Acme")


def users(pool):
    idp(
        "AdminCreateUser", UserPoolId=pool, Username="ana", MessageAction="SUPPRESS", TemporaryPassword=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": "ana@example.com"}, {"Name": "email_verified", "Value": "true"}],
    )
    idp("AdminSetUserPassword", UserPoolId=pool, Username="ana", Password=PASSWORD, Permanent=True)
    idp("AdminGetUser", UserPoolId=pool, Username="ana")
    idp("AdminUpdateUserAttributes", UserPoolId=pool, Username="ana", UserAttributes=[{"Name": "custom:tenant", "Value": "red"}])
    idp("AdminDeleteUserAttributes", UserPoolId=pool, Username="ana", UserAttributeNames=["custom:tenant"])
    idp("AdminDisableUser", UserPoolId=pool, Username="ana")
    idp("AdminEnableUser", UserPoolId=pool, Username="ana")
    found = idp("ListUsers", UserPoolId=pool, Filter='username = "ana"', AttributesToGet=["email"])["Users"]
    expect([one["Username"] for one in found] == ["ana"], "ListUsers", found, "ana alone")
    idp("CreateGroup", UserPoolId=pool, GroupName="readers", Description="Who reads", Precedence=3, RoleArn=ROLE)
    idp("GetGroup", UserPoolId=pool, GroupName="readers")
    idp("UpdateGroup", UserPoolId=pool, GroupName="readers", Description="Readers")
    idp("ListGroups", UserPoolId=pool)
    idp("AdminAddUserToGroup", UserPoolId=pool, GroupName="readers", Username="ana")
    idp("ListUsersInGroup", UserPoolId=pool, GroupName="readers")
    idp("AdminListGroupsForUser", UserPoolId=pool, Username="ana")
    idp("AdminRemoveUserFromGroup", UserPoolId=pool, GroupName="readers", Username="ana")
    idp("DeleteGroup", UserPoolId=pool, GroupName="readers")
    idp.refused("AdminGetUser", "UserNotFoundException", UserPoolId=pool, Username="nobody")


def own_account(pool, client):
    idp("SignUp", ClientId=client, Username="ben", Password=PASSWORD, UserAttributes=[{"Name": "email", "Value": "ben@example.com"}])
    idp("ResendConfirmationCode", ClientId=client, Username="ben")
    idp.refused("ConfirmSignUp", "CodeMismatchException", ClientId=client, Username="ben", ConfirmationCode="000000")
    idp("ConfirmSignUp", ClientId=client, Username="ben", ConfirmationCode=newest_code("ben@example.com"))
    idp("SignUp", ClientId=client, Username="bob", Password=PASSWORD, UserAttributes=[{"Name": "email", "Value": "bob@example.com"}])
    idp("AdminConfirmSignUp", UserPoolId=pool, Username="bob")
    idp("ForgotPassword", ClientId=client, Username="ben")
    idp("ConfirmForgotPassword", ClientId=client, Username="ben", ConfirmationCode=newest_code("ben@example.com"), Password=ANOTHER)
    signed_in = idp("InitiateAuth", ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "ben", "PASSWORD": ANOTHER})
    token = signed_in["AuthenticationResult"]["AccessToken"]
    idp("ChangePassword", AccessToken=token, PreviousPassword=ANOTHER, ProposedPassword=PASSWORD)
    idp("GetUser", AccessToken=token)
    idp("UpdateUserAttributes", AccessToken=token, UserAttributes=[{"Name": "nickname", "Value": "Benny"}])
    idp("DeleteUserAttributes", AccessToken=token, UserAttributeNames=["nickname"])
    idp("UpdateUserAttributes", AccessToken=token, UserAttributes=[{"Name": "email", "Value": "benny@example.com"}])
    idp("GetUserAttributeVerificationCode", AccessToken=token, AttributeName="email")
    idp("VerifyUserAttribute", AccessToken=token, AttributeName="email", Code=newest_code("benny@example.com"))
    idp("GetUserAuthFactors", AccessToken=token)
    idp("AdminGetUserAuthFactors", UserPoolId=pool, Username="ben")
    return token, signed_in["AuthenticationResult"]


def devices(pool, token, result):
    device = result["NewDeviceMetadata"]["DeviceKey"]
    number = base64.b64encode(b"\x01" * 16).decode()
    idp("ConfirmDevice", AccessToken=token, DeviceKey=device, DeviceName="laptop", DeviceSecretVerifierConfig={"Salt": number, "PasswordVerifier": number})
    idp("GetDevice", AccessToken=token, DeviceKey=device)
    idp("ListDevices", AccessToken=token)
    idp("UpdateDeviceStatus", AccessToken=token, DeviceKey=device, DeviceRememberedStatus="remembered")
    idp("AdminGetDevice", UserPoolId=pool, Username="ben", DeviceKey=device)
    idp("AdminListDevices", UserPoolId=pool, Username="ben")
    idp("AdminUpdateDeviceStatus", UserPoolId=pool, Username="ben", DeviceKey=device, DeviceRememberedStatus="not_remembered")
    idp("ForgetDevice", AccessToken=token, DeviceKey=device)
    idp.refused("AdminForgetDevice", "ResourceNotFoundException", UserPoolId=pool, Username="ben", DeviceKey=device)


def factors(pool, client, token):
    secret = idp("AssociateSoftwareToken", AccessToken=token)["SecretCode"]
    idp("VerifySoftwareToken", AccessToken=token, UserCode=totp(secret, -1), FriendlyDeviceName="phone")
    idp("SetUserMFAPreference", AccessToken=token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True})
    challenge = idp(
        "AdminInitiateAuth", UserPoolId=pool, ClientId=client, AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ben", "PASSWORD": PASSWORD},
    )
    expect(challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA", "AdminInitiateAuth", challenge, "the challenge")
    idp.refused(
        "AdminRespondToAuthChallenge", "CodeMismatchException", UserPoolId=pool, ClientId=client,
        ChallengeName="SOFTWARE_TOKEN_MFA", Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "ben", "SOFTWARE_TOKEN_MFA_CODE": "000000" if totp(secret) != "000000" else "000001"},
    )
    idp(
        "AdminRespondToAuthChallenge", UserPoolId=pool, ClientId=client, ChallengeName="SOFTWARE_TOKEN_MFA",
        Session=challenge["Session"], ChallengeResponses={"USERNAME": "ben", "SOFTWARE_TOKEN_MFA_CODE": totp(secret)},
    )
    idp("AdminSetUserMFAPreference", UserPoolId=pool, Username="ben", SoftwareTokenMfaSettings={"Enabled": False, "PreferredMfa": False})
    idp("AdminDeleteSoftwareToken", UserPoolId=pool, Username="ben")
    idp("SetUserSettings", AccessToken=token, MFAOptions=[])
    idp("AdminSetUserSettings", UserPoolId=pool, Username="ben", MFAOptions=[])
    options = idp("StartWebAuthnRegistration", AccessToken=token)["CredentialCreationOptions"]
    expect(options["rp"]["id"] == "localhost" and options["challenge"], "StartWebAuthnRegistration", options, "options")
    expect(idp("ListWebAuthnCredentials", AccessToken=token)["Credentials"] == [], "ListWebAuthnCredentials", None, "none")
    idp.refused("DeleteWebAuthnCredential", "ResourceNotFoundException", AccessToken=token, CredentialId="nothing")
    try:
        idp.refused("CompleteWebAuthnRegistration", "InvalidParameterException", AccessToken=token, Credential={"id": "x"})
    except Mismatch:
        idp.refused("CompleteWebAuthnRegistration", "WebAuthnCredentialNotSupportedException", AccessToken=token, Credential={"id": "x"})


def choice(client):
    asked = idp("InitiateAuth", ClientId=client, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": "ana"})
    expect(asked["ChallengeName"] == "SELECT_CHALLENGE" and "EMAIL_OTP" in asked["AvailableChallenges"], "USER_AUTH", asked, "a choice")
    mailed = idp(
        "RespondToAuthChallenge", ClientId=client, ChallengeName="SELECT_CHALLENGE", Session=asked["Session"],
        ChallengeResponses={"USERNAME": "ana", "ANSWER": "EMAIL_OTP"},
    )
    done = idp(
        "RespondToAuthChallenge", ClientId=client, ChallengeName="EMAIL_OTP", Session=mailed["Session"],
        ChallengeResponses={"USERNAME": "ana", "EMAIL_OTP_CODE": newest_code("ana@example.com")},
    )
    return done["AuthenticationResult"]


def sessions(pool, client, result):
    listed = idp("ListUserSessions", AccessToken=result["AccessToken"])["Sessions"]
    expect(listed and any(one.get("IsCurrentSession") for one in listed), "ListUserSessions", listed, "the current one")
    idp("AdminListUserSessions", UserPoolId=pool, Username="ana")
    other = idp("InitiateAuth", ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "ana", "PASSWORD": PASSWORD})
    another = idp("ListUserSessions", AccessToken=other["AuthenticationResult"]["AccessToken"])["Sessions"]
    second = next(one["SessionId"] for one in another if one.get("IsCurrentSession"))
    idp("RevokeUserSession", AccessToken=result["AccessToken"], SessionId=second)
    idp.refused("GetUser", "NotAuthorizedException", AccessToken=other["AuthenticationResult"]["AccessToken"])
    device = result["NewDeviceMetadata"]["DeviceKey"]
    idp("GetTokensFromRefreshToken", ClientId=client, RefreshToken=result["RefreshToken"], DeviceKey=device)
    events = idp("AdminListUserAuthEvents", UserPoolId=pool, Username="ana")["AuthEvents"]
    expect(events, "AdminListUserAuthEvents", events, "events of the sign-ins")
    idp("AdminUpdateAuthEventFeedback", UserPoolId=pool, Username="ana", EventId=events[0]["EventId"], FeedbackValue="Valid")
    idp.refused(
        "UpdateAuthEventFeedback", "NotAuthorizedException", UserPoolId=pool, Username="ana", EventId=events[0]["EventId"],
        FeedbackToken="eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl", FeedbackValue="Valid",
    )
    first = next(one["SessionId"] for one in listed if one.get("IsCurrentSession"))
    idp("AdminRevokeUserSession", UserPoolId=pool, Username="ana", SessionId=first)
    third = idp("InitiateAuth", ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "ana", "PASSWORD": PASSWORD})
    idp("RevokeToken", ClientId=client, Token=third["AuthenticationResult"]["RefreshToken"])
    fourth = idp("InitiateAuth", ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "ana", "PASSWORD": PASSWORD})
    idp("GlobalSignOut", AccessToken=fourth["AuthenticationResult"]["AccessToken"])
    idp("AdminUserGlobalSignOut", UserPoolId=pool, Username="ana")


def exchange(pool):
    app = idp(
        "CreateUserPoolClient", UserPoolId=pool, ClientName="exchange", GenerateSecret=True,
        ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_TOKEN_EXCHANGE_IMPERSONATION"],
    )["UserPoolClient"]
    hash = base64.b64encode(hmac.digest(app["ClientSecret"].encode(), ("ana" + app["ClientId"]).encode(), hashlib.sha256)).decode()
    answer = idp(
        "AdminInitiateAuth", UserPoolId=pool, ClientId=app["ClientId"], AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ana", "PASSWORD": PASSWORD, "SECRET_HASH": hash},
    )["AuthenticationResult"]
    idp(
        "GetDerivedToken", ClientId=app["ClientId"], ClientSecret=app["ClientSecret"], SubjectToken=answer["AccessToken"],
        SubjectTokenType="ACCESS_TOKEN", RequestedTokenType="ACCESS_TOKEN",
    )


def imports_and_risk(pool):
    idp("GetCSVHeader", UserPoolId=pool)
    job = idp("CreateUserImportJob", UserPoolId=pool, JobName="job", CloudWatchLogsRoleArn=ROLE)["UserImportJob"]["JobId"]
    idp("DescribeUserImportJob", UserPoolId=pool, JobId=job)
    idp("ListUserImportJobs", UserPoolId=pool, MaxResults=10)
    idp.refused("StartUserImportJob", "PreconditionNotMetException", UserPoolId=pool, JobId=job)
    idp.refused("StopUserImportJob", "PreconditionNotMetException", UserPoolId=pool, JobId=job)
    idp("SetRiskConfiguration", UserPoolId=pool, RiskExceptionConfiguration={"BlockedIPRangeList": ["192.0.2.0/24"]})
    idp("DescribeRiskConfiguration", UserPoolId=pool)


def the_end(pool, client, token):
    idp("AdminResetUserPassword", UserPoolId=pool, Username="ana")
    signed_in = idp("InitiateAuth", ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "bob", "PASSWORD": PASSWORD})
    idp("DeleteUser", AccessToken=signed_in["AuthenticationResult"]["AccessToken"])
    idp("AdminDeleteUser", UserPoolId=pool, Username="ana")
    idp("DeleteUserPool", UserPoolId=pool)
    idp.refused("GetUser", "NotAuthorizedException", AccessToken=token)


def refusals():
    """Operations that have no meaning on one's own machine; each says so, in an error that its model lists."""
    pool = idp("CreateUserPool", PoolName="refusals")["UserPool"]["Id"]
    limit = {"LimitClass": "API_CATEGORY", "Attributes": {"Category": "UserAuthentication"}}
    client = idp("CreateUserPoolClient", UserPoolId=pool, ClientName="app")["UserPoolClient"]["ClientId"]
    policy = {"UserPoolId": pool, "CIMDPolicyId": "p"}
    restore = {"UserPoolId": pool, "RestoreId": "01234567-89ab-cdef-0123-456789abcdef"}
    members = {
        "CreateUserPoolReplica": {"UserPoolId": pool, "RegionName": "eu-west-1"},
        "UpdateUserPoolReplica": {"UserPoolId": pool, "RegionName": "eu-west-1", "Status": "ACTIVE"},
        "DeleteUserPoolReplica": {"UserPoolId": pool, "RegionName": "eu-west-1"},
        "ListUserPoolReplicas": {"UserPoolId": pool},
        "GetProvisionedLimit": {"LimitDefinition": limit},
        "UpdateProvisionedLimit": {"LimitDefinition": limit, "RequestedLimitValue": 100},
        "CreateCIMDPolicy": {"UserPoolId": pool, "ClientId": client, "PolicyName": "p", "URLPatterns": ["https://app.example/*"]},
        "UpdateCIMDPolicy": {**policy, "ClientId": client, "URLPatterns": ["https://app.example/*"]},
        "DeleteCIMDPolicy": policy,
        "DescribeCIMDPolicy": policy,
        "ListCIMDPolicies": {"UserPoolId": pool},
        "ListClientMetadataURLs": policy,
        "UpdateClientMetadataURLState": {**policy, "URL": "https://app.example/1", "Action": "REFRESH"},
        "InitiatePointInTimeRecovery": {"UserPoolId": pool, "RestoreTimestamp": 1700000000},
        "StartPointInTimeRecovery": restore,
        "CancelPointInTimeRecovery": restore,
        "DescribePointInTimeRecovery": restore,
        "ListPointInTimeRecoveries": {"UserPoolId": pool},
    }
    for operation, given in members.items():
        try:
            idp(operation, **given)
        except ClientError as fault:
            code = fault.response["Error"]["Code"]
            listed = {shape.name for shape in idp.model.operation_model(operation).error_shapes}
            expect(code in listed, operation, code, f"among {sorted(listed)}")
            idp.called.add(operation)
        except ParamValidationError as fault:
            raise Mismatch(f"{operation}: {fault}") from fault


pool = pools()
client = clients(pool)
looks(pool, client)
providers(pool)
users(pool)
token, result = own_account(pool, client)
devices(pool, token, result)
factors(pool, client, token)
sessions(pool, client, choice(client))
exchange(pool)
imports_and_risk(pool)
the_end(pool, client, token)
refusals()
expect(not idp.uncalled(), "operations", idp.uncalled(), "called")
print("ok")
