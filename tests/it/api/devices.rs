//! Devices that users confirm: what a sign-in offers, what is shown of a device, what refreshing needs.

use serde_json::{Value, json};

use crate::support::setup::PASSWORD;
use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";

async fn stage(devices: Value) -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({ "DeviceConfiguration": devices }), json!({})).await;
    setup.user(&app, JANE).await;
    (app, setup)
}

/// The verifier of some secret, as a client would send it.
fn verifier() -> Value {
    use base64::Engine as _;
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    json!({ "PasswordVerifier": encode(&[0x42; 384]), "Salt": encode(&[0x17; 16]) })
}

async fn confirm(app: &TestApp, tokens: &Value) -> Value {
    let body = json!({
        "AccessToken": tokens["AccessToken"], "DeviceKey": tokens["NewDeviceMetadata"]["DeviceKey"],
        "DeviceName": "Jane's phone", "DeviceSecretVerifierConfig": verifier(),
    });
    app.ok("ConfirmDevice", body).await
}

#[actix_web::test]
async fn only_a_pool_that_tracks_devices_offers_one() {
    let (app, setup) = stage(Value::Null).await;
    let tokens = setup.tokens(&app, JANE).await;
    assert!(tokens.get("NewDeviceMetadata").is_none());
    assert!(super::claims(&tokens["AccessToken"]).get("device_key").is_none());
    let body = json!({ "AccessToken": tokens["AccessToken"], "DeviceKey": "us-east-1_0",
        "DeviceSecretVerifierConfig": verifier() });
    assert_eq!(app.api("ConfirmDevice", body).await.fault(), "InvalidUserPoolConfigurationException");
    let (app, setup) = stage(json!({ "DeviceOnlyRememberedOnUserPrompt": false })).await;
    let tokens = setup.tokens(&app, JANE).await;
    let offer = &tokens["NewDeviceMetadata"];
    let (key, group) = (offer["DeviceKey"].as_str().unwrap(), offer["DeviceGroupKey"].as_str().unwrap());
    assert!(key.starts_with("us-east-1_") && key.len() == 46, "{key}");
    assert!(group.starts_with('-') && group.len() == 9, "{group}");
    assert_eq!(super::claims(&tokens["AccessToken"])["device_key"], key);
    assert!(super::claims(&tokens["IdToken"]).get("device_key").is_none());
}

#[actix_web::test]
async fn a_device_is_confirmed_shown_and_forgotten() {
    let (app, setup) = stage(json!({})).await;
    let tokens = setup.tokens(&app, JANE).await;
    let (token, key) = (&tokens["AccessToken"], &tokens["NewDeviceMetadata"]["DeviceKey"]);
    let known = json!({ "AccessToken": token, "DeviceKey": key });
    let gone = ("ResourceNotFoundException", "Device does not exist.");
    app.refuses("GetDevice", known.clone(), gone).await;
    assert_eq!(confirm(&app, &tokens).await, json!({ "UserConfirmationNecessary": false }));
    let attribute = |name: &str, value: &str| json!({ "Name": name, "Value": value });
    let expected = json!({
        "DeviceKey": key,
        "DeviceAttributes": [
            attribute("device_status", "valid"), attribute("device_name", "Jane's phone"),
            attribute("last_ip_used", "127.0.0.1"),
        ],
        "DeviceCreateDate": 1_704_164_645.0, "DeviceLastModifiedDate": 1_704_164_645.0,
        "DeviceLastAuthenticatedDate": 1_704_164_645,
    });
    assert_eq!(app.ok("GetDevice", known.clone()).await["Device"], expected);
    let listed = app.ok("ListDevices", json!({ "AccessToken": token })).await;
    assert_eq!(listed, json!({ "Devices": [expected] }));
    let admin = json!({ "UserPoolId": setup.pool, "Username": JANE, "DeviceKey": key });
    let shown = app.ok("AdminGetDevice", admin.clone()).await["Device"].clone();
    let names: Vec<_> =
        shown["DeviceAttributes"].as_array().unwrap().iter().map(|one| one["Name"].as_str().unwrap()).collect();
    let all = [
        "device_status",
        "device_name",
        "dev:device_arn",
        "dev:device_owner",
        "last_ip_used",
        "dev:device_remembered_status",
        "dev:device_sdk",
    ];
    assert_eq!(names, all);
    let listed = app.ok("AdminListDevices", json!({ "UserPoolId": setup.pool, "Username": JANE })).await;
    assert_eq!(listed["Devices"], json!([shown]));
    app.ok("ForgetDevice", known.clone()).await;
    for operation in ["GetDevice", "ForgetDevice", "UpdateDeviceStatus"] {
        app.refuses(operation, known.clone(), gone).await;
    }
    for operation in ["AdminGetDevice", "AdminForgetDevice", "AdminUpdateDeviceStatus"] {
        app.refuses(operation, admin.clone(), gone).await;
    }
}

