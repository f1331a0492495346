//! What Terraform's AWS provider sends and reads for its Cognito resources, replayed: create, read, update with the
//! same, read again. A plan is without a difference when what was configured is shown as it was, and what was not is
//! absent or what the provider takes for Cognito's own. The facts are from the provider's public source.

use serde_json::{Value, json};

use crate::support::setup::merge;
use crate::support::{Setup, TestApp};

/// Members of a pool that the provider shows as a difference unless they are configured.
const ONLY_IF_CONFIGURED: [&str; 8] = [
    "AliasAttributes",
    "AutoVerifiedAttributes",
    "DeviceConfiguration",
    "SmsAuthenticationMessage",
    "SmsConfiguration",
    "UserAttributeUpdateSettings",
    "UserPoolAddOns",
    "UsernameAttributes",
];

/// Whether every member of `configured` is shown as it is configured; objects may show more.
fn shows(shown: &Value, configured: &Value) -> bool {
    match (shown, configured) {
        (Value::Object(shown), Value::Object(configured)) => {
            configured.iter().all(|(name, value)| shown.get(name).is_some_and(|shown| shows(shown, value)))
        }
        _ => shown == configured,
    }
}

fn without_dates(mut shown: Value) -> Value {
    merge(&mut shown, json!({ "LastModifiedDate": null }));
    shown
}

async fn pool(app: &TestApp, id: &Value) -> (Value, Value) {
    let named = json!({ "UserPoolId": id });
    let shown = app.ok("DescribeUserPool", named.clone()).await["UserPool"].clone();
    (shown, app.ok("GetUserPoolMfaConfig", named).await)
}

/// An attribute as the provider knows it.
fn attribute(name: &str, kind: &str, (least, most): (Option<&str>, Option<&str>)) -> Value {
    let mut shape = json!({
        "Name": name, "AttributeDataType": kind, "DeveloperOnlyAttribute": false, "Mutable": true, "Required": false,
    });
    let names = if kind == "Number" { ("MinValue", "MaxValue") } else { ("MinLength", "MaxLength") };
    let bounds = json!({ names.0: least, names.1: most });
    let bounds: Value = bounds.as_object().unwrap().clone().into_iter().filter(|(_, bound)| !bound.is_null()).collect();
    if kind != "Boolean" {
        shape[format!("{kind}AttributeConstraints")] = bounds;
    }
    shape
}

/// The attributes that the provider passes over, when they are exactly so.
fn standard_attributes() -> Vec<Value> {
    let usual = [
        "address",
        "email",
        "family_name",
        "gender",
        "given_name",
        "locale",
        "middle_name",
        "name",
        "nickname",
        "phone_number",
        "picture",
        "preferred_username",
        "profile",
        "website",
        "zoneinfo",
    ];
    let mut all: Vec<_> = usual.iter().map(|name| attribute(name, "String", (Some("0"), Some("2048")))).collect();
    all.push(attribute("birthdate", "String", (Some("10"), Some("10"))));
    all.push(attribute("updated_at", "Number", (Some("0"), None)));
    all.extend(["email_verified", "phone_number_verified"].map(|name| attribute(name, "Boolean", (None, None))));
    let mut sub = attribute("sub", "String", (Some("1"), Some("2048")));
    merge(&mut sub, json!({ "Mutable": false, "Required": true }));
    all.push(sub);
    all
}

#[actix_web::test]
async fn terraform_creates_reads_and_finds_no_difference() {
    let app = TestApp::new().await;
    let made = app.ok("CreateUserPool", json!({ "PoolName": "least", "DeletionProtection": "INACTIVE" })).await;
    let (shown, mfa) = pool(&app, &made["UserPool"]["Id"]).await;
    for member in ONLY_IF_CONFIGURED {
        assert_eq!(shown.get(member), None, "{member}");
    }
    assert_eq!((&shown["LambdaConfig"], &shown["DeletionProtection"]), (&json!({}), &json!("INACTIVE")));
    assert_eq!(shown["EmailConfiguration"], json!({ "EmailSendingAccount": "COGNITO_DEFAULT" }));
    assert_eq!(mfa, json!({ "MfaConfiguration": "OFF" }));
    let known = standard_attributes();
    for attribute in shown["SchemaAttributes"].as_array().unwrap() {
        assert!(known.contains(attribute), "{attribute}");
    }
}

