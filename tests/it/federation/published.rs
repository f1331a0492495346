//! What providers publish, gone, spoiled or changed: the app is told, the log says what failed, nobody is made, the
//! last good document serves for a while, and a new key is asked for.

use std::time::{Duration, Instant};

use serde_json::json;

use super::acme::{self, DAY, Twist};
use super::stage::{World, world};
use crate::support::upstream::{Reply, TokenKey, Upstream};
use crate::support::{Page, callback, log};

/// Longer than anybody waits for a provider that says nothing.
const LONGEST: Duration = Duration::from_secs(7);
/// Longer than metadata is taken as unchanged.
const SIX_HOURS: i64 = 6 * 3600 + 1;
const METADATA: &str = "/metadata";
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// How an address of a provider can fail, and a word of what the log says then.
fn troubles() -> Vec<(Reply, &'static str)> {
    let page = "<!doctype html><title>Sign in to the network</title>".to_owned();
    vec![
        (Reply::Text(404, "text/plain", String::new()), "answered 404"),
        (Reply::Text(500, "text/plain", "out of order".to_owned()), "answered 500"),
        (Reply::Redirect("https://elsewhere.example/".to_owned()), "answered 302"),
        (Reply::Gigabyte, "larger than 1 MiB"),
        (Reply::Text(200, "text/html", page), ""),
        (Reply::Silence, "no answer in time"),
    ]
}

/// Whether the log says that a sign-in of `client` failed, and why.
fn is_logged(client: &str, cause: &str) -> bool {
    let lines = log::recorded();
    let mut lines = lines.lines().filter(|line| line.contains(client));
    lines.any(|line| line.contains("a sign-in at a provider failed") && line.contains(cause))
}

/// Asserts that the app was told of it, with its own state.
fn told(page: &Page, description: &str) {
    assert!(page.url.starts_with(callback()), "{} {}", page.url, page.text());
    assert_eq!(page.query("error").as_deref(), Some("invalid_request"), "{}", page.url);
    assert_eq!(page.query("error_description").as_deref(), Some(description), "{}", page.url);
    assert_eq!(page.query("state").as_deref(), Some("st-1"), "{}", page.url);
}

/// A pool whose SAML provider publishes its metadata where a test sets what is answered.
struct Published {
    world: World,
    upstream: Upstream,
    metadata: String,
}

impl Published {
    async fn new() -> Self {
        log::record();
        let (world, upstream) = (world().await, Upstream::start());
        let metadata = world.app.http.get(format!("{}/saml/metadata", world.origin)).send().await.unwrap();
        let one = Self { world, upstream, metadata: metadata.text().await.unwrap() };
        one.serve(&one.metadata);
        let update = json!({
            "UserPoolId": one.world.setup.pool, "ProviderName": "SimulatedSAML",
            "ProviderDetails": { "MetadataURL": one.url() },
        });
        one.world.app.ok("UpdateIdentityProvider", update).await;
        one
    }

    fn url(&self) -> String {
        format!("{}{METADATA}", self.upstream.url)
    }

    fn serve(&self, metadata: &str) {
        let reply = Reply::Text(200, "application/samlmetadata+xml", metadata.to_owned());
        self.upstream.serve(METADATA, reply);
    }

    /// The metadata with an end so many seconds from now.
    fn until(&self, seconds: i64) -> String {
        let at = self.world.app.cx.now().seconds() + seconds;
        let at = time::OffsetDateTime::from_unix_timestamp(at).unwrap();
        let at = at.format(&time::format_description::well_known::Rfc3339).unwrap();
        let changed = self.metadata.replacen(" entityID=", &format!(" validUntil=\"{at}\" entityID="), 1);
        assert_ne!(changed, self.metadata);
        changed
    }

    /// The metadata with the key of a stranger.
    fn with_another_key(&self) -> String {
        let pem = include_str!("../../../src/federation/saml/tests/fixtures/foreign_cert.pem");
        let key: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let (before, rest) = self.metadata.split_once("X509Certificate>").unwrap();
        let (own, after) = rest.split_once("</").unwrap();
        assert_ne!(own, key);
        format!("{before}X509Certificate>{key}</{after}")
    }

