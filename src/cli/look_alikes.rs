//! Owns what a development server's identity pools are told of the simulated providers: where each is, and which of
//! their apps an identity pool takes logins from. It must not know how logins are verified.

use serde_json::{Value, json};
use url::Url;

use crate::config::{LoginProvider, OidcProvider, PoolConfig, SamlProvider};
use crate::simulated::{ProviderSettings, provider_settings};

/// Tells `config` where the simulated providers at `url` are, but for what it names already; and gives the members of
/// `CreateIdentityPool` that take their logins.
pub fn tell(config: &mut PoolConfig, url: &Url) -> Value {
    let at = url.as_str().trim_end_matches('/');
    let settings = provider_settings(url);
    let client = |name: &str| detail(&settings, name, "client_id");
    let account = config.account_id.clone();
    let saml_arn = format!("arn:aws:iam::{account}:saml-provider/SimulatedSAML");
    let pools = &mut config.identity_pools;
    for (name, place) in places(at, &settings) {
        pools.login_providers.entry(name.to_owned()).or_insert(place);
    }
    let issuer = format!("{at}/oidc");
    if pools.oidc_providers.iter().all(|known| known.issuer != issuer) {
        let client_ids = vec![client("SimulatedOIDC")];
        pools.oidc_providers.push(OidcProvider { issuer, client_ids, roles: Vec::new() });
    }
    if pools.saml_providers.iter().all(|known| known.arn != saml_arn) {
        let metadata_url = Url::parse(&detail(&settings, "SimulatedSAML", "MetadataURL")).ok();
        pools.saml_providers.push(SamlProvider::at(saml_arn.clone(), metadata_url));
    }
    let host = at.split_once("://").map_or(at, |(_, host)| host);
    json!({
        "SupportedLoginProviders": {
            "accounts.google.com": client("Google"), "appleid.apple.com": client("SignInWithApple"),
            "graph.facebook.com": client("Facebook"), "www.amazon.com": client("LoginWithAmazon"),
        },
        "OpenIdConnectProviderARNs": [format!("arn:aws:iam::{account}:oidc-provider/{host}/oidc")],
        "SamlProviderARNs": [saml_arn],
    })
}

/// Where the public providers' look-alikes are.
fn places(at: &str, settings: &[ProviderSettings]) -> [(&'static str, LoginProvider); 4] {
    let by_issuer =
        |name: &str| LoginProvider { issuer: Some(detail(settings, name, "oidc_issuer")), ..LoginProvider::default() };
    let asked = |profile: String, application: String| LoginProvider {
        issuer: None,
        profile_url: Url::parse(&profile).ok(),
        application_url: Url::parse(&application).ok(),
    };
    let graph = format!("{at}/facebook/{}", detail(settings, "Facebook", "api_version"));
    let amazon = |name: &str| detail(settings, "LoginWithAmazon", name);
    [
        ("accounts.google.com", by_issuer("Google")),
        ("appleid.apple.com", by_issuer("SignInWithApple")),
        ("graph.facebook.com", asked(format!("{graph}/me?fields=id,name,email"), format!("{graph}/app"))),
        ("www.amazon.com", asked(amazon("attributes_url"), amazon("tokeninfo_url"))),
    ]
}

fn detail(settings: &[ProviderSettings], provider: &str, name: &str) -> String {
    let found = settings.iter().find(|one| one.name == provider);
    found.and_then(|one| one.details.get(name)).cloned().unwrap_or_default()
}