#[actix_web::test]
async fn the_user_may_be_asked_before_a_device_is_remembered() {
    let (app, setup) = stage(json!({ "DeviceOnlyRememberedOnUserPrompt": true })).await;
    let tokens = setup.tokens(&app, JANE).await;
    let (token, key) = (&tokens["AccessToken"], &tokens["NewDeviceMetadata"]["DeviceKey"]);
    assert_eq!(confirm(&app, &tokens).await, json!({ "UserConfirmationNecessary": true }));
    let status = async || {
        let admin = json!({ "UserPoolId": setup.pool, "Username": JANE, "DeviceKey": key });
        let shown = app.ok("AdminGetDevice", admin).await["Device"]["DeviceAttributes"].clone();
        let all = shown.as_array().unwrap().clone();
        all.iter().find(|one| one["Name"] == "dev:device_remembered_status").unwrap()["Value"].clone()
    };
    assert_eq!(status().await, "not_remembered");
    let set = json!({ "AccessToken": token, "DeviceKey": key, "DeviceRememberedStatus": "remembered" });
    app.ok("UpdateDeviceStatus", set).await;
    assert_eq!(status().await, "remembered");
    let set = json!({ "UserPoolId": setup.pool, "Username": JANE, "DeviceKey": key, "DeviceRememberedStatus": "not_remembered" });
    app.ok("AdminUpdateDeviceStatus", set).await;
    assert_eq!(status().await, "not_remembered");
    let bad = json!({ "AccessToken": token, "DeviceKey": key, "DeviceRememberedStatus": "maybe" });
    assert_eq!(app.api("UpdateDeviceStatus", bad).await.fault(), "InvalidParameterException");
}

#[actix_web::test]
async fn a_device_is_confirmed_once_and_by_the_sign_in_that_it_was_offered_to() {
    let (app, setup) = stage(json!({})).await;
    let (tokens, others) = (setup.tokens(&app, JANE).await, setup.tokens(&app, JANE).await);
    let attempt = |token: &Value, key: &Value, secret: Value| json!({ "AccessToken": token, "DeviceKey": key, "DeviceSecretVerifierConfig": secret });
    let key = &tokens["NewDeviceMetadata"]["DeviceKey"];
    let stolen = attempt(&others["AccessToken"], key, verifier());
    app.refuses("ConfirmDevice", stolen, ("ResourceNotFoundException", "Device does not exist.")).await;
    for secret in [
        Value::Null,
        json!({ "PasswordVerifier": "AAAA" }),
        json!({ "PasswordVerifier": "!", "Salt": "AAAA" }),
        json!({ "PasswordVerifier": "AA==", "Salt": "AAAA" }),
        json!({ "PasswordVerifier": "/".repeat(512), "Salt": "AAAA" }),
    ] {
        let answer = app.api("ConfirmDevice", attempt(&tokens["AccessToken"], key, secret)).await;
        assert_eq!(answer.fault(), "InvalidParameterException", "{}", answer.text);
    }
    confirm(&app, &tokens).await;
    let again = app.api("ConfirmDevice", attempt(&tokens["AccessToken"], key, verifier())).await;
    assert_eq!(again.fault(), "DeviceKeyExistsException");
    setup.user(&app, "mallory@example.com").await;
    let mallory = setup.tokens(&app, "mallory@example.com").await["AccessToken"].clone();
    let foreign = json!({ "AccessToken": mallory, "DeviceKey": key });
    for operation in ["GetDevice", "ForgetDevice", "UpdateDeviceStatus"] {
        app.refuses(operation, foreign.clone(), ("ResourceNotFoundException", "Device does not exist.")).await;
    }
}

