//! Owns the ID tokens that must not be believed: each differs from a good one in one thing, and is refused for that.

use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::fake_provider::{NOW, OTHER_RSA, RSA, Signer, ec_jwk, rsa_jwk, signed};
use super::id_token::{Distrust, Expected, keys, verify};
use crate::clock::Timestamp;

const ISSUER: &str = "https://issuer.example";
const CLIENT: &str = "client";

fn expected() -> Expected<'static> {
    Expected {
        issuer: ISSUER,
        may_lack_scheme: false,
        client_id: CLIENT,
        nonce: Some("n0nce"),
        now: Timestamp::from_seconds(NOW),
        algorithm: None,
        secret: None,
    }
}

/// Good claims with some members changed; null takes one away.
fn claims(change: &Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "aud": CLIENT, "sub": "248289761001", "nonce": "n0nce", "iat": NOW, "exp": NOW + 3600,
    });
    let members = claims.as_object_mut().unwrap();
    members.extend(change.as_object().unwrap().clone());
    members.retain(|_, value| !value.is_null());
    claims
}

fn rsa() -> Signer<'static> {
    Signer::Rsa(&RSA, &RSA_PKCS1_SHA256)
}

fn token(header: &Value, change: &Value) -> String {
    signed(header, &claims(change), &rsa())
}

fn jwks(keys_of_set: &[Value]) -> Vec<jsonwebtoken::jwk::Jwk> {
    keys(json!({"keys": keys_of_set}).to_string().as_bytes()).unwrap()
}

fn verdict(token: &str) -> Result<(), Distrust> {
    verify(token, &jwks(&[rsa_jwk(), ec_jwk()]), &expected()).map(|_| ())
}

#[test]
fn good_tokens_are_believed_in_every_algorithm_of_the_list() {
    for (algorithm, kid, signer) in [
        ("RS256", "rsa", rsa()),
        ("RS384", "rsa", Signer::Rsa(&RSA, &RSA_PKCS1_SHA384)),
        ("RS512", "rsa", Signer::Rsa(&RSA, &RSA_PKCS1_SHA512)),
        ("PS256", "rsa", Signer::Rsa(&RSA, &RSA_PSS_SHA256)),
        ("ES256", "ec", Signer::Ec),
    ] {
        let token = signed(&json!({"alg": algorithm, "kid": kid, "typ": "JWT"}), &claims(&json!({})), &signer);
        assert_eq!(verdict(&token), Ok(()), "{algorithm}");
    }
}

#[test]
fn odd_but_good_claims_are_believed() {
    for change in [
        json!({"aud": [CLIENT]}),
        json!({"aud": [CLIENT, "other"], "azp": CLIENT}),
        json!({"azp": CLIENT}),
        json!({"exp": NOW - 299}),
        json!({"iat": NOW + 300}),
        json!({"iat": 1_800_000_000.75}),
        json!({"updated_at": "2024-01-01T00:00:00Z", "address": "a text", "name": ["a"], "nested": {"a": [{}]}}),
        json!({"email_verified": "true"}),
    ] {
        assert_eq!(verdict(&token(&json!({"alg": "RS256", "kid": "rsa"}), &change)), Ok(()), "{change}");
    }
}

#[test]
fn wrong_claims_are_refused_each_for_its_own_reason() {
    let issuer = |text: &str| Distrust::Issuer(text.to_owned());
    for (change, reason) in [
        (json!({"iss": "https://evil.example"}), issuer("https://evil.example")),
        (json!({"iss": "https://issuer.example/"}), issuer("https://issuer.example/")),
        (json!({"iss": "issuer.example"}), issuer("issuer.example")),
        (json!({"iss": null}), issuer("")),
        (json!({"iss": [ISSUER]}), issuer("")),
        (json!({"aud": "other"}), Distrust::Audience),
        (json!({"aud": ["other"]}), Distrust::Audience),
        (json!({"aud": []}), Distrust::Audience),
        (json!({"aud": null}), Distrust::Audience),
        (json!({"aud": [CLIENT, 7]}), Distrust::Audience),
        (json!({"aud": {"client": true}}), Distrust::Audience),
        (json!({"aud": [[CLIENT]]}), Distrust::Audience),
        (json!({"aud": [CLIENT, "other"]}), Distrust::AuthorizedParty),
        (json!({"aud": [CLIENT, "other"], "azp": "other"}), Distrust::AuthorizedParty),
        (json!({"azp": "other"}), Distrust::AuthorizedParty),
        (json!({"azp": [CLIENT]}), Distrust::AuthorizedParty),
        (json!({"exp": NOW - 300}), Distrust::Expired),
        (json!({"exp": -1e300}), Distrust::Expired),
        (json!({"exp": null}), Distrust::NoTime),
        (json!({"exp": "tomorrow"}), Distrust::NoTime),
        (json!({"iat": null}), Distrust::NoTime),
        (json!({"iat": [NOW]}), Distrust::NoTime),
        (json!({"iat": NOW + 301}), Distrust::Future),
        (json!({"iat": 1e300}), Distrust::Future),
        (json!({"nbf": NOW + 301}), Distrust::Future),
        (json!({"nonce": "other"}), Distrust::Nonce),
        (json!({"nonce": null}), Distrust::Nonce),
        (json!({"nonce": ""}), Distrust::Nonce),
        (json!({"nonce": ["n0nce"]}), Distrust::Nonce),
        (json!({"sub": null}), Distrust::Subject),
        (json!({"sub": ""}), Distrust::Subject),
        (json!({"sub": 248_289_761}), Distrust::Subject),
        (json!({"sub": ["1"]}), Distrust::Subject),
        (json!({"sub": {"id": "1"}}), Distrust::Subject),
        (json!({"sub": "a\nb"}), Distrust::Subject),
        (json!({"sub": "a".repeat(256)}), Distrust::Subject),
    ] {
        assert_eq!(verdict(&token(&json!({"alg": "RS256", "kid": "rsa"}), &change)), Err(reason), "{change}");
    }
}

