//! Owns the settings with which a pool knows each simulated provider, under the names that Cognito's
//! `CreateIdentityProvider` has for them. It must not know how they are used.

use std::collections::BTreeMap;

use url::Url;

use super::keys::new_apple_private_key;
use super::kind::Kind;

/// The address of the SAML attributes that have standard names.
pub const SAML_CLAIMS: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";

/// What `CreateIdentityProvider` is told about one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSettings {
    /// `ProviderName`.
    pub name: String,
    /// `ProviderType`.
    pub provider_type: String,
    /// `ProviderDetails`.
    pub details: BTreeMap<String, String>,
    /// `AttributeMapping`: from the pool's attribute to the provider's.
    pub attribute_mapping: BTreeMap<String, String>,
}

/// The settings of the six providers at `public_url`. Apple's private key is new at every call: the simulated Apple
/// cannot check what is signed with it, since only the pool has it.
#[must_use]
pub fn provider_settings(public_url: &Url) -> Vec<ProviderSettings> {
    let base = public_url.as_str().trim_end_matches('/');
    Kind::ALL.into_iter().map(|kind| settings(kind, &format!("{base}/{}", kind.slug()))).collect()
}

fn settings(kind: Kind, at: &str) -> ProviderSettings {
    match kind {
        Kind::Google => google(at),
        Kind::Facebook => facebook(at),
        Kind::Amazon => amazon(at),
        Kind::Apple => apple(at),
        Kind::Oidc => oidc(at),
        Kind::Saml => saml(at),
    }
}

fn google(at: &str) -> ProviderSettings {
    let details = [
        ("client_id", "simulated-google.apps.example.com".to_owned()),
        ("client_secret", "simulated-google-secret".to_owned()),
        ("authorize_scopes", "openid email profile".to_owned()),
        ("oidc_issuer", at.to_owned()),
        ("authorize_url", format!("{at}/o/oauth2/v2/auth")),
        ("token_url", format!("{at}/oauth2/v4/token")),
        ("token_request_method", "POST".to_owned()),
        ("attributes_url", format!("{at}/oauth2/v3/userinfo")),
        ("attributes_url_add_attributes", "false".to_owned()),
        ("jwks_uri", format!("{at}/oauth2/v3/certs")),
    ];
    provider(("Google", "Google"), details, OIDC_CLAIMS)
}

fn facebook(at: &str) -> ProviderSettings {
    let details = [
        ("client_id", "100000000000009".to_owned()),
        ("client_secret", "simulated-facebook-secret".to_owned()),
        ("authorize_scopes", "public_profile,email".to_owned()),
        ("api_version", "v17.0".to_owned()),
        ("authorize_url", format!("{at}/v17.0/dialog/oauth")),
        ("token_url", format!("{at}/v17.0/oauth/access_token")),
        ("token_request_method", "GET".to_owned()),
        ("attributes_url", format!("{at}/v17.0/me?fields=")),
        ("attributes_url_add_attributes", "true".to_owned()),
    ];
    let mapping = [
        ("username", "id"),
        ("email", "email"),
        ("name", "name"),
        ("given_name", "first_name"),
        ("family_name", "last_name"),
        ("picture", "picture"),
    ];
    provider(("Facebook", "Facebook"), details, mapping)
}

fn amazon(at: &str) -> ProviderSettings {
    let details = [
        ("client_id", "amzn1.application-oa2-client.5e1f0a7ed0000000000000000000cafe".to_owned()),
        ("client_secret", "amzn1.oa2-cs.v1.simulated".to_owned()),
        ("authorize_scopes", "profile".to_owned()),
        ("authorize_url", format!("{at}/ap/oa")),
        ("token_url", format!("{at}/auth/o2/token")),
        ("token_request_method", "POST".to_owned()),
        ("attributes_url", format!("{at}/user/profile")),
        ("attributes_url_add_attributes", "false".to_owned()),
        ("tokeninfo_url", format!("{at}/auth/o2/tokeninfo")),
    ];
    let mapping = [("username", "user_id"), ("email", "email"), ("name", "name")];
    provider(("LoginWithAmazon", "LoginWithAmazon"), details, mapping)
}

