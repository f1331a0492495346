//! What of a person arrives in the pool, and what is refused.

use std::collections::BTreeMap;

use cenote::simulated::ProviderSettings;
use serde_json::{Value, json};

use super::stage::{World, world, world_of};
use crate::support::Page;

type Change = fn(&mut ProviderSettings);

fn no_change(_: &mut ProviderSettings) {}

/// A pool whose schema has these attributes too.
fn schema(attributes: Value) -> Value {
    json!({ "Schema": attributes })
}

impl World {
    async fn come(&mut self, provider: &str, choices: &[(&str, &str)]) -> Page {
        self.browser.cookies.clear();
        let picker = self.leave(provider).await;
        self.pick(&picker, choices).await
    }

    /// The attributes of the only user, by an administrator's eyes.
    async fn attributes(&self, username: &str) -> BTreeMap<String, String> {
        let asked = json!({ "UserPoolId": self.setup.pool, "Username": username });
        let user = self.app.ok("AdminGetUser", asked).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let pair = |one: &Value| (text(&one["Name"]), text(&one["Value"]));
        user["UserAttributes"].as_array().unwrap().iter().map(pair).collect()
    }

    async fn username(&self, page: &Page) -> String {
        self.claims(page).await["cognito:username"].as_str().unwrap().to_owned()
    }
}

impl World {
    /// Has a client to which only that provider signs people in.
    async fn only(&mut self, provider: &str) {
        let client = json!({ "SupportedIdentityProviders": [provider] });
        (self.setup.client, self.setup.secret) = self.setup.another_client(&self.app, client).await;
    }
}

const ADA: &[(&str, &str)] = &[("person", "ada@example.com")];

#[actix_web::test]
async fn several_values_and_tokens_reach_custom_attributes() {
    let custom = schema(json!([
        { "Name": "groups", "AttributeDataType": "String", "Mutable": true },
        { "Name": "token", "AttributeDataType": "String", "Mutable": true },
    ]));
    let change: Change = |one| {
        if matches!(one.name.as_str(), "SimulatedSAML" | "SimulatedOIDC") {
            one.attribute_mapping.insert("custom:groups".to_owned(), "groups".to_owned());
        }
        if one.name == "SimulatedOIDC" {
            one.attribute_mapping.insert("custom:token".to_owned(), "access_token".to_owned());
        }
    };
    let mut world = world_of(custom, change).await;
    for provider in ["SimulatedSAML", "SimulatedOIDC"] {
        let page = world.come(provider, &[("person", "maria.ejemplo@example.net")]).await;
        let attributes = world.attributes(&world.username(&page).await).await;
        assert_eq!(attributes["custom:groups"], "[engineers, poets+%26+painters]", "{provider}");
        assert_eq!(attributes.contains_key("custom:token"), provider == "SimulatedOIDC");
        let page = world.come(provider, &[("person", "grace@example.com")]).await;
        let one_group = world.attributes(&world.username(&page).await).await["custom:groups"].clone();
        assert_eq!(one_group, if provider == "SimulatedSAML" { "engineers" } else { "[engineers]" });
    }
}

#[actix_web::test]
async fn a_required_attribute_that_does_not_come_is_named() {
    let required = schema(json!([{ "Name": "email", "Required": true, "Mutable": true }]));
    let mut world = world_of(required, no_change).await;
    for provider in ["Facebook", "LoginWithAmazon", "SimulatedSAML"] {
        let page = world.come(provider, &[("person", "ada@example.com"), ("no_email", "on")]).await;
        assert_eq!(page.query("error").as_deref(), Some("invalid_request"), "{provider}: {}", page.url);
        assert_eq!(page.query("error_description").as_deref(), Some("attributes required: [email]"));
        assert_eq!(page.query("state").as_deref(), Some("st-1"));
    }
    let pool = world.app.ok("DescribeUserPool", json!({ "UserPoolId": world.setup.pool })).await;
    assert_eq!(pool["UserPool"]["EstimatedNumberOfUsers"], 0);
}

#[actix_web::test]
async fn an_address_is_proven_only_by_a_mapping_of_its_own() {
    let change: Change = |one| _ = one.attribute_mapping.remove("email_verified");
    let mut world = world_of(json!({}), change).await;
    for provider in ["Google", "Facebook"] {
        let page = world.come(provider, ADA).await;
        assert_eq!(world.attributes(&world.username(&page).await).await["email_verified"], "false", "{provider}");
    }
    let mut world = self::world().await;
    let page = world.come("Google", ADA).await;
    assert_eq!(world.attributes(&world.username(&page).await).await["email_verified"], "true");
    let page = world.come("Google", &[("person", "ada@example.com"), ("unverified_email", "on")]).await;
    assert_eq!(world.attributes(&world.username(&page).await).await["email_verified"], "false", "as of today");
}