    async fn leave(&mut self) -> Page {
        self.world.browser.cookies.clear();
        self.world.leave("SimulatedSAML").await
    }

    /// A whole sign-in that works.
    async fn sign_in(&mut self) {
        let picker = self.leave().await;
        let page = self.pick(&picker).await;
        assert!(page.query("code").is_some(), "{} {}", page.url, page.text());
    }

    async fn pick(&mut self, picker: &Page) -> Page {
        self.world.pick(picker, &[("person", "ada@example.com")]).await
    }

    async fn users(&self) -> i64 {
        let pool = self.world.app.ok("DescribeUserPool", json!({ "UserPoolId": self.world.setup.pool })).await;
        pool["UserPool"]["EstimatedNumberOfUsers"].as_i64().unwrap()
    }
}

#[actix_web::test]
async fn metadata_that_cannot_be_had_is_told_to_the_app_and_the_log() {
    let mut published = Published::new().await;
    let description = format!("Error retrieving metadata from {}", published.url());
    let ended = published.until(-1);
    let spoiled = [(ended, "expired"), ("<a/>".to_owned(), "not an EntityDescriptor")];
    let spoiled = spoiled.map(|(text, cause)| (Reply::Text(200, "application/samlmetadata+xml", text), cause));
    for (reply, cause) in troubles().into_iter().chain(spoiled) {
        published.world.app.advance(DAY);
        published.upstream.serve(METADATA, reply);
        let began = Instant::now();
        let page = published.leave().await;
        assert!(began.elapsed() < LONGEST, "{cause}: {:?}", began.elapsed());
        told(&page, &description);
        assert!(is_logged(&published.world.setup.client, cause), "{cause}");
        published.serve(&published.metadata);
        let picker = published.leave().await;
        assert!(picker.says("imulated"), "the next try leads to the provider: {} {}", picker.url, picker.text());
    }
    assert_eq!(published.users().await, 0);
    published.sign_in().await;
}

#[actix_web::test]
async fn the_last_good_metadata_serves_while_its_address_is_in_trouble() {
    let mut published = Published::new().await;
    published.world.app.advance(SIX_HOURS);
    for (reply, cause) in troubles() {
        published.upstream.serve(METADATA, reply);
        published.world.app.advance(61);
        published.sign_in().await;
        let warned = log::recorded();
        let warned = warned.lines().filter(|line| line.contains(&published.url()) && line.contains(cause));
        assert!(warned.filter(|line| line.contains("the last good document is used")).count() > 0, "{cause}");
    }
    published.world.app.advance(DAY);
    published.upstream.serve(METADATA, Reply::Text(404, "text/plain", String::new()));
    let page = published.leave().await;
    told(&page, &format!("Error retrieving metadata from {}", published.url()));
}

#[actix_web::test]
async fn metadata_that_ends_is_fetched_again_and_not_used_any_longer() {
    let mut published = Published::new().await;
    published.world.app.advance(SIX_HOURS);
    published.serve(&published.until(100));
    let picker = published.leave().await;
    published.world.app.advance(101);
    let page = published.pick(&picker).await;
    told(&page, &format!("Error retrieving metadata from {}", published.url()));
    assert!(is_logged(&published.world.setup.client, "expired"));
    assert_eq!(published.users().await, 0);
    published.serve(&published.until(100));
    published.sign_in().await;
}

