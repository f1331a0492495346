//! Logins by everybody else: each simulated provider signs somebody in to an app of its own, and what the app gets there,
//! truly signed, earns credentials here.

use std::collections::BTreeSet;

use cenote::config::{IdentityPools, LoginProvider, OidcProvider, SamlProvider};
use cenote::cx::Mode;
use cenote::random::Random;
use cenote::simulated::{self, Simulated};
use serde_json::json;

use super::signing::{Keys, element};
use super::{Stage, refuses};
use crate::support::TestApp;
use crate::support::outsider::{AUDIENCE, Outsider, RECIPIENT};
use crate::support::program::free_port;

const SAML: &str = "arn:aws:iam::123456789012:saml-provider/Corp";
const ADA: &[(&str, &str)] = &[("person", "ada@example.com")];
const GRACE: &[(&str, &str)] = &[("person", "grace@example.com")];

/// An identity pool that takes the logins of all six providers.
struct Everybody {
    stage: Stage,
    /// The apps at the providers.
    outsider: Outsider,
}

/// What a server is told of the providers at `at`.
fn told(at: &str, oidc_client: &str) -> IdentityPools {
    let place = |path: &str| Some(format!("{at}/{path}").parse().unwrap());
    let by_token = |slug: &str| LoginProvider { issuer: Some(format!("{at}/{slug}")), ..LoginProvider::default() };
    let asked = |profile: &str, application: &str| LoginProvider {
        issuer: None,
        profile_url: place(profile),
        application_url: place(application),
    };
    let login_providers = [
        ("accounts.google.com", by_token("google")),
        ("appleid.apple.com", by_token("apple")),
        ("graph.facebook.com", asked("facebook/v17.0/me?fields=id,name,email", "facebook/v17.0/app")),
        ("www.amazon.com", asked("amazon/user/profile", "amazon/auth/o2/tokeninfo")),
    ];
    let oidc = OidcProvider { issuer: format!("{at}/oidc"), client_ids: vec![oidc_client.to_owned()], roles: vec![] };
    let saml = SamlProvider {
        arn: SAML.to_owned(),
        metadata_url: place("saml/metadata"),
        metadata_file: None,
        audience: AUDIENCE.to_owned(),
        recipient: RECIPIENT.to_owned(),
    };
    IdentityPools {
        login_providers: login_providers.into_iter().map(|(name, one)| (name.to_owned(), one)).collect(),
        oidc_providers: vec![oidc],
        saml_providers: vec![saml],
        issuer: None,
    }
}

impl Everybody {
    async fn new() -> Self {
        let listen = format!("127.0.0.1:{}", free_port());
        let origin = format!("http://{listen}");
        let known = told(&origin, "simulated-oidc");
        let app = TestApp::start(Mode::Development, |config| config.identity_pools = known).await;
        let clock = app.cx.outside.clock.clone();
        let outsider = Outsider::new(&origin, clock.clone());
        let client = |name: &str| outsider.client(name).to_owned();
        let outside = simulated::Outside { clock, random: Random::Real };
        let bound = Simulated::bind(&listen, origin.parse().unwrap(), outside).unwrap();
        actix_web::rt::spawn(bound.server);
        let host = origin.trim_start_matches("http://");
        let logins = json!({
            "SupportedLoginProviders": {
                "accounts.google.com": client("Google"), "appleid.apple.com": client("SignInWithApple"),
                "graph.facebook.com": client("Facebook"), "www.amazon.com": client("LoginWithAmazon"),
            },
            "OpenIdConnectProviderARNs": [format!("arn:aws:iam::123456789012:oidc-provider/{host}/oidc")],
            "SamlProviderARNs": [SAML],
        });
        Self { stage: Stage::of(app, logins).await, outsider }
    }

    async fn token(&self, provider: &str, client: Option<&str>, choices: &[(&str, &str)]) -> String {
        self.outsider.token(provider, client, choices).await
    }

    async fn refuses(&self, name: &str, token: &str, text: &str) {
        let body = json!({ "IdentityPoolId": self.stage.pool, "Logins": { name: token } });
        refuses(&self.stage.app, "GetId", body, ("NotAuthorizedException", text)).await;
    }
}