#[actix_web::test]
async fn a_claim_that_stays_away_leaves_the_old_value() {
    let mut world = world().await;
    let page = world.come("Facebook", ADA).await;
    let username = world.username(&page).await;
    world.come("Facebook", &[("person", "ada@example.com"), ("no_email", "on")]).await;
    assert_eq!(world.attributes(&username).await["email"], "ada@example.com");
}

#[actix_web::test]
async fn an_immutable_attribute_is_written_once() {
    let fixed = schema(json!([{ "Name": "fixed", "AttributeDataType": "String", "Mutable": false }]));
    let change: Change = |one| {
        if one.name == "SimulatedOIDC" {
            one.attribute_mapping.insert("custom:fixed".to_owned(), "access_token".to_owned());
        }
    };
    let mut world = world_of(fixed, change).await;
    let page = world.come("SimulatedOIDC", ADA).await;
    assert!(page.query("code").is_some(), "{}", page.url);
    let page = world.come("SimulatedOIDC", ADA).await;
    let said = page.query("error_description");
    assert_eq!(said.as_deref(), Some("user.custom:fixed: Attribute cannot be updated."), "{}", page.url);
}

#[actix_web::test]
async fn a_client_that_may_not_write_an_attribute_signs_nobody_in() {
    let mut world = world().await;
    let client = json!({ "SupportedIdentityProviders": ["SimulatedOIDC"], "WriteAttributes": ["email"] });
    (world.setup.client, world.setup.secret) = world.setup.another_client(&world.app, client).await;
    let page = world.come("SimulatedOIDC", ADA).await;
    let said = page.query("error_description").unwrap_or_default();
    assert!(said.contains("A client attempted to write unauthorized attribute"), "{}", page.url);
}

#[actix_web::test]
async fn names_are_in_lower_case_where_case_does_not_matter() {
    let loose = json!({ "UsernameAttributes": null, "UsernameConfiguration": { "CaseSensitive": false } });
    let mut world = world_of(loose, no_change).await;
    let page = world.come("SimulatedOIDC", ADA).await;
    assert!(world.username(&page).await.starts_with("simulatedoidc_"));
    let strict = json!({ "UsernameAttributes": null, "UsernameConfiguration": { "CaseSensitive": true } });
    let mut world = world_of(strict, no_change).await;
    let page = world.come("SimulatedOIDC", ADA).await;
    assert!(world.username(&page).await.starts_with("SimulatedOIDC_"));
}

#[actix_web::test]
async fn two_sign_ins_at_once_by_somebody_new_make_one_user() {
    let mut world = world().await;
    for provider in ["SimulatedOIDC", "SimulatedSAML"] {
        world.browser.cookies.clear();
        let query = world.setup.query(&[("identity_provider", provider), ("nonce", "n-1")]);
        let mut arrivals = Vec::new();
        for _ in 0..4 {
            let mut browser = world.browser.clone();
            let picker = browser.open(&format!("/oauth2/authorize?{query}")).await;
            arrivals.push(async move {
                let mut page = browser.submit(&picker, "email", &[("person", "hanako@example.com")]).await;
                while page.has_form_with("SAMLResponse") {
                    page = browser.submit(&page, "SAMLResponse", &[]).await;
                }
                page
            });
        }
        let pages = futures_util::future::join_all(arrivals).await;
        let mut subs = std::collections::BTreeSet::new();
        for page in &pages {
            subs.insert(world.claims(page).await["sub"].as_str().unwrap().to_owned());
        }
        assert_eq!(subs.len(), 1, "{provider}");
    }
    let pool = world.app.ok("DescribeUserPool", json!({ "UserPoolId": world.setup.pool })).await;
    assert_eq!(pool["UserPool"]["EstimatedNumberOfUsers"], 2);
}

#[actix_web::test]
async fn people_are_linked_by_a_claim_within_limits() {
    let mut world = world().await;
    let sub = world.setup.user(&world.app, "somebody@example.com").await;
    let link = |provider: &str, name: &str, value: &str| {
        json!({
            "UserPoolId": world.setup.pool,
            "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": "somebody@example.com" },
            "SourceUser": { "ProviderName": provider, "ProviderAttributeName": name, "ProviderAttributeValue": value },
        })
    };
    let refused = world.app.api("AdminLinkProviderForUser", link("Google", "email", "ada@example.com")).await;
    assert_eq!(refused.fault(), "InvalidParameterException", "{}", refused.text);
    world.app.ok("AdminLinkProviderForUser", link("SimulatedOIDC", "email", "ada@example.com")).await;
    for number in 1..5 {
        world.app.ok("AdminLinkProviderForUser", link("SimulatedOIDC", &format!("claim{number}"), "x")).await;
    }
    let sixth = world.app.api("AdminLinkProviderForUser", link("SimulatedOIDC", "claim5", "x")).await;
    assert_eq!(sixth.fault(), "LimitExceededException", "{}", sixth.text);
    let page = world.come("SimulatedOIDC", ADA).await;
    assert_eq!(world.claims(&page).await["sub"], sub.as_str());
}

