//! The way to each provider and back, what arrives, and what does not.

use std::collections::BTreeMap;

use cenote::simulated::ProviderSettings;
use serde_json::json;

use super::stage::{NAMES, world, world_with};
use crate::support::callback;

#[actix_web::test]
async fn a_person_arrives_from_each_of_the_six_with_name_address_group_and_identity() {
    let mut world = world().await;
    for name in NAMES {
        let picker = world.leave(name).await;
        assert!(picker.text().to_lowercase().contains("simulated"), "{name}: {}", picker.text());
        let page = world.pick(&picker, &[("person", "ada@example.com")]).await;
        assert!(page.url.starts_with(callback()), "{name}: {} {}", page.url, page.text());
        assert_eq!(page.query("state").as_deref(), Some("st-1"));
        let claims = world.claims(&page).await;
        assert_eq!(
            (claims["email"].as_str(), claims["nonce"].as_str()),
            (Some("ada@example.com"), Some("n-1")),
            "{name}"
        );
        let identity = &claims["identities"][0];
        assert_eq!(identity["providerName"], name);
        assert_eq!(claims["cognito:username"], format!("{name}_{}", identity["userId"].as_str().unwrap()));
        assert_eq!(claims["cognito:groups"], json!([format!("{}_{name}", world.setup.pool)]));
        world.browser.cookies.clear();
    }
}

