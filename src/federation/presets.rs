//! Owns what is known beforehand about the four social providers: addresses, scopes and habits. Whatever a provider's
//! own details say wins over it, so that look-alikes can stand in. It must not send anything.

use std::collections::BTreeMap;

use crate::domain::provider::{Provider, ProviderType};

/// What is known of a social provider.
#[derive(Debug, Clone, Copy)]
struct Preset {
    provider_type: ProviderType,
    authorize_url: &'static str,
    token_url: &'static str,
    token_request_method: &'static str,
    attributes_url: Option<&'static str>,
    attributes_url_add_attributes: &'static str,
    oidc_issuer: Option<&'static str>,
    jwks_uri: Option<&'static str>,
    /// The scopes to ask for when the details name none.
    scopes: &'static str,
    /// Whether PKCE with S256 is understood (RFC 7636).
    has_pkce: bool,
}

/// The version of Facebook's API when the details name none.
const FACEBOOK_API: &str = "v17.0";

/// Cognito's table (Developer Guide, "Using social identity providers"); `{version}` is Facebook's `api_version`.
const PRESETS: [Preset; 4] = [
    Preset {
        provider_type: ProviderType::Google,
        authorize_url: "https://accounts.google.com/o/oauth2/v2/auth",
        token_url: "https://www.googleapis.com/oauth2/v4/token",
        token_request_method: "POST",
        attributes_url: Some("https://people.googleapis.com/v1/people/me?personFields="),
        attributes_url_add_attributes: "true",
        oidc_issuer: Some("https://accounts.google.com"),
        jwks_uri: Some("https://www.googleapis.com/oauth2/v3/certs"),
        scopes: "profile email openid",
        has_pkce: true,
    },
    Preset {
        provider_type: ProviderType::Facebook,
        authorize_url: "https://www.facebook.com/{version}/dialog/oauth",
        token_url: "https://graph.facebook.com/{version}/oauth/access_token",
        token_request_method: "GET",
        attributes_url: Some("https://graph.facebook.com/{version}/me?fields="),
        attributes_url_add_attributes: "true",
        oidc_issuer: None,
        jwks_uri: None,
        scopes: "public_profile",
        has_pkce: false,
    },
    Preset {
        provider_type: ProviderType::LoginWithAmazon,
        authorize_url: "https://www.amazon.com/ap/oa",
        token_url: "https://api.amazon.com/auth/o2/token",
        token_request_method: "POST",
        attributes_url: Some("https://api.amazon.com/user/profile"),
        attributes_url_add_attributes: "false",
        oidc_issuer: None,
        jwks_uri: None,
        scopes: "profile",
        has_pkce: true,
    },
    Preset {
        provider_type: ProviderType::SignInWithApple,
        authorize_url: "https://appleid.apple.com/auth/authorize",
        token_url: "https://appleid.apple.com/auth/token",
        token_request_method: "POST",
        attributes_url: None,
        attributes_url_add_attributes: "false",
        oidc_issuer: Some("https://appleid.apple.com"),
        jwks_uri: Some("https://appleid.apple.com/auth/keys"),
        scopes: "email name",
        has_pkce: false,
    },
];

/// The claim that is a provider's id of a person; the pool attribute `username` always comes from it.
#[must_use]
pub const fn username_claim(provider_type: ProviderType) -> &'static str {
    match provider_type {
        ProviderType::Facebook => "id",
        ProviderType::LoginWithAmazon => "user_id",
        ProviderType::Saml => "NameID",
        ProviderType::Google | ProviderType::SignInWithApple | ProviderType::Oidc => "sub",
    }
}

/// `details` with what Cognito's DescribeIdentityProvider adds. What is there stays. A provider of Google's or Apple's
/// kind with an issuer of its own gets no addresses of the real one: its discovery document names them.
#[must_use]
pub fn filled_in(provider_type: ProviderType, details: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut filled = details.clone();
    let mut add = |name: &str, value: &str| {
        filled.entry(name.to_owned()).or_insert_with(|| value.to_owned());
    };
    match preset(provider_type) {
        Some(preset) => {
            let version = details.get("api_version").map_or(FACEBOOK_API, String::as_str);
            let is_real = is_real(&preset, details);
            let addresses = [
                ("authorize_url", Some(preset.authorize_url)),
                ("token_url", Some(preset.token_url)),
                ("attributes_url", preset.attributes_url),
                ("oidc_issuer", preset.oidc_issuer),
            ];
            for (name, address) in addresses.into_iter().filter(|_| is_real) {
                address.into_iter().for_each(|address| add(name, &address.replace("{version}", version)));
            }
            add("token_request_method", preset.token_request_method);
            add("attributes_url_add_attributes", if is_real { preset.attributes_url_add_attributes } else { "false" });
            if provider_type == ProviderType::Facebook {
                add("api_version", FACEBOOK_API);
            }
        }
        None if provider_type == ProviderType::Oidc => add("attributes_url_add_attributes", "false"),
        None => {}
    }
    filled
}