#[actix_web::test]
async fn a_login_of_each_kind_earns_credentials() {
    let everybody = Everybody::new().await;
    let stage = &everybody.stage;
    let mut seen = BTreeSet::new();
    for (name, provider) in everybody.outsider.logins(SAML) {
        for person in [ADA, GRACE] {
            let token = everybody.token(provider, None, person).await;
            let logins = json!({ &name: token });
            let id = stage.id(&logins).await;
            let credentials = stage.credentials(&id, &logins).await;
            let told = Keys::of(&credentials).sts(&stage.app, "Action=GetCallerIdentity&Version=2011-06-15").await;
            let arn = "arn:aws:sts::123456789012:assumed-role/Authenticated/CognitoIdentityCredentials";
            assert_eq!((told.status, element(&told.text, "Arn")), (200, arn), "{name}");
            let again = json!({ &name: everybody.token(provider, None, person).await });
            assert_eq!(stage.id(&again).await, id, "{name}: the same person has the same identity");
            let described = stage.ok("DescribeIdentity", json!({ "IdentityId": id })).await;
            assert_eq!(described["Logins"], json!([name]));
            assert!(seen.insert(id), "{name}: somebody else's identity");
        }
    }
}

#[actix_web::test]
async fn tokens_for_another_app_and_badly_signed_ones_earn_nothing() {
    let everybody = Everybody::new().await;
    for (name, provider) in everybody.outsider.logins(SAML) {
        let foreign = everybody.token(provider, Some("another-app"), ADA).await;
        let text = match provider {
            "SimulatedSAML" => "Not a valid login.",
            _ => "Token is not from a supported provider of this identity pool.",
        };
        everybody.refuses(&name, &foreign, text).await;
        if matches!(provider, "Facebook" | "LoginWithAmazon") {
            everybody.refuses(&name, "nobody gave this out", "Token signature invalid.").await;
            continue;
        }
        let broken = everybody.token(provider, None, &[ADA, &[("broken_token", "on")]].concat()).await;
        let text = if provider == "SimulatedSAML" { "Not a valid login." } else { "Token signature invalid." };
        everybody.refuses(&name, &broken, text).await;
    }
    let listed = json!({ "IdentityPoolId": everybody.stage.pool, "MaxResults": 10, "HideDisabled": false });
    assert_eq!(everybody.stage.ok("ListIdentities", listed).await["Identities"], json!([]));
}

#[actix_web::test]
async fn tokens_of_one_provider_under_the_name_of_another_and_old_ones_earn_nothing() {
    let everybody = Everybody::new().await;
    let google = everybody.token("Google", None, ADA).await;
    everybody.refuses("appleid.apple.com", &google, "Issuer doesn't match providerName").await;
    let response = everybody.token("SimulatedSAML", None, ADA).await;
    everybody.refuses("accounts.google.com", &response, "Not a valid OpenId Connect identity token.").await;
    everybody.refuses(SAML, &google, "Not a valid login.").await;
    everybody.stage.app.advance(7_200);
    everybody.refuses("accounts.google.com", &google, "Token expired:").await;
    everybody.refuses(SAML, &response, "Not a valid login.").await;
}

#[actix_web::test]
async fn what_a_provider_says_chooses_the_role_and_the_tags() {
    let everybody = Everybody::new().await;
    let stage = &everybody.stage;
    let saml_name = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name";
    for (name, provider, claim, value) in [
        ("accounts.google.com", "Google", "email", "ada@example.com"),
        ("graph.facebook.com", "Facebook", "email", "ada@example.com"),
        (SAML, "SimulatedSAML", saml_name, "Ada Example"),
    ] {
        let role = "arn:aws:iam::123456789012:role/Staff";
        let rules = json!([{ "Claim": claim, "MatchType": "Equals", "Value": value, "RoleARN": role }]);
        let mapping =
            json!({ "Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": { "Rules": rules } });
        let roles = json!({
            "IdentityPoolId": stage.pool, "Roles": { "authenticated": super::AUTHENTICATED }, "RoleMappings": { name: mapping },
        });
        stage.ok("SetIdentityPoolRoles", roles).await;
        let tags =
            json!({ "IdentityPoolId": stage.pool, "IdentityProviderName": name, "PrincipalTags": { "who": claim } });
        stage.ok("SetPrincipalTagAttributeMap", tags).await;
        let logins = json!({ name: everybody.token(provider, None, ADA).await });
        let id = stage.id(&logins).await;
        let keys = Keys::of(&stage.credentials(&id, &logins).await);
        let told = keys.verified(&stage.app, ("hello", "hello"), stage.app.cx.now().seconds()).await.json();
        assert_eq!((&told["Role"], &told["Tags"]), (&json!(role), &json!({ "who": value })), "{name}");
        let logins = json!({ name: everybody.token(provider, None, GRACE).await });
        let id = stage.id(&logins).await;
        let body = json!({ "IdentityId": id, "Logins": logins });
        stage.refuses("GetCredentialsForIdentity", body, ("NotAuthorizedException", "No role")).await;
    }
}
