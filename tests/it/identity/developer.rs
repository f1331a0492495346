//! Identities that a developer's own server vouches for.

use serde_json::{Value, json};

use super::Stage;

async fn token(stage: &Stage, user: &str, id: Option<&str>) -> Value {
    let mut body = json!({ "IdentityPoolId": stage.pool, "Logins": { "login.example": user } });
    if let Some(id) = id {
        body["IdentityId"] = json!(id);
    }
    stage.ok("GetOpenIdTokenForDeveloperIdentity", body).await
}

#[actix_web::test]
async fn a_developers_token_gets_credentials() {
    let stage = Stage::new(json!({})).await;
    let got = token(&stage, "u1", None).await;
    let id = got["IdentityId"].as_str().unwrap();
    assert_eq!(token(&stage, "u1", None).await["IdentityId"], id);
    let logins = json!({ "cognito-identity.amazonaws.com": got["Token"] });
    stage.credentials(id, &logins).await;
    let other = token(&stage, "u2", None).await;
    let body = json!({ "IdentityId": other["IdentityId"], "Logins": logins });
    stage.refuses("GetCredentialsForIdentity", body, ("NotAuthorizedException", "Logins don't match.")).await;
    stage.app.advance(901);
    let late = json!({ "IdentityId": id, "Logins": logins });
    stage.refuses("GetCredentialsForIdentity", late, ("NotAuthorizedException", "Token expired")).await;
}

#[actix_web::test]
async fn users_are_looked_up_merged_and_unlinked() {
    let stage = Stage::new(json!({})).await;
    let one = token(&stage, "u1", None).await["IdentityId"].as_str().unwrap().to_owned();
    let two = token(&stage, "u2", None).await["IdentityId"].as_str().unwrap().to_owned();
    let taken = json!({ "IdentityPoolId": stage.pool, "IdentityId": one, "Logins": { "login.example": "u2" } });
    let refusal = ("DeveloperUserAlreadyRegisteredException", "already registered");
    stage.refuses("GetOpenIdTokenForDeveloperIdentity", taken, refusal).await;
    let merge = json!({
        "IdentityPoolId": stage.pool, "DeveloperProviderName": "login.example",
        "SourceUserIdentifier": "u1", "DestinationUserIdentifier": "u2",
    });
    assert_eq!(stage.ok("MergeDeveloperIdentities", merge).await["IdentityId"], two.as_str());
    let lookup = json!({ "IdentityPoolId": stage.pool, "DeveloperUserIdentifier": "u1" });
    let found = stage.ok("LookupDeveloperIdentity", lookup.clone()).await;
    assert_eq!(found, json!({ "IdentityId": two, "DeveloperUserIdentifierList": ["u1", "u2"] }));
    let unlink = json!({
        "IdentityPoolId": stage.pool, "IdentityId": two, "DeveloperProviderName": "login.example",
        "DeveloperUserIdentifier": "u1",
    });
    stage.ok("UnlinkDeveloperIdentity", unlink).await;
    stage.refuses("LookupDeveloperIdentity", lookup, ("ResourceNotFoundException", "not found")).await;
}

#[actix_web::test]
async fn a_login_can_be_added_by_the_developers_server() {
    let stage = Stage::new(json!({})).await;
    let logins = stage.logins("jane@example.com").await;
    let id = stage.id(&logins).await;
    let unproven = json!({ "IdentityPoolId": stage.pool, "IdentityId": id, "Logins": { "login.example": "u1" } });
    let refusal = ("NotAuthorizedException", "Logins don't match.");
    stage.refuses("GetOpenIdTokenForDeveloperIdentity", unproven.clone(), refusal).await;
    let mut proven = unproven;
    proven["Logins"][&stage.provider] = logins[&stage.provider].clone();
    assert_eq!(stage.ok("GetOpenIdTokenForDeveloperIdentity", proven).await["IdentityId"], id.as_str());
    assert_eq!(token(&stage, "u1", None).await["IdentityId"], id.as_str());
}