#[test]
fn wrong_headers_are_refused_each_for_its_own_reason() {
    for (header, reason) in [
        (json!({"alg": "HS256", "kid": "rsa"}), Distrust::Algorithm),
        (json!({"alg": "none", "kid": "rsa"}), Distrust::Algorithm),
        (json!({"alg": "None", "kid": "rsa"}), Distrust::Algorithm),
        (json!({"alg": "rs256", "kid": "rsa"}), Distrust::Algorithm),
        (json!({"alg": "EdDSA", "kid": "rsa"}), Distrust::Algorithm),
        (json!({"alg": "PS512", "kid": "rsa"}), Distrust::Algorithm),
        (json!({"kid": "rsa"}), Distrust::Malformed),
        (json!({"alg": ["RS256"], "kid": "rsa"}), Distrust::Malformed),
        (json!({"alg": "RS256", "kid": 1}), Distrust::Malformed),
        (json!({"alg": "RS256"}), Distrust::NoKey),
        (json!({"alg": "RS256", "kid": "unknown"}), Distrust::UnknownKey),
        (json!({"alg": "RS256", "kid": "ec"}), Distrust::UnfitKey),
        (json!({"alg": "ES256", "kid": "rsa"}), Distrust::UnfitKey),
        (json!({"alg": "ES384", "kid": "ec"}), Distrust::UnfitKey),
        (json!({"alg": "RS384", "kid": "rsa"}), Distrust::Signature),
        (json!({"alg": "PS256", "kid": "rsa"}), Distrust::Signature),
        (json!({"alg": "RS256", "kid": "rsa", "jwk": rsa_jwk()}), Distrust::ForeignKey),
        (json!({"alg": "RS256", "kid": "rsa", "jku": "https://evil.example/jwks"}), Distrust::ForeignKey),
        (json!({"alg": "RS256", "kid": "rsa", "x5u": "https://evil.example/x"}), Distrust::ForeignKey),
        (json!({"alg": "RS256", "kid": "rsa", "x5c": ["AAAA"]}), Distrust::ForeignKey),
        (json!({"alg": "RS256", "kid": "rsa", "crit": ["exp"]}), Distrust::Critical),
    ] {
        assert_eq!(verdict(&token(&header, &json!({}))), Err(reason), "{header}");
    }
}