fn whole_pool() -> Value {
    let mut email = attribute("email", "String", (Some("0"), Some("2048")));
    merge(&mut email, json!({ "Required": true }));
    json!({
        "PoolName": "whole", "DeletionProtection": "ACTIVE", "UserPoolTags": { "team": "blue" },
        "AccountRecoverySetting": { "RecoveryMechanisms": [{ "Name": "verified_email", "Priority": 1 }] },
        "AdminCreateUserConfig": {
            "AllowAdminCreateUserOnly": true,
            "InviteMessageTemplate": {
                "EmailMessage": "{username} {####}", "EmailSubject": "Come in", "SMSMessage": "{username} {####}",
            },
        },
        "AutoVerifiedAttributes": ["email"], "UsernameAttributes": ["email"],
        "UsernameConfiguration": { "CaseSensitive": false },
        "DeviceConfiguration": { "ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false },
        "EmailConfiguration": { "EmailSendingAccount": "COGNITO_DEFAULT", "ReplyToEmailAddress": "help@example.com" },
        "LambdaConfig": { "PreSignUp": "arn:aws:lambda:us-east-1:123456789012:function:x" },
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 12, "PasswordHistorySize": 3, "RequireLowercase": true, "RequireNumbers": true,
                "RequireSymbols": false, "RequireUppercase": true, "TemporaryPasswordValidityDays": 3,
            },
            "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] },
        },
        "Schema": [email, attribute("tenant", "String", (Some("1"), Some("20")))],
        "SmsAuthenticationMessage": "Code {####}",
        "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "x" },
        "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] },
        "VerificationMessageTemplate": {
            "DefaultEmailOption": "CONFIRM_WITH_CODE", "EmailMessage": "Your code: {####}", "EmailSubject": "Code",
            "SmsMessage": "Your code: {####}",
        },
    })
}

#[actix_web::test]
async fn a_pool_with_everything_is_read_as_it_was_configured() {
    let app = TestApp::new().await;
    let configured = whole_pool();
    let made = app.ok("CreateUserPool", configured.clone()).await;
    let id = made["UserPool"]["Id"].clone();
    let factors = json!({
        "UserPoolId": id, "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "SmsMfaConfiguration": {
            "SmsConfiguration": configured["SmsConfiguration"], "SmsAuthenticationMessage": "Code {####}",
        },
    });
    app.ok("SetUserPoolMfaConfig", factors.clone()).await;
    let (shown, mfa) = pool(&app, &id).await;
    let mut wanted = configured.clone();
    merge(&mut wanted, json!({ "PoolName": null, "Schema": null, "Name": "whole" }));
    for (member, value) in wanted.as_object().unwrap() {
        assert!(shows(&shown[member], value), "{member}: {}", shown[member]);
    }
    let known = standard_attributes();
    let own: Vec<_> = shown["SchemaAttributes"].as_array().unwrap().iter().filter(|one| !known.contains(one)).collect();
    let mut expected = configured["Schema"].as_array().unwrap().clone();
    expected[1]["Name"] = json!("custom:tenant");
    assert!(own.len() == 2 && expected.iter().all(|one| own.contains(&one)), "{own:?}");
    assert_eq!(mfa["MfaConfiguration"], "OPTIONAL");
    assert_eq!(mfa["SoftwareTokenMfaConfiguration"], json!({ "Enabled": true }));
    let mut update = configured;
    let fixed = json!({
        "PoolName": null, "Schema": null, "UsernameAttributes": null, "UsernameConfiguration": null,
        "UserPoolTags": null, "UserPoolId": id, "MfaConfiguration": "OPTIONAL",
    });
    merge(&mut update, fixed);
    app.advance(60);
    app.ok("SetUserPoolMfaConfig", factors).await;
    app.ok("UpdateUserPool", update).await;
    let arn = shown["Arn"].clone();
    app.ok("TagResource", json!({ "ResourceArn": arn, "Tags": { "team": "blue" } })).await;
    let (again, mfa_again) = pool(&app, &id).await;
    assert_eq!((without_dates(again), mfa_again), (without_dates(shown), mfa));
}