#[actix_web::test]
async fn the_same_person_is_the_same_user_the_second_time() {
    let mut world = world().await;
    let mut subs = BTreeMap::new();
    for _ in 0..2 {
        let picker = world.leave("Google").await;
        let page = world.pick(&picker, &[("person", "ada@example.com")]).await;
        let claims = world.claims(&page).await;
        *subs.entry(claims["sub"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        world.browser.cookies.clear();
    }
    assert_eq!(subs.into_values().collect::<Vec<_>>(), [2]);
}

#[actix_web::test]
async fn a_refusal_reaches_the_app_and_makes_nobody() {
    for name in ["Google", "Facebook", "LoginWithAmazon", "SimulatedOIDC"] {
        let mut world = world().await;
        let picker = world.leave(name).await;
        let page = world.pick(&picker, &[("person", "ada@example.com"), ("deny", "on")]).await;
        assert_eq!(page.query("error").as_deref(), Some("access_denied"), "{name}: {}", page.url);
        let pool = world.app.ok("DescribeUserPool", json!({ "UserPoolId": world.setup.pool })).await;
        assert_eq!(pool["UserPool"]["EstimatedNumberOfUsers"], 0);
    }
}

#[actix_web::test]
async fn a_badly_signed_token_signs_nobody_in() {
    let mut world = world().await;
    for name in ["Google", "SignInWithApple", "SimulatedOIDC", "SimulatedSAML"] {
        let picker = world.leave(name).await;
        let page = world.pick(&picker, &[("person", "ada@example.com"), ("broken_token", "on")]).await;
        assert!(page.query("code").is_none() && page.query("error").is_some(), "{name}: {} {}", page.url, page.text());
    }
    let pool = world.app.ok("DescribeUserPool", json!({ "UserPoolId": world.setup.pool })).await;
    assert_eq!(pool["UserPool"]["EstimatedNumberOfUsers"], 0);
}

#[actix_web::test]
async fn a_return_in_another_browser_or_too_late_begins_again() {
    let mut world = world().await;
    let picker = world.leave("Google").await;
    let cookies = std::mem::take(&mut world.browser.cookies);
    let page = world.pick(&picker, &[("person", "ada@example.com")]).await;
    assert!(page.answer.status == 400 && page.says("Start again"), "{}", page.text());
    world.browser.cookies = cookies;
    let picker = world.leave("Google").await;
    world.app.advance(301);
    let page = world.pick(&picker, &[("person", "ada@example.com")]).await;
    assert!(page.says("Your sign-in took too long"), "{}", page.text());
}

#[actix_web::test]
async fn a_callback_works_once() {
    let mut world = world().await;
    let picker = world.leave("SimulatedOIDC").await;
    let before = world.browser.cookies.clone();
    world.pick(&picker, &[("person", "ada@example.com")]).await;
    world.browser.cookies = before;
    let again = world.pick(&picker, &[("person", "ada@example.com")]).await;
    assert!(again.query("code").is_none(), "{}", again.url);
    assert_eq!(again.query("error").as_deref(), Some("invalid_request"));
}

#[actix_web::test]
async fn an_address_alone_links_nobody_unless_the_provider_is_trusted_with_it() {
    let mut plain = world().await;
    let sub = plain.setup.user(&plain.app, "ada@example.com").await;
    let picker = plain.leave("Google").await;
    let page = plain.pick(&picker, &[("person", "ada@example.com")]).await;
    assert_ne!(plain.claims(&page).await["sub"], sub.as_str());
    let mut trusting =
        world_with(|one| _ = one.details.insert("link_verified_email".to_owned(), "true".to_owned())).await;
    let sub = trusting.setup.user(&trusting.app, "ada@example.com").await;
    let picker = trusting.leave("Google").await;
    let page = trusting.pick(&picker, &[("person", "ada@example.com")]).await;
    assert_eq!(trusting.claims(&page).await["sub"], sub.as_str());
    trusting.browser.cookies.clear();
    let picker = trusting.leave("Facebook").await;
    let page = trusting.pick(&picker, &[("person", "ada@example.com")]).await;
    assert_ne!(trusting.claims(&page).await["sub"], sub.as_str(), "Facebook does not vouch for the address");
}

#[actix_web::test]
async fn a_refused_sign_in_leaves_no_link_behind() {
    let trust =
        |one: &mut ProviderSettings| _ = one.details.insert("link_verified_email".to_owned(), "true".to_owned());
    let mut world = world_with(trust).await;
    world.setup.user(&world.app, "ada@example.com").await;
    world.setup.disable(&world.app, "ada@example.com").await;
    let picker = world.leave("Google").await;
    let page = world.pick(&picker, &[("person", "ada@example.com")]).await;
    assert_eq!(page.query("error_description").as_deref(), Some("User is not enabled"), "{}", page.url);
    let pool = world.setup.pool.clone();
    world.app.ok("AdminEnableUser", json!({ "UserPoolId": pool, "Username": "ada@example.com" })).await;
    let details = json!({ "link_verified_email": "false" });
    let update = json!({ "UserPoolId": pool, "ProviderName": "Google", "ProviderDetails": details });
    world.app.ok("UpdateIdentityProvider", update).await;
    let picker = world.leave("Google").await;
    let page = world.pick(&picker, &[("person", "ada@example.com")]).await;
    assert!(world.claims(&page).await["cognito:username"].as_str().unwrap().starts_with("Google_"));
}

#[actix_web::test]
async fn an_administrator_links_before_the_first_sign_in_and_unlinks() {
    let mut world = world().await;
    let probe = world.leave("SimulatedOIDC").await;
    let page = world.pick(&probe, &[("person", "grace@example.com")]).await;
    let stranger = world.claims(&page).await;
    let subject = stranger["identities"][0]["userId"].as_str().unwrap().to_owned();
    let sub = world.setup.user(&world.app, "grace@example.com").await;
    let source = json!({ "ProviderName": "SimulatedOIDC", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": subject });
    let destination = json!({ "ProviderName": "Cognito", "ProviderAttributeValue": "grace@example.com" });
    let link = json!({ "UserPoolId": world.setup.pool, "DestinationUser": destination, "SourceUser": source });
    let refused = world.app.api("AdminLinkProviderForUser", link.clone()).await;
    assert!(refused.message().contains("Merging is not currently supported"), "{}", refused.text);
    let gone = json!({ "UserPoolId": world.setup.pool, "Username": stranger["cognito:username"] });
    world.app.ok("AdminDeleteUser", gone).await;
    world.app.ok("AdminLinkProviderForUser", link.clone()).await;
    assert!(world.app.api("AdminLinkProviderForUser", link).await.message().contains("already linked"));
    world.browser.cookies.clear();
    let picker = world.leave("SimulatedOIDC").await;
    let page = world.pick(&picker, &[("person", "grace@example.com")]).await;
    assert_eq!(world.claims(&page).await["sub"], sub.as_str());
    let unlink = json!({ "UserPoolId": world.setup.pool, "User": source });
    world.app.ok("AdminDisableProviderForUser", unlink).await;
    world.browser.cookies.clear();
    let picker = world.leave("SimulatedOIDC").await;
    let page = world.pick(&picker, &[("person", "grace@example.com")]).await;
    assert_ne!(world.claims(&page).await["sub"], sub.as_str());
}

#[actix_web::test]
async fn our_saml_metadata_names_the_pool_and_its_certificate() {
    let world = world().await;
    let answer = world.app.get(&format!("/saml2/metadata?user_pool_id={}", world.setup.pool)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let certificate = world.app.ok("GetSigningCertificate", json!({ "UserPoolId": world.setup.pool })).await;
    for part in [&format!("urn:amazon:cognito:sp:{}", world.setup.pool), certificate["Certificate"].as_str().unwrap()] {
        assert!(answer.text.contains(part), "{part} is not in {}", answer.text);
    }
    assert!(answer.text.contains("/saml2/idpresponse"));
    for path in ["/saml2/metadata", "/saml2/metadata?user_pool_id=us-east-1_nobody"] {
        assert_eq!(world.app.get(path).await.status, 404);
    }
}