#[test]
fn wrong_signatures_are_refused() {
    let header = json!({"alg": "RS256", "kid": "rsa"});
    let good = token(&header, &json!({}));
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (head, _) = message.split_once('.').unwrap();
    let other = URL_SAFE_NO_PAD.encode(claims(&json!({"sub": "root"})).to_string());
    for changed in [
        signed(&header, &claims(&json!({})), &Signer::Rsa(&OTHER_RSA, &RSA_PKCS1_SHA256)),
        signed(&header, &claims(&json!({})), &Signer::Nobody),
        signed(&json!({"alg": "ES256", "kid": "ec"}), &claims(&json!({})), &rsa()),
        format!("{head}.{other}.{signature}"),
        format!("{message}."),
        format!("{message}.{}", URL_SAFE_NO_PAD.encode([0; 256])),
    ] {
        assert_eq!(verdict(&changed), Err(Distrust::Signature), "{changed}");
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let good = token(&json!({"alg": "RS256", "kid": "rsa"}), &json!({}));
    for junk in ["", ".", "..", "a.b.c", "e30.e30.", &format!("{good}.x"), &"a".repeat(20_000), &good[..20]] {
        assert_eq!(verdict(junk), Err(Distrust::Malformed), "{junk}");
    }
    let twice = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","alg":"RS256","kid":"rsa"}"#);
    assert_eq!(verdict(&format!("{twice}.e30.")), Err(Distrust::Malformed));
    let list = signed(&json!({"alg": "RS256", "kid": "rsa"}), &json!([1, 2]), &rsa());
    assert_eq!(verdict(&list), Err(Distrust::Claims));
}

#[test]
fn a_shared_secret_signs_only_where_the_details_say_so() {
    let secret: SecretString = "s3cr3t".into();
    let hmac =
        |key: &[u8], kid: &str| signed(&json!({"alg": "HS256", "kid": kid}), &claims(&json!({})), &Signer::Hmac(key));
    assert_eq!(verdict(&hmac(b"s3cr3t", "rsa")), Err(Distrust::Algorithm));
    let modulus = rsa_jwk()["n"].as_str().unwrap().to_owned();
    assert_eq!(verdict(&hmac(modulus.as_bytes(), "rsa")), Err(Distrust::Algorithm));
    assert_eq!(verdict(&hmac(&URL_SAFE_NO_PAD.decode(&modulus).unwrap(), "rsa")), Err(Distrust::Algorithm));
    let registered = Expected { algorithm: Some("HS256"), secret: Some(&secret), ..expected() };
    let keys = jwks(&[rsa_jwk()]);
    assert!(verify(&hmac(b"s3cr3t", "any"), &keys, &registered).is_ok());
    assert_eq!(verify(&hmac(modulus.as_bytes(), "rsa"), &keys, &registered), Err(Distrust::Signature));
    let asymmetric = token(&json!({"alg": "RS256", "kid": "rsa"}), &json!({}));
    assert_eq!(verify(&asymmetric, &keys, &registered), Err(Distrust::Algorithm));
    let without = Expected { algorithm: Some("HS256"), ..expected() };
    assert_eq!(verify(&hmac(b"", "any"), &keys, &without), Err(Distrust::UnfitKey));
    let none = Expected { algorithm: Some("none"), secret: Some(&secret), ..expected() };
    let unsigned = signed(&json!({"alg": "none"}), &claims(&json!({})), &Signer::Nobody);
    assert_eq!(verify(&unsigned, &keys, &none), Err(Distrust::Algorithm));
}

#[test]
fn key_sets_that_leave_doubt_are_refused() {
    let good = token(&json!({"alg": "RS256", "kid": "rsa"}), &json!({}));
    let changed = |name: &str, value: Value| {
        let mut key = rsa_jwk();
        key[name] = value;
        key
    };
    for (set, reason) in [
        (vec![rsa_jwk(), rsa_jwk()], Distrust::AmbiguousKey),
        (vec![changed("use", json!("enc"))], Distrust::UnfitKey),
        (vec![changed("alg", json!("RS512"))], Distrust::UnfitKey),
        (vec![changed("n", json!("AQAB"))], Distrust::Signature),
        (vec![changed("kid", json!("RSA"))], Distrust::UnknownKey),
    ] {
        assert_eq!(verify(&good, &jwks(&set), &expected()), Err(reason), "{set:?}");
    }
    for document in [
        "",
        "{}",
        "[]",
        "null",
        r#"{"keys":[]}"#,
        r#"{"keys":{}}"#,
        r#"{"keys":[7,{"kty":"RSA"},{"kty":"oct","kid":"rsa","k":"AAAA"}]}"#,
        "<html>",
    ] {
        assert!(keys(document.as_bytes()).is_err(), "{document}");
    }
    let mixed = jwks(&[json!(7), json!({"kty": "future"}), json!({"kty": "RSA"}), rsa_jwk()]);
    assert!(verify(&good, &mixed, &expected()).is_ok(), "keys that mean nothing to us are passed over");
}

#[test]
fn only_google_may_leave_out_the_scheme() {
    let google = Expected { may_lack_scheme: true, ..expected() };
    let keys = jwks(&[rsa_jwk()]);
    let issued_by = |issuer: &str| token(&json!({"alg": "RS256", "kid": "rsa"}), &json!({"iss": issuer}));
    assert!(verify(&issued_by("issuer.example"), &keys, &google).is_ok());
    assert!(verify(&issued_by(ISSUER), &keys, &google).is_ok());
    assert!(verify(&issued_by("http://issuer.example"), &keys, &google).is_err());
    assert!(verify(&issued_by("evil.example"), &keys, &google).is_err());
}