#[actix_web::test]
async fn a_client_is_read_as_it_was_configured() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let read = |id: &Value| json!({ "UserPoolId": setup.pool, "ClientId": id });
    let least = app.ok("CreateUserPoolClient", json!({ "UserPoolId": setup.pool, "ClientName": "least" })).await;
    let shown = app.ok("DescribeUserPoolClient", read(&least["UserPoolClient"]["ClientId"])).await;
    assert_eq!(least, shown);
    let configured = json!({
        "UserPoolId": setup.pool, "ClientName": "whole", "AccessTokenValidity": 10, "IdTokenValidity": 10,
        "RefreshTokenValidity": 7, "AuthSessionValidity": 5,
        "TokenValidityUnits": { "AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days" },
        "AllowedOAuthFlows": ["code"], "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthScopes": ["openid", "email"],
        "CallbackURLs": ["https://app.example/callback"], "DefaultRedirectURI": "https://app.example/callback",
        "LogoutURLs": ["https://app.example/"], "EnablePropagateAdditionalUserContextData": false,
        "EnableTokenRevocation": true, "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"],
        "PreventUserExistenceErrors": "ENABLED", "ReadAttributes": ["email"], "WriteAttributes": ["email", "name"],
        "SupportedIdentityProviders": ["COGNITO"],
    });
    let mut create = configured.clone();
    merge(&mut create, json!({ "GenerateSecret": true }));
    let made = app.ok("CreateUserPoolClient", create).await["UserPoolClient"].clone();
    assert!(made["ClientSecret"].is_string() && shows(&made, &configured), "{made}");
    app.advance(60);
    let mut update = configured;
    merge(&mut update, json!({ "ClientId": made["ClientId"] }));
    app.ok("UpdateUserPoolClient", update).await;
    let again = app.ok("DescribeUserPoolClient", read(&made["ClientId"])).await["UserPoolClient"].clone();
    assert_eq!(without_dates(again), without_dates(made));
}

#[actix_web::test]
async fn a_client_whose_lists_were_emptied_stays_readable() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let emptied = json!({
        "UserPoolId": setup.pool, "ClientId": setup.client, "ClientName": "emptied", "AllowedOAuthFlows": [],
        "AllowedOAuthFlowsUserPoolClient": false, "AllowedOAuthScopes": [], "CallbackURLs": [], "LogoutURLs": [],
        "ExplicitAuthFlows": [], "ReadAttributes": [], "WriteAttributes": [], "SupportedIdentityProviders": [],
    });
    let shown = app.ok("UpdateUserPoolClient", emptied).await["UserPoolClient"].clone();
    for member in
        ["AllowedOAuthFlows", "AllowedOAuthScopes", "CallbackURLs", "LogoutURLs", "SupportedIdentityProviders"]
    {
        assert_eq!(shown.get(member), None, "{member}");
    }
}

