//! Tokens that are accepted, and every kind that is not.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::*;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| new_key("kid/+="));

fn new_key(kid: &str) -> SigningKey {
    SigningKey::from_pkcs8(kid.to_owned(), &SigningKey::generate_pkcs8().unwrap()).unwrap()
}

fn verifying() -> VerifyingKey {
    VerifyingKey::try_from(&*KEY).unwrap()
}

fn with_header(token: &str, header: &str) -> String {
    let (_, rest) = token.split_once('.').unwrap();
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header))
}

#[test]
fn the_header_is_kid_then_algorithm_and_nothing_else() {
    let token = KEY.sign(&json!({"sub": "alice"})).unwrap();
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    assert_eq!(header, br#"{"kid":"kid/+=","alg":"RS256"}"#);
    assert_eq!(peek_kid(&token).as_deref(), Some("kid/+="));
}

#[test]
fn a_signed_token_verifies_whatever_its_times_and_audience() {
    let claims = json!({"sub": "alice", "exp": 1, "nbf": 9_999_999_999_u64, "aud": "client", "iss": "x"});
    let token = KEY.sign(&claims).unwrap();
    assert_eq!(verify::<Value>(&token, &verifying()), Ok(claims));
    let odd = json!({"exp": "soon", "aud": 7});
    assert_eq!(verify::<Value>(&KEY.sign(&odd).unwrap(), &verifying()), Ok(odd));
}

#[test]
fn the_published_key_verifies_after_a_round_trip() {
    let published = serde_json::to_string(&KEY.jwk()).unwrap();
    let jwk: Jwk = serde_json::from_str(&published).unwrap();
    assert_eq!((jwk.e.as_str(), jwk.n.len()), ("AQAB", 342));
    let token = KEY.sign(&json!({"a": 1})).unwrap();
    assert!(verify::<Value>(&token, &VerifyingKey::try_from(&jwk).unwrap()).is_ok());
}

#[test]
fn a_key_for_one_digest_does_not_verify_the_other() {
    let der = SigningKey::generate_pkcs8().unwrap();
    let short = SigningKey::from_pkcs8("k".into(), &der).unwrap();
    let long = SigningKey::from_pkcs8("k".into(), &der).unwrap().with_sha512();
    let token = long.sign(&json!({"a": 1})).unwrap();
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    assert_eq!(header, br#"{"kid":"k","typ":"JWS","alg":"RS512"}"#);
    assert_eq!((peek_kid(&token), peek_kid_rs512(&token).as_deref()), (None, Some("k")));
    let (short_key, long_key) = (VerifyingKey::try_from(&short).unwrap(), VerifyingKey::try_from(&long).unwrap());
    assert!(verify::<Value>(&token, &long_key).is_ok());
    assert_eq!(verify::<Value>(&token, &short_key), Err(JwtFault::Malformed));
    assert_eq!(verify::<Value>(&short.sign(&json!({"a": 1})).unwrap(), &long_key), Err(JwtFault::Malformed));
}

#[test]
fn another_key_does_not_verify() {
    let token = new_key("kid/+=").sign(&json!({"sub": "alice"})).unwrap();
    assert_eq!(verify::<Value>(&token, &verifying()), Err(JwtFault::Signature));
}

#[test]
fn changed_claims_or_signature_do_not_verify() {
    let token = KEY.sign(&json!({"sub": "alice"})).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"root"}"#);
    for changed in [
        format!("{}.{claims}.{}", parts[0], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}.{}", parts[0], parts[1], URL_SAFE_NO_PAD.encode([0; 256])),
    ] {
        assert_eq!(verify::<Value>(&changed, &verifying()), Err(JwtFault::Signature));
    }
}

#[test]
fn a_header_that_is_not_plain_rs256_is_refused() {
    let token = KEY.sign(&json!({"sub": "alice"})).unwrap();
    for header in [
        r#"{"kid":"k","alg":"none"}"#,
        r#"{"kid":"k","alg":"HS256"}"#,
        r#"{"kid":"k","alg":"rs256"}"#,
        r#"{"kid":"k"}"#,
        r#"{"kid":"k","alg":"none","alg":"RS256"}"#,
        r#"{"kid":"k","alg":"RS256","jwk":{}}"#,
        r#"{"kid":"k","alg":"RS256","jku":"https://example.com"}"#,
        r#"{"kid":"k","alg":"RS256","x5u":"https://example.com"}"#,
        r#"{"kid":"k","alg":"RS256","x5c":[]}"#,
        r#"{"kid":"k","alg":"RS256","crit":["exp"]}"#,
        r#"{"kid":"k","alg":"RS256","crit":null}"#,
        "[]",
        "",
    ] {
        let changed = with_header(&token, header);
        assert_eq!(peek_kid(&changed), None, "{header}");
        assert_eq!(verify::<Value>(&changed, &verifying()), Err(JwtFault::Malformed), "{header}");
    }
    assert_eq!(peek_kid(&with_header(&token, r#"{"alg":"RS256"}"#)), None);
}

#[test]
fn a_secret_made_of_the_public_key_does_not_verify() {
    let header = URL_SAFE_NO_PAD.encode(r#"{"kid":"kid/+=","alg":"HS256"}"#);
    let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(r#"{"sub":"root"}"#));
    let signature = crate::crypto::digest::hmac_sha256(KEY.jwk().n.as_bytes(), message.as_bytes());
    let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature));
    assert_eq!(verify::<Value>(&token, &verifying()), Err(JwtFault::Malformed));
}

#[test]
fn a_token_of_another_size_or_number_of_parts_is_refused() {
    let token = KEY.sign(&json!({"sub": "alice"})).unwrap();
    let (two, _) = token.rsplit_once('.').unwrap();
    for other in ["", ".", "..", two, &format!("{token}.x"), &format!("{token}..")] {
        assert_eq!(peek_kid(other), None);
    }
    let long = KEY.sign(&json!({"sub": "a".repeat(MAX_TOKEN_LENGTH)})).unwrap();
    assert_eq!(verify::<Value>(&long, &verifying()), Err(JwtFault::Malformed));
}

#[test]
fn claims_of_another_shape_are_told_apart_from_a_bad_signature() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Claims {
        sub: String,
    }
    let token = KEY.sign(&json!({"sub": 7})).unwrap();
    assert_eq!(verify::<Claims>(&token, &verifying()), Err(JwtFault::Claims));
}

#[test]
fn a_short_or_garbled_key_is_refused() {
    assert_eq!(SigningKey::from_pkcs8("k".into(), b"not a key").unwrap_err(), KeyFault::Malformed);
    let short = Jwk { n: URL_SAFE_NO_PAD.encode([0xff; 128]), ..KEY.jwk() };
    assert_eq!(VerifyingKey::try_from(&short).unwrap_err(), KeyFault::Malformed);
}

#[test]
fn the_signing_key_prints_only_its_name() {
    assert_eq!(format!("{:?}", *KEY), r#"SigningKey { kid: "kid/+=", .. }"#);
}