fn apple(at: &str) -> ProviderSettings {
    let details = [
        ("client_id", "com.example.simulated".to_owned()),
        ("team_id", "SIMULATED1".to_owned()),
        ("key_id", "SIMULATED2".to_owned()),
        ("private_key", new_apple_private_key()),
        ("authorize_scopes", "email name".to_owned()),
        ("oidc_issuer", at.to_owned()),
        ("authorize_url", format!("{at}/auth/authorize")),
        ("token_url", format!("{at}/auth/token")),
        ("token_request_method", "POST".to_owned()),
        ("jwks_uri", format!("{at}/auth/keys")),
        ("attributes_url_add_attributes", "false".to_owned()),
    ];
    let mapping = [
        ("username", "sub"),
        ("email", "email"),
        ("email_verified", "email_verified"),
        ("name", "name"),
        ("given_name", "firstName"),
        ("family_name", "lastName"),
    ];
    provider(("SignInWithApple", "SignInWithApple"), details, mapping)
}

fn oidc(at: &str) -> ProviderSettings {
    let details = [
        ("client_id", "simulated-oidc".to_owned()),
        ("client_secret", "simulated-oidc-secret".to_owned()),
        ("authorize_scopes", "openid email profile".to_owned()),
        ("attributes_request_method", "GET".to_owned()),
        ("oidc_issuer", at.to_owned()),
        ("authorize_url", format!("{at}/authorize")),
        ("token_url", format!("{at}/token")),
        ("attributes_url", format!("{at}/userinfo")),
        ("jwks_uri", format!("{at}/jwks")),
        ("IDPSignout", "true".to_owned()),
    ];
    provider(("SimulatedOIDC", "OIDC"), details, OIDC_CLAIMS)
}

fn saml(at: &str) -> ProviderSettings {
    let details =
        [("MetadataURL", format!("{at}/metadata")), ("IDPSignout", "true".to_owned()), ("IDPInit", "true".to_owned())];
    let claim = |name: &str| format!("{SAML_CLAIMS}/{name}");
    let mapping = [
        ("email", claim("emailaddress")),
        ("name", claim("name")),
        ("given_name", claim("givenname")),
        ("family_name", claim("surname")),
        ("email_verified", "email_verified".to_owned()),
        ("picture", "picture".to_owned()),
    ];
    provider(("SimulatedSAML", "SAML"), details, mapping)
}

const OIDC_CLAIMS: [(&str, &str); 7] = [
    ("username", "sub"),
    ("email", "email"),
    ("email_verified", "email_verified"),
    ("name", "name"),
    ("given_name", "given_name"),
    ("family_name", "family_name"),
    ("picture", "picture"),
];

fn provider<'a, V: Into<String>>(
    (name, provider_type): (&str, &str),
    details: impl IntoIterator<Item = (&'a str, String)>,
    mapping: impl IntoIterator<Item = (&'a str, V)>,
) -> ProviderSettings {
    ProviderSettings {
        name: name.to_owned(),
        provider_type: provider_type.to_owned(),
        details: details.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        attribute_mapping: mapping.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_provider_is_described_with_addresses_of_its_own() {
        let all = provider_settings(&Url::parse("http://localhost:9230").unwrap());
        let names: Vec<_> = all.iter().map(|settings| settings.provider_type.as_str()).collect();
        assert_eq!(names, ["Google", "Facebook", "LoginWithAmazon", "SignInWithApple", "OIDC", "SAML"]);
        for (settings, kind) in all.iter().zip(Kind::ALL) {
            let own = format!("http://localhost:9230/{}", kind.slug());
            let addresses = settings.details.values().filter(|value| value.starts_with("http"));
            assert!(addresses.clone().count() > 0 && addresses.clone().all(|url| url.starts_with(&own)));
            assert!(settings.details.values().all(|value| !value.is_empty()), "{settings:?}");
        }
    }
}