/// `details` without the addresses that [`filled_in`] gave them, so that those of another version can come.
#[must_use]
pub fn without_filled_in(provider_type: ProviderType, details: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let Some(preset) = preset(provider_type) else { return details.clone() };
    let version = details.get("api_version").map_or(FACEBOOK_API, String::as_str);
    let filled = [
        ("authorize_url", Some(preset.authorize_url)),
        ("token_url", Some(preset.token_url)),
        ("attributes_url", preset.attributes_url),
    ];
    let is_filled = |name: &str, value: &str| {
        let known = filled.iter().find(|(known, _)| *known == name).and_then(|(_, address)| *address);
        known.is_some_and(|address| address.replace("{version}", version) == value)
    };
    let kept = details.iter().filter(|(name, value)| !is_filled(name, value));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// `provider` with everything that a sign-in needs to know, the unpublished parts of the preset included.
pub(super) fn complete(provider: &Provider) -> Provider {
    let mut complete = provider.clone();
    complete.details = filled_in(provider.provider_type, &provider.details);
    if let Some(preset) = preset(provider.provider_type) {
        let keys = preset.jwks_uri.filter(|_| is_real(&preset, &provider.details)).map(|uri| ("jwks_uri", uri));
        for (name, value) in keys.into_iter().chain([("authorize_scopes", preset.scopes)]) {
            complete.details.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    complete
}

/// Whether PKCE may be used though no metadata says so.
pub(super) fn has_pkce(provider_type: ProviderType) -> bool {
    preset(provider_type).is_some_and(|preset| preset.has_pkce)
}

fn preset(provider_type: ProviderType) -> Option<Preset> {
    PRESETS.into_iter().find(|preset| preset.provider_type == provider_type)
}

fn is_real(preset: &Preset, details: &BTreeMap<String, String>) -> bool {
    details.get("oidc_issuer").is_none_or(|issuer| preset.oidc_issuer == Some(issuer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn facebook_gets_the_addresses_of_its_version() {
        let filled = filled_in(ProviderType::Facebook, &details(&[("api_version", "v9.0")]));
        let expected = details(&[
            ("api_version", "v9.0"),
            ("attributes_url", "https://graph.facebook.com/v9.0/me?fields="),
            ("attributes_url_add_attributes", "true"),
            ("authorize_url", "https://www.facebook.com/v9.0/dialog/oauth"),
            ("token_request_method", "GET"),
            ("token_url", "https://graph.facebook.com/v9.0/oauth/access_token"),
        ]);
        assert_eq!(filled, expected);
    }

    #[test]
    fn another_version_brings_its_addresses_but_leaves_given_ones() {
        let given = details(&[("api_version", "v9.0"), ("token_url", "http://localhost:1/token")]);
        let filled = filled_in(ProviderType::Facebook, &given);
        let mut left = without_filled_in(ProviderType::Facebook, &filled);
        left.insert("api_version".to_owned(), "v21.0".to_owned());
        let filled = filled_in(ProviderType::Facebook, &left);
        assert_eq!(filled["authorize_url"], "https://www.facebook.com/v21.0/dialog/oauth");
        assert_eq!(filled["attributes_url"], "https://graph.facebook.com/v21.0/me?fields=");
        assert_eq!(filled["token_url"], "http://localhost:1/token");
    }

    #[test]
    fn google_gets_what_cognito_describes_and_not_more() {
        let filled = filled_in(ProviderType::Google, &details(&[("client_id", "c")]));
        assert_eq!(
            filled.keys().collect::<Vec<_>>(),
            [
                "attributes_url",
                "attributes_url_add_attributes",
                "authorize_url",
                "client_id",
                "oidc_issuer",
                "token_request_method",
                "token_url",
            ]
        );
    }

    #[test]
    fn what_the_details_say_wins() {
        let given = details(&[("token_url", "http://localhost:1/token"), ("attributes_url_add_attributes", "false")]);
        let filled = filled_in(ProviderType::LoginWithAmazon, &given);
        assert_eq!(filled["token_url"], "http://localhost:1/token");
        assert_eq!(filled["authorize_url"], "https://www.amazon.com/ap/oa");
    }

    #[test]
    fn a_look_alike_with_its_own_issuer_gets_no_real_address() {
        let filled = filled_in(ProviderType::Google, &details(&[("oidc_issuer", "http://localhost:9230/google")]));
        assert!(!filled.values().any(|value| value.contains("google.com") || value.contains("googleapis")));
    }

    #[test]
    fn saml_gets_nothing_and_oidc_one_line() {
        assert_eq!(filled_in(ProviderType::Saml, &BTreeMap::new()), BTreeMap::new());
        assert_eq!(
            filled_in(ProviderType::Oidc, &BTreeMap::new()),
            details(&[("attributes_url_add_attributes", "false")])
        );
    }
}
