//! Owns the way from a provider's claims to a pool's attributes: which claim goes where, and how JSON becomes text.
//! Pure; it must not know whether an attribute exists or may be written.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;
use serde_json::Value;

use super::{ExternalIdentity, FederationFault};
use crate::domain::provider::Provider;

/// The longest value of an attribute, in characters (API model, AttributeValueType).
const LONGEST_VALUE: usize = 2048;

/// The pool attributes that `provider` maps, with their values. A claim that is missing leaves its attribute out, so
/// that an old value survives. `username` is made from the subject and never mapped; `email_verified` comes only from
/// a mapping of its own.
///
/// # Errors
/// When a value is too long for an attribute.
pub fn attributes(
    provider: &Provider,
    identity: &ExternalIdentity,
) -> Result<BTreeMap<String, String>, FederationFault> {
    let mut attributes = BTreeMap::new();
    for (attribute, claim) in provider.attribute_mapping.iter().filter(|(attribute, _)| *attribute != "username") {
        let token = identity.tokens.get(claim).map(ExposeSecret::expose_secret);
        let Some(value) = token.or_else(|| identity.claims.get(claim).map(String::as_str)) else { continue };
        if value.chars().nth(LONGEST_VALUE).is_some() {
            let description = format!("user.{attribute}: String must be no longer than {LONGEST_VALUE} characters");
            return Err(FederationFault::invalid(description, format_args!("the claim {claim} is too long")));
        }
        attributes.insert(attribute.clone(), value.to_owned());
    }
    Ok(attributes)
}

/// A claim as text: text as it is, yes/no and numbers as JSON writes them, several values as `[a, b]` with each value
/// form-encoded, anything deeper as JSON. Null is empty.
#[must_use]
pub fn flattened(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        Value::Array(values) => {
            let encoded = |value| url::form_urlencoded::byte_serialize(flattened(value).as_bytes()).collect::<String>();
            format!("[{}]", values.into_iter().map(encoded).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// All claims as text, without those that are null.
pub(super) fn all_flattened(claims: serde_json::Map<String, Value>) -> BTreeMap<String, String> {
    claims.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name, flattened(value))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fake_provider::provider;
    use super::*;
    use crate::domain::provider::ProviderType;

    fn mapped(mapping: &[(&str, &str)], claims: &Value) -> Result<BTreeMap<String, String>, FederationFault> {
        let mut provider = provider(ProviderType::Oidc, &[]);
        provider.attribute_mapping = mapping.iter().map(|(a, c)| ((*a).to_owned(), (*c).to_owned())).collect();
        let identity = ExternalIdentity {
            subject: "1".to_owned(),
            claims: all_flattened(claims.as_object().unwrap().clone()),
            issuer: None,
            tokens: BTreeMap::from([("access_token".to_owned(), "secret".into())]),
            replay: None,
            session: None,
        };
        attributes(&provider, &identity)
    }

    fn pairs(attributes: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
        attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    #[test]
    fn claims_become_text() {
        for (value, text) in [
            (json!("plain text, as it is"), "plain text, as it is"),
            (json!(true), "true"),
            (json!(17), "17"),
            (json!(1.5), "1.5"),
            (json!(null), ""),
            (json!([]), "[]"),
            (json!(["a"]), "[a]"),
            (json!(["a", "b*c.d_e-f"]), "[a, b*c.d_e-f]"),
            (json!(["a b", "c, d", "ü"]), "[a+b, c%2C+d, %C3%BC]"),
            (json!([1, true]), "[1, true]"),
            (json!({"data": {"url": "x"}}), r#"{"data":{"url":"x"}}"#),
        ] {
            assert_eq!(flattened(value), text);
        }
    }

    #[test]
    fn what_is_mapped_and_present_comes_over() {
        let mapping = [("email", "mail"), ("name", "missing"), ("username", "sub"), ("custom:token", "access_token")];
        let claims = json!({"sub": "1", "mail": "a@example.com", "email_verified": true, "missing": null});
        let attributes = mapped(&mapping, &claims).unwrap();
        assert_eq!(pairs(&attributes), [("custom:token", "secret"), ("email", "a@example.com")]);
    }

    #[test]
    fn a_verified_address_needs_its_own_mapping() {
        let mapping = [("email", "email"), ("email_verified", "email_verified")];
        let attributes = mapped(&mapping, &json!({"email": "a@example.com", "email_verified": "true"})).unwrap();
        assert_eq!(pairs(&attributes), [("email", "a@example.com"), ("email_verified", "true")]);
    }

    #[test]
    fn the_longest_value_is_2048_characters() {
        let longest = "ü".repeat(LONGEST_VALUE);
        assert_eq!(mapped(&[("name", "name")], &json!({"name": longest})).unwrap()["name"], longest);
        let fault = mapped(&[("name", "name")], &json!({"name": format!("{longest}.")})).unwrap_err();
        assert!(fault.description.starts_with("user.name"), "{fault:?}");
    }
}
