//! Owns what only Apple does: a client secret that is a signed token, and a name that comes once, through the browser.
//! It must not know how the secret is sent.

use std::collections::BTreeMap;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::exchange::required;
use super::{Arrival, FederationFault};
use crate::clock::Timestamp;
use crate::domain::provider::Provider;

/// For how many seconds a client secret is good: it is made for one request. Apple allows six months.
const LIFETIME: i64 = 300;
/// The longest `user` that is looked at, in bytes.
const LONGEST_USER: usize = 4096;

/// The client secret for a request at `now` (Apple, "Creating a client secret").
///
/// # Errors
/// When the provider's details are incomplete or its key is not one for ES256.
pub(super) fn client_secret(provider: &Provider, now: Timestamp) -> Result<SecretString, FederationFault> {
    let unusable =
        |cause: &str| FederationFault::invalid(format!("{} Error - unusable private_key", provider.name), cause);
    let pem = provider.secret.as_ref().ok_or_else(|| unusable("there is none"))?;
    let body: String = pem.expose_secret().lines().filter(|line| !line.starts_with("-----")).collect();
    let body: String = body.split_whitespace().collect();
    let der = STANDARD.decode(body).map_err(|_| unusable("not base64"))?;
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der)
        .map_err(|_| unusable("not a P-256 key in PKCS#8"))?;
    let header = json!({"alg": "ES256", "kid": required(provider, "key_id")?});
    let claims = json!({
        "iss": required(provider, "team_id")?,
        "iat": now.seconds(),
        "exp": now.plus_seconds(LIFETIME).seconds(),
        "aud": required(provider, "oidc_issuer")?,
        "sub": required(provider, "client_id")?,
    });
    let encode = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", encode(&header), encode(&claims));
    let signature =
        key.sign(&SystemRandom::new(), message.as_bytes()).map_err(|_| unusable("the key refused to sign"))?;
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
}

/// The names in the parameter `user`, which comes at the first consent only. Nobody signed it: of what it says only
/// the names are taken, which people may choose anyway; the address is the ID token's.
pub(super) fn names(arrival: &Arrival) -> BTreeMap<String, String> {
    #[derive(Deserialize)]
    struct User {
        name: Option<Name>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Name {
        first_name: Option<String>,
        last_name: Option<String>,
    }
    let user = arrival.get("user").filter(|user| user.len() <= LONGEST_USER);
    let name = user.and_then(|user| serde_json::from_str::<User>(user).ok()).and_then(|user| user.name);
    let Some(name) = name else { return BTreeMap::new() };
    let parts = [("firstName", name.first_name), ("lastName", name.last_name)];
    let mut names: BTreeMap<String, String> = parts
        .into_iter()
        .filter_map(|(claim, part)| part.filter(|part| !part.is_empty()).map(|part| (claim.to_owned(), part)))
        .collect();
    let full = names.values().cloned().collect::<Vec<_>>().join(" ");
    if !full.is_empty() {
        names.insert("name".to_owned(), full);
    }
    names
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, KeyPair as _, UnparsedPublicKey};

    use super::super::fake_provider::{EC, EC_PKCS8, provider};
    use super::*;
    use crate::domain::provider::ProviderType;

    fn apple(private_key: &str) -> Provider {
        let details = [
            ("client_id", "com.example.app"),
            ("team_id", "TEAM"),
            ("key_id", "KEY"),
            ("oidc_issuer", "https://appleid.apple.com"),
        ];
        Provider { secret: Some(private_key.into()), ..provider(ProviderType::SignInWithApple, &details) }
    }

    #[test]
    fn the_client_secret_is_what_apple_asks_for() {
        let body = STANDARD.encode(&*EC_PKCS8);
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n{}\n-----END PRIVATE KEY-----\n", &body[..64], &body[64..]);
        for private_key in [&body, &pem] {
            let secret = client_secret(&apple(private_key), Timestamp::from_seconds(1000)).unwrap();
            let parts: Vec<&str> = secret.expose_secret().split('.').collect();
            let json = |part: &str| -> serde_json::Value {
                serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
            };
            assert_eq!(json(parts[0]), json!({"alg": "ES256", "kid": "KEY"}));
            let aud = "https://appleid.apple.com";
            let claims = json!({"iss": "TEAM", "sub": "com.example.app", "aud": aud, "iat": 1000, "exp": 1300});
            assert_eq!(json(parts[1]), claims);
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, EC.public_key().as_ref())
                .verify(format!("{}.{}", parts[0], parts[1]).as_bytes(), &URL_SAFE_NO_PAD.decode(parts[2]).unwrap())
                .unwrap();
        }
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        for private_key in ["", "%%%", "AAAA"] {
            let fault = client_secret(&apple(private_key), Timestamp::default()).unwrap_err();
            assert!(fault.description.contains("private_key"), "{fault:?}");
        }
    }

    #[test]
    fn of_the_user_only_the_names_are_taken() {
        let names_of = |user: &str| {
            names(&Arrival { parameters: BTreeMap::from([("user".to_owned(), user.to_owned())]) })
                .into_iter()
                .map(|(claim, value)| format!("{claim}={value}"))
                .collect::<Vec<_>>()
                .join(" ")
        };
        let full = r#"{"name":{"firstName":"Ada","lastName":"King"},"email":"x@example.com","sub":"1"}"#;
        assert_eq!(names_of(full), "firstName=Ada lastName=King name=Ada King");
        assert_eq!(names_of(r#"{"name":{"firstName":"Ada"}}"#), "firstName=Ada name=Ada");
        for junk in ["", "{", "[]", "null", r#"{"name":7}"#, r#"{"name":{"firstName":{}}}"#, r#"{"name":{}}"#] {
            assert_eq!(names_of(junk), "", "{junk}");
        }
        assert_eq!(names_of(&format!(r#"{{"name":{{"firstName":"{}"}}}}"#, "a".repeat(LONGEST_USER))), "");
    }
}