#[actix_web::test]
async fn a_new_signing_certificate_is_asked_for_once_a_minute() {
    let mut published = Published::new().await;
    published.serve(&published.with_another_key());
    published.world.app.advance(SIX_HOURS);
    let picker = published.leave().await;
    published.serve(&published.metadata);
    let refused = "SAML Assertion signature is invalid";
    let page = published.pick(&picker).await;
    told(&page, refused);
    assert_eq!(published.users().await, 0, "a key that was read less than a minute ago is the one");
    published.world.app.advance(61);
    published.sign_in().await;
    published.serve(&published.with_another_key());
    published.world.app.advance(SIX_HOURS);
    let asked = published.upstream.asked(METADATA);
    for _ in 0..3 {
        published.world.app.advance(21);
        let picker = published.leave().await;
        let page = published.pick(&picker).await;
        told(&page, refused);
    }
    assert!(published.upstream.asked(METADATA) <= asked + 2, "nobody makes us ask again and again");
    assert!(is_logged(&published.world.setup.client, "does not verify under the provider's keys"));
    assert_eq!(published.users().await, 1);
}

#[actix_web::test]
async fn discovery_that_cannot_be_had_is_told_to_the_app_and_the_log() {
    let world = acme::World::new().await;
    let another = Reply::json(&json!({ "issuer": "https://evil.example" }));
    for (reply, cause) in troubles().into_iter().chain([(another, "another issuer")]) {
        world.app.advance(DAY);
        world.be_good();
        let is_silent = matches!(reply, Reply::Silence);
        world.upstream.serve(DISCOVERY, reply);
        let began = Instant::now();
        let (_, page) = world.leave().await;
        assert!(began.elapsed() < LONGEST, "{cause}: {:?}", began.elapsed());
        told(&page, if is_silent { "Read timed out" } else { "Acme Error - discovery failed" });
        assert!(is_logged(&world.setup.client, cause), "{cause}");
        let (page, _) = world.sign_in(&Twist::Returned(&[])).await;
        assert_eq!(page.query("error").as_deref(), Some("invalid_request"), "it led to the provider: {}", page.url);
    }
    let pool = world.app.ok("DescribeUserPool", json!({ "UserPoolId": world.setup.pool })).await;
    assert_eq!(pool["UserPool"]["EstimatedNumberOfUsers"], 0);
    let (page, _) = world.sign_in(&Twist::Claims(json!({}))).await;
    assert!(page.query("code").is_some(), "{}", page.url);
}

#[actix_web::test]
async fn the_last_good_discovery_and_keys_serve_while_their_addresses_are_in_trouble() {
    let world = acme::World::new().await;
    let (page, _) = world.sign_in(&Twist::Claims(json!({}))).await;
    assert!(page.query("code").is_some(), "{}", page.url);
    for (reply, cause) in troubles() {
        world.app.advance(3_601);
        world.upstream.serve(DISCOVERY, reply.clone());
        world.upstream.serve("/jwks", reply);
        let (mut browser, left) = world.leave().await;
        let (page, _) = world.come_back(&mut browser, &left, &Twist::Claims(json!({}))).await;
        assert!(page.query("code").is_some(), "{cause}: {}", page.url);
    }
}

#[actix_web::test]
async fn a_new_key_of_an_openid_provider_is_asked_for_once_a_minute() {
    let mut world = acme::World::new().await;
    let (page, _) = world.sign_in(&Twist::Claims(json!({}))).await;
    assert!(page.query("code").is_some(), "{}", page.url);
    world.key = TokenKey::named("new");
    world.be_good();
    let signed_by_new = || Twist::Header(json!({ "kid": "new" }));
    let (mut browser, left) = world.leave().await;
    let (page, _) = world.come_back(&mut browser, &left, &signed_by_new()).await;
    told(&page, "Bad id_token: unknown kid");
    world.app.advance(61);
    let (mut browser, left) = world.leave().await;
    let (page, _) = world.come_back(&mut browser, &left, &signed_by_new()).await;
    assert!(page.query("code").is_some(), "{}", page.url);
    let (mut browser, left) = world.leave().await;
    let (page, _) = world.come_back(&mut browser, &left, &Twist::Header(json!({ "kid": "k" }))).await;
    told(&page, "Bad id_token: unknown kid");
    assert!(world.upstream.asked("/jwks") <= 3);
}