#[actix_web::test]
async fn devices_are_listed_page_by_page() {
    let (app, setup) = stage(json!({})).await;
    let mut keys = Vec::new();
    let mut token = Value::Null;
    for _ in 0..3 {
        let tokens = setup.tokens(&app, JANE).await;
        confirm(&app, &tokens).await;
        keys.push(tokens["NewDeviceMetadata"]["DeviceKey"].as_str().unwrap().to_owned());
        token = tokens["AccessToken"].clone();
    }
    keys.sort();
    let first = app.ok("ListDevices", json!({ "AccessToken": token, "Limit": 2 })).await;
    let next = json!({ "AccessToken": token, "Limit": 2, "PaginationToken": first["PaginationToken"] });
    let second = app.ok("ListDevices", next).await;
    let listed: Vec<_> = [&first, &second]
        .iter()
        .flat_map(|page| page["Devices"].as_array().unwrap())
        .map(|device| device["DeviceKey"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((listed, second.get("PaginationToken")), (keys, None));
    let body = json!({ "AccessToken": token, "Limit": 61 });
    assert_eq!(app.api("ListDevices", body).await.fault(), "InvalidParameterException");
}

#[actix_web::test]
async fn tokens_of_a_device_are_refreshed_with_its_key_until_it_is_forgotten() {
    let (app, setup) = stage(json!({})).await;
    let tokens = setup.tokens(&app, JANE).await;
    let key = tokens["NewDeviceMetadata"]["DeviceKey"].as_str().unwrap();
    let invalid = ("NotAuthorizedException", "Invalid Refresh Token");
    let refresh = |key: Option<&str>| {
        let mut parameters = json!({ "REFRESH_TOKEN": tokens["RefreshToken"] });
        if let Some(key) = key {
            parameters["DEVICE_KEY"] = json!(key);
        }
        json!({ "AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": setup.client, "AuthParameters": parameters })
    };
    let get = |key: Option<&str>| json!({ "RefreshToken": tokens["RefreshToken"], "ClientId": setup.client, "DeviceKey": key });
    for other in [None, Some("us-east-1_00000000-0000-4000-8000-000000000000")] {
        app.refuses("InitiateAuth", refresh(other), invalid).await;
        app.refuses("GetTokensFromRefreshToken", get(other), invalid).await;
    }
    for is_confirmed in [false, true] {
        if is_confirmed {
            confirm(&app, &tokens).await;
        }
        let fresh = app.ok("InitiateAuth", refresh(Some(key))).await["AuthenticationResult"].clone();
        assert_eq!(super::claims(&fresh["AccessToken"])["device_key"], key);
        assert!(fresh.get("NewDeviceMetadata").is_none());
        app.ok("GetTokensFromRefreshToken", get(Some(key))).await;
    }
    app.ok("AdminForgetDevice", json!({ "UserPoolId": setup.pool, "Username": JANE, "DeviceKey": key })).await;
    app.refuses("InitiateAuth", refresh(Some(key)), invalid).await;
    app.refuses("GetTokensFromRefreshToken", get(Some(key)), invalid).await;
    let again = app.ok("InitiateAuth", setup.attempt(JANE, PASSWORD)).await["AuthenticationResult"].clone();
    assert_ne!(again["NewDeviceMetadata"]["DeviceKey"], key, "a forgotten device is a new one");
}
