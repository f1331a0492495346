//! Signing in on a device that was confirmed, as the SDKs do it: which step it takes, and what it spares.

use serde_json::{Value, json};

use crate::support::device::{Identity, prove, verifier};
use crate::support::setup::PASSWORD;
use crate::support::srp::SrpClient;
use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";
const NOW: &str = "Tue Jan 2 03:04:05 UTC 2024";
const SECRET: &str = "c2VjcmV0IG9mIGEgZGV2aWNlLCBmb3J0eSBieXRlcyBvZiBpdA==";
const GONE: (&str, &str) = ("ResourceNotFoundException", "Device does not exist.");

/// A confirmed device.
struct Device {
    key: String,
    group: String,
    access_token: Value,
}

impl Device {
    const fn identity(&self) -> Identity<'_> {
        Identity { group: self.group.as_str(), name: self.key.as_str(), password: SECRET }
    }
}

async fn stage(devices: Value) -> (TestApp, Setup, Device) {
    let app = TestApp::new().await;
    let flows = json!(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    let client = json!({ "ExplicitAuthFlows": flows });
    let setup = Setup::with(&app, json!({ "DeviceConfiguration": devices }), client).await;
    setup.user(&app, JANE).await;
    let tokens = setup.tokens(&app, JANE).await;
    let text = |name: &str| tokens["NewDeviceMetadata"][name].as_str().unwrap().to_owned();
    let (key, group) = (text("DeviceKey"), text("DeviceGroupKey"));
    let secret = verifier(Identity { group: &group, name: &key, password: SECRET });
    let confirm = json!({
        "AccessToken": tokens["AccessToken"], "DeviceKey": key, "DeviceSecretVerifierConfig": secret,
    });
    app.ok("ConfirmDevice", confirm).await;
    (app, setup, Device { key, group, access_token: tokens["AccessToken"].clone() })
}

fn password(setup: &Setup, key: &str) -> Value {
    let mut body = setup.attempt(JANE, PASSWORD);
    body["AuthParameters"]["DEVICE_KEY"] = json!(key);
    body
}

fn respond(setup: &Setup, (name, asked): (&str, &Value), responses: Value) -> Value {
    assert_eq!(asked["ChallengeName"], name, "{asked}");
    let mut all = json!({ "USERNAME": asked["ChallengeParameters"]["USERNAME"] });
    crate::support::setup::merge(&mut all, responses);
    json!({
        "ClientId": setup.client, "ChallengeName": name, "Session": asked["Session"], "ChallengeResponses": all,
    })
}

/// The device's answer to `DEVICE_SRP_AUTH`, up to the proof that ends it.
async fn half_way(app: &TestApp, setup: &Setup, (device, asked): (&Device, &Value)) -> (SrpClient, Value) {
    let srp = SrpClient::start();
    let responses = json!({ "DEVICE_KEY": device.key, "SRP_A": srp.public });
    let asked = app.ok("RespondToAuthChallenge", respond(setup, ("DEVICE_SRP_AUTH", asked), responses)).await;
    (srp, asked)
}

fn proof(setup: &Setup, (srp, asked): (&SrpClient, &Value), identity: Identity<'_>) -> Value {
    let mut responses = prove(srp, identity, (&asked["ChallengeParameters"], NOW));
    responses["DEVICE_KEY"] = asked["ChallengeParameters"]["DEVICE_KEY"].clone();
    respond(setup, ("DEVICE_PASSWORD_VERIFIER", asked), responses)
}

#[actix_web::test]
async fn a_confirmed_device_proves_itself_after_the_password() {
    let (app, setup, device) = stage(json!({ "ChallengeRequiredOnNewDevice": true })).await;
    app.advance(60);
    let asked = app.ok("InitiateAuth", password(&setup, &device.key)).await;
    assert_eq!(asked["ChallengeParameters"]["DEVICE_KEY"], json!(device.key));
    let (srp, asked) = half_way(&app, &setup, (&device, &asked)).await;
    let tokens = app.ok("RespondToAuthChallenge", proof(&setup, (&srp, &asked), device.identity())).await;
    let tokens = &tokens["AuthenticationResult"];
    assert_eq!(super::claims(&tokens["AccessToken"])["device_key"], json!(device.key));
    assert!(tokens.get("NewDeviceMetadata").is_none(), "the device is known: {tokens}");
    let known = json!({ "AccessToken": tokens["AccessToken"], "DeviceKey": device.key });
    let shown = app.ok("GetDevice", known).await["Device"].clone();
    assert_eq!(shown["DeviceLastAuthenticatedDate"], 1_704_164_705);
    let refresh = json!({ "RefreshToken": tokens["RefreshToken"], "ClientId": setup.client, "DeviceKey": device.key });
    app.ok("GetTokensFromRefreshToken", refresh).await;
}

#[actix_web::test]
async fn a_device_that_does_not_know_its_secret_is_refused_once_and_for_all() {
    let (app, setup, device) = stage(json!({})).await;
    let wrong = Identity { password: "guess", ..device.identity() };
    let asked = app.ok("InitiateAuth", password(&setup, &device.key)).await;
    let (srp, asked) = half_way(&app, &setup, (&device, &asked)).await;
    let refused = ("NotAuthorizedException", "Incorrect username or password.");
    app.refuses("RespondToAuthChallenge", proof(&setup, (&srp, &asked), wrong), refused).await;
    let again = app.api("RespondToAuthChallenge", proof(&setup, (&srp, &asked), device.identity())).await;
    assert_eq!(again.fault(), "NotAuthorizedException", "the session is used up");
    let asked = app.ok("InitiateAuth", password(&setup, &device.key)).await;
    let (srp, asked) = half_way(&app, &setup, (&device, &asked)).await;
    let right = proof(&setup, (&srp, &asked), device.identity());
    app.ok("RespondToAuthChallenge", right.clone()).await;
    assert_eq!(app.api("RespondToAuthChallenge", right).await.fault(), "NotAuthorizedException", "a proof works once");
    let asked = app.ok("InitiateAuth", password(&setup, &device.key)).await;
    for (public, fault) in [("0", "InvalidParameterException"), ("zz", "InvalidParameterException")] {
        let responses = json!({ "DEVICE_KEY": device.key, "SRP_A": public });
        let answer = app.api("RespondToAuthChallenge", respond(&setup, ("DEVICE_SRP_AUTH", &asked), responses)).await;
        assert_eq!(answer.fault(), fault);
    }
    let other = json!({ "DEVICE_KEY": "us-east-1_00000000-0000-4000-8000-000000000000", "SRP_A": "2" });
    app.refuses("RespondToAuthChallenge", respond(&setup, ("DEVICE_SRP_AUTH", &asked), other), GONE).await;
}

#[actix_web::test]
async fn no_step_of_a_device_can_be_skipped_or_mixed() {
    let (app, setup, device) = stage(json!({})).await;
    let asked = app.ok("InitiateAuth", password(&setup, &device.key)).await;
    let mut forged = respond(&setup, ("DEVICE_SRP_AUTH", &asked), json!({ "NEW_PASSWORD": "Another-Pass-1" }));
    for name in ["NEW_PASSWORD_REQUIRED", "PASSWORD"] {
        forged["ChallengeName"] = json!(name);
        forged["ChallengeResponses"]["PASSWORD"] = json!(PASSWORD);
        assert_eq!(app.api("RespondToAuthChallenge", forged.clone()).await.fault(), "NotAuthorizedException", "{name}");
    }
    let (srp, second) = half_way(&app, &setup, (&device, &asked)).await;
    let mut mixed = proof(&setup, (&srp, &second), device.identity());
    mixed["ChallengeName"] = json!("PASSWORD_VERIFIER");
    assert_eq!(app.api("RespondToAuthChallenge", mixed).await.fault(), "NotAuthorizedException");
    let mut late = proof(&setup, (&srp, &second), device.identity());
    late["ChallengeResponses"]["TIMESTAMP"] = json!("yesterday");
    assert_eq!(app.api("RespondToAuthChallenge", late).await.fault(), "InvalidParameterException");
}

#[actix_web::test]
async fn a_forgotten_device_is_told_so_and_the_same_session_goes_on_without_it() {
    let (app, setup, device) = stage(json!({})).await;
    let known = json!({ "AccessToken": device.access_token, "DeviceKey": device.key });
    app.ok("ForgetDevice", known).await;
    app.refuses("InitiateAuth", password(&setup, &device.key), GONE).await;
    let srp = SrpClient::start();
    let parameters = json!({ "USERNAME": JANE, "SRP_A": srp.public, "DEVICE_KEY": device.key });
    let begin = json!({ "AuthFlow": "USER_SRP_AUTH", "ClientId": setup.client, "AuthParameters": parameters });
    let asked = app.ok("InitiateAuth", begin).await;
    let pool_name = setup.pool.split_once('_').unwrap().1;
    let user = asked["ChallengeParameters"]["USER_ID_FOR_SRP"].as_str().unwrap();
    let identity = Identity { group: pool_name, name: user, password: PASSWORD };
    let mut responses = prove(&srp, identity, (&asked["ChallengeParameters"], NOW));
    responses["DEVICE_KEY"] = json!(device.key);
    let with_device = respond(&setup, ("PASSWORD_VERIFIER", &asked), responses);
    app.refuses("RespondToAuthChallenge", with_device.clone(), GONE).await;
    let mut without = with_device;
    without["ChallengeResponses"]["DEVICE_KEY"] = Value::Null;
    let tokens = app.ok("RespondToAuthChallenge", without).await["AuthenticationResult"].clone();
    assert_ne!(tokens["NewDeviceMetadata"]["DeviceKey"], json!(device.key));
}

#[actix_web::test]
async fn the_srp_flow_goes_on_to_the_device() {
    let (app, setup, device) = stage(json!({})).await;
    let srp = SrpClient::start();
    let parameters = json!({ "USERNAME": JANE, "SRP_A": srp.public, "DEVICE_KEY": device.key });
    let begin = json!({ "AuthFlow": "USER_SRP_AUTH", "ClientId": setup.client, "AuthParameters": parameters });
    let asked = app.ok("InitiateAuth", begin).await;
    let pool_name = setup.pool.split_once('_').unwrap().1;
    let user = asked["ChallengeParameters"]["USER_ID_FOR_SRP"].as_str().unwrap();
    let identity = Identity { group: pool_name, name: user, password: PASSWORD };
    let mut responses = prove(&srp, identity, (&asked["ChallengeParameters"], NOW));
    responses["DEVICE_KEY"] = json!(device.key);
    let asked = app.ok("RespondToAuthChallenge", respond(&setup, ("PASSWORD_VERIFIER", &asked), responses)).await;
    let (srp, asked) = half_way(&app, &setup, (&device, &asked)).await;
    let mut body = proof(&setup, (&srp, &asked), device.identity());
    body.as_object_mut().unwrap().remove("Session");
    app.ok("RespondToAuthChallenge", body).await;
}

#[actix_web::test]
async fn somebody_elses_device_is_none() {
    let (app, setup, device) = stage(json!({})).await;
    setup.user(&app, "mallory@example.com").await;
    let mut body = setup.attempt("mallory@example.com", PASSWORD);
    body["AuthParameters"]["DEVICE_KEY"] = json!(device.key);
    app.refuses("InitiateAuth", body, GONE).await;
    let mut wrong = setup.attempt(JANE, "Wrong-Pass-1");
    wrong["AuthParameters"]["DEVICE_KEY"] = json!("us-east-1_00000000-0000-4000-8000-000000000000");
    app.refuses("InitiateAuth", wrong, ("NotAuthorizedException", "Incorrect username or password.")).await;
}