#[actix_web::test]
async fn providers_are_read_as_they_were_configured_with_the_defaults_that_terraform_knows() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let google = json!({ "client_id": "c", "client_secret": "s", "authorize_scopes": "email" });
    let mut shown_google = google.clone();
    let defaults = json!({
        "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
        "attributes_url_add_attributes": "true", "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
        "oidc_issuer": "https://accounts.google.com", "token_request_method": "POST",
        "token_url": "https://www.googleapis.com/oauth2/v4/token",
    });
    merge(&mut shown_google, defaults);
    let oidc = json!({
        "client_id": "c", "client_secret": "s", "authorize_scopes": "openid", "attributes_request_method": "GET",
        "oidc_issuer": "https://issuer.example", "authorize_url": "https://issuer.example/a",
        "token_url": "https://issuer.example/t", "attributes_url": "https://issuer.example/u",
        "jwks_uri": "https://issuer.example/j", "attributes_url_add_attributes": "false",
    });
    for (name, kind, details, expected) in
        [("Google", "Google", google, shown_google), ("Acme", "OIDC", oidc.clone(), oidc.clone())]
    {
        let mapping = json!({ "email": "email", "username": "sub" });
        let configured = json!({
            "UserPoolId": setup.pool, "ProviderName": name, "ProviderType": kind, "ProviderDetails": details,
            "AttributeMapping": mapping,
        });
        app.ok("CreateIdentityProvider", configured).await;
        let read = json!({ "UserPoolId": setup.pool, "ProviderName": name });
        let shown = app.ok("DescribeIdentityProvider", read.clone()).await["IdentityProvider"].clone();
        assert_eq!((&shown["ProviderDetails"], &shown["AttributeMapping"]), (&expected, &mapping), "{name}");
        let mut update = read.clone();
        merge(&mut update, json!({ "ProviderDetails": expected, "AttributeMapping": mapping }));
        app.ok("UpdateIdentityProvider", update).await;
        let again = app.ok("DescribeIdentityProvider", read.clone()).await["IdentityProvider"].clone();
        assert_eq!(without_dates(again), without_dates(shown));
        app.ok("DeleteIdentityProvider", read.clone()).await;
        assert_eq!(app.api("DescribeIdentityProvider", read).await.fault(), "ResourceNotFoundException");
    }
}

#[actix_web::test]
async fn a_domain_becomes_active_and_is_gone_when_it_is_deleted() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let (read, named) =
        (json!({ "Domain": "terraformed" }), json!({ "Domain": "terraformed", "UserPoolId": setup.pool }));
    app.ok("CreateUserPoolDomain", named.clone()).await;
    let shown = app.ok("DescribeUserPoolDomain", read.clone()).await["DomainDescription"].clone();
    assert_eq!((&shown["Status"], &shown["UserPoolId"]), (&json!("ACTIVE"), &json!(setup.pool)));
    assert_eq!(shown["CustomDomainConfig"].get("CertificateArn"), None);
    for member in ["AWSAccountId", "CloudFrontDistribution", "S3Bucket", "Version"] {
        assert!(shown[member].as_str().is_some_and(|text| !text.is_empty()), "{member}");
    }
    app.ok("DeleteUserPoolDomain", named).await;
    assert_eq!(app.ok("DescribeUserPoolDomain", read).await, json!({ "DomainDescription": {} }));
}

#[actix_web::test]
async fn groups_and_resource_servers_are_read_as_they_were_configured() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let role = "arn:aws:iam::123456789012:role/readers";
    let group = json!({
        "UserPoolId": setup.pool, "GroupName": "readers", "Description": "Who reads", "Precedence": 0, "RoleArn": role,
    });
    let scopes = json!([{ "ScopeName": "read", "ScopeDescription": "Read" }]);
    let server = json!({ "UserPoolId": setup.pool, "Identifier": "https://notes", "Name": "Notes", "Scopes": scopes });
    for (create, update, read, configured) in [
        ("CreateGroup", "UpdateGroup", "GetGroup", group),
        ("CreateResourceServer", "UpdateResourceServer", "DescribeResourceServer", server),
    ] {
        app.ok(create, configured.clone()).await;
        let named = json!({
            "UserPoolId": setup.pool, "GroupName": configured["GroupName"], "Identifier": configured["Identifier"],
        });
        let member = if create == "CreateGroup" { "Group" } else { "ResourceServer" };
        let shown = app.ok(read, named.clone()).await[member].clone();
        assert!(shows(&shown, &configured), "{shown}");
        app.ok(update, configured).await;
        let again = app.ok(read, named).await[member].clone();
        assert_eq!(without_dates(again), without_dates(shown));
    }
}