#[actix_web::test]
async fn a_proven_address_that_changed_upstream_is_the_one_to_sign_in_with() {
    let mut world = world().await;
    let sub = world.setup.user(&world.app, "old@example.com").await;
    let probe = world.come("SimulatedOIDC", ADA).await;
    let claims = world.claims(&probe).await;
    let gone = json!({ "UserPoolId": world.setup.pool, "Username": claims["cognito:username"] });
    world.app.ok("AdminDeleteUser", gone).await;
    let source = json!({
        "ProviderName": "SimulatedOIDC", "ProviderAttributeName": "Cognito_Subject",
        "ProviderAttributeValue": claims["identities"][0]["userId"],
    });
    let destination = json!({ "ProviderName": "Cognito", "ProviderAttributeValue": "old@example.com" });
    let link = json!({ "UserPoolId": world.setup.pool, "DestinationUser": destination, "SourceUser": source });
    world.app.ok("AdminLinkProviderForUser", link).await;
    let page = world.come("SimulatedOIDC", ADA).await;
    assert_eq!(world.claims(&page).await["sub"], sub.as_str());
    assert_eq!(world.attributes(&sub).await["email"], "ada@example.com");
    let password = crate::support::setup::PASSWORD;
    assert_eq!(world.setup.api_sign_in(&world.app, "ada@example.com", password).await.status, 200);
    assert_eq!(world.setup.api_sign_in(&world.app, "old@example.com", password).await.status, 400);
}

#[actix_web::test]
async fn a_sign_in_that_the_provider_starts_must_be_fresh_allowed_and_used_once() {
    let mut world = world().await;
    world.leave("SimulatedSAML").await;
    world.only("SimulatedSAML").await;
    let start = world.start_at_provider();
    let picker = world.browser.open(&start).await;
    let response = world.browser.submit(&picker, "email", ADA).await;
    let first = world.browser.submit(&response, "SAMLResponse", &[]).await;
    let first = world.go_on(first).await;
    assert!(first.query("code").is_some(), "{} {}", first.url, first.text());
    let again = world.browser.submit(&response, "SAMLResponse", &[]).await;
    let again = world.go_on(again).await;
    let said = again.query("error_description");
    assert_eq!(said.as_deref(), Some("Invalid samlResponse or relayState from identity provider"), "{}", again.url);
    let picker = world.browser.open(&start).await;
    let late = world.browser.submit(&picker, "email", ADA).await;
    world.app.advance(361);
    let late = world.browser.submit(&late, "SAMLResponse", &[]).await;
    let late = world.go_on(late).await;
    assert!(late.query("code").is_none() && late.query("error").is_some(), "{}", late.url);
    let update = json!({ "UserPoolId": world.setup.pool, "ProviderName": "SimulatedSAML", "ProviderDetails": { "IDPInit": "false" } });
    world.app.ok("UpdateIdentityProvider", update).await;
    let picker = world.browser.open(&start).await;
    let refused = world.browser.submit(&picker, "email", ADA).await;
    let refused = world.browser.submit(&refused, "SAMLResponse", &[]).await;
    let refused = world.go_on(refused).await;
    assert!(refused.query("code").is_none(), "{}", refused.url);
}

#[actix_web::test]
async fn a_sign_in_that_the_provider_starts_is_for_clients_that_nobody_else_signs_in_to() {
    let mut world = world().await;
    for others in [&["COGNITO"][..], &["Google"], &["SimulatedOIDC"], &[]] {
        let names = [&["SimulatedSAML"], others].concat();
        let client = json!({ "SupportedIdentityProviders": names });
        (world.setup.client, world.setup.secret) = world.setup.another_client(&world.app, client).await;
        let start = world.start_at_provider();
        let picker = world.browser.open(&start).await;
        let page = world.browser.submit(&picker, "email", ADA).await;
        let page = world.browser.submit(&page, "SAMLResponse", &[]).await;
        let page = world.go_on(page).await;
        assert_eq!(page.query("code").is_some(), others.is_empty(), "{others:?}: {} {}", page.url, page.text());
        assert!(page.query("code").is_some() || page.answer.status == 400, "{others:?}: {}", page.url);
    }
    let pool = world.app.ok("DescribeUserPool", json!({ "UserPoolId": world.setup.pool })).await;
    assert_eq!(pool["UserPool"]["EstimatedNumberOfUsers"], 1);
}
