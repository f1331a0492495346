//! Owns how an app client proves itself to the API: `SECRET_HASH`, or the secret in clear where an operation takes it.
//! Any of the client's secrets counts. It must not know how the OAuth endpoints authenticate clients.

use secrecy::{ExposeSecret, SecretString};

use crate::crypto::digest::{is_equal, secret_hash};
use crate::domain::client::{Client, ClientSecret};
use crate::error::Error;

/// Under which name the proof is asked for; the refusals differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// `AuthParameters` and `ChallengeResponses`: `SECRET_HASH`.
    AsParameter,
    /// Everywhere else: the members `SecretHash` and `ClientSecret`.
    AsMember,
}

/// Checks a hash made over `username`, the very value sent in the same request.
///
/// # Errors
/// Cognito's refusals: missing, wrong, or not expected.
pub fn check_hash(client: &Client, username: &str, (hash, asked): (Option<&str>, Asked)) -> Result<(), Error> {
    let Some(hash) = expected(client, (hash, asked))? else { return Ok(()) };
    if is_hash_of(client, username, hash) { Ok(()) } else { Err(wrong(client)) }
}

/// Whether `proof` is the secret in clear, which some SDKs send in place of the hash to refresh; a client without a
/// secret needs none.
///
/// # Errors
/// Cognito's refusals: missing, or not expected.
pub fn is_secret_in_clear(client: &Client, proof: Option<&str>) -> Result<bool, Error> {
    let proof = expected(client, (proof, Asked::AsParameter))?;
    Ok(proof.is_none_or(|proof| is_secret_of(client, proof)))
}

/// Checks the hash that came with a refresh token: over the user name of the token's user, or over the `sub`.
///
/// # Errors
/// Cognito's refusal of a wrong one.
pub fn check_refresh_hash(client: &Client, names: [&str; 2], hash: Option<&str>) -> Result<(), Error> {
    let is_right = names.map(|name| is_hash_of(client, name, hash.unwrap_or_default())).contains(&true);
    if is_right { Ok(()) } else { Err(wrong(client)) }
}

/// Checks the secret in clear.
///
/// # Errors
/// Cognito's refusals: missing, wrong, or not expected.
pub fn check_secret(client: &Client, secret: Option<&SecretString>) -> Result<(), Error> {
    let secret = secret.map(ExposeSecret::expose_secret);
    let Some(secret) = expected(client, (secret, Asked::AsMember))? else { return Ok(()) };
    if is_secret_of(client, secret) { Ok(()) } else { Err(wrong(client)) }
}

/// The proof, if this client must bring one.
fn expected<'a>(client: &Client, (proof, asked): (Option<&'a str>, Asked)) -> Result<Option<&'a str>, Error> {
    let id = &client.id;
    let refusal = match (client.is_confidential(), proof) {
        (true, Some(_)) | (false, None) => return Ok(proof),
        (true, None) if asked == Asked::AsParameter => {
            format!("Client {id} is configured with secret but SECRET_HASH was not received")
        }
        (true, None) => format!("Client {id} is configured for secret but secret was not received"),
        (false, Some(_)) => format!("Client {id} is not configured for secret but secret was received"),
    };
    Err(Error::NotAuthorized(refusal.into()))
}

fn is_hash_of(client: &Client, username: &str, hash: &str) -> bool {
    let right = |secret: &ClientSecret| secret_hash(username, client.id.as_str(), secret.expose_secret());
    client.secrets.iter().any(|secret| is_equal(right(secret).as_bytes(), hash.as_bytes()))
}

fn is_secret_of(client: &Client, typed: &str) -> bool {
    client.secrets.iter().any(|secret| is_equal(secret.expose_secret().as_bytes(), typed.as_bytes()))
}

fn wrong(client: &Client) -> Error {
    Error::NotAuthorized(format!("Unable to verify secret hash for client {}", client.id).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::domain::client::ClientSettings;
    use crate::domain::ids::{ClientId, PoolId};

    const ID: &str = "4d7f3k2example";

    fn client(secrets: &[&str]) -> Client {
        Client {
            id: ClientId::parse(ID).unwrap(),
            pool_id: PoolId::parse("us-east-1_AbCdEf123").unwrap(),
            name: "app".to_owned(),
            secrets: secrets
                .iter()
                .map(|secret| ClientSecret { value: (*secret).into(), created_at: Timestamp(0) })
                .collect(),
            created_at: Timestamp(0),
            modified_at: Timestamp(0),
            settings: ClientSettings::default(),
        }
    }

    fn text(result: Result<(), Error>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn each_secret_makes_a_good_hash() {
        let client = client(&["one", "two"]);
        for secret in ["one", "two"] {
            let hash = secret_hash("alice", ID, secret);
            assert!(check_hash(&client, "alice", (Some(&hash), Asked::AsParameter)).is_ok());
            assert!(check_hash(&client, "bob", (Some(&hash), Asked::AsParameter)).is_err());
        }
        assert_eq!(
            text(check_hash(&client, "alice", (Some("x"), Asked::AsMember))),
            format!("Unable to verify secret hash for client {ID}")
        );
    }

    #[test]
    fn a_missing_proof_and_a_needless_one_are_named() {
        assert_eq!(
            text(check_hash(&client(&["one"]), "alice", (None, Asked::AsParameter))),
            format!("Client {ID} is configured with secret but SECRET_HASH was not received")
        );
        assert_eq!(
            text(check_hash(&client(&["one"]), "alice", (None, Asked::AsMember))),
            format!("Client {ID} is configured for secret but secret was not received")
        );
        assert_eq!(
            text(check_hash(&client(&[]), "alice", (Some("x"), Asked::AsParameter))),
            format!("Client {ID} is not configured for secret but secret was received")
        );
        assert!(check_hash(&client(&[]), "alice", (None, Asked::AsParameter)).is_ok());
    }

    #[test]
    fn a_refresh_takes_the_secret_itself_or_a_hash_over_name_or_sub() {
        let client = client(&["one"]);
        assert!(is_secret_in_clear(&client, Some("one")).unwrap());
        let over = |name| secret_hash(name, ID, "one");
        assert!(!is_secret_in_clear(&client, Some(&over("sub-1"))).unwrap());
        for name in ["alice", "sub-1"] {
            assert!(check_refresh_hash(&client, ["alice", "sub-1"], Some(&over(name))).is_ok());
        }
        assert!(check_refresh_hash(&client, ["alice", "sub-1"], Some(&over("alice@example.com"))).is_err());
        assert!(check_refresh_hash(&client, ["alice", "sub-1"], None).is_err());
    }

    #[test]
    fn the_secret_in_clear_is_compared_whole() {
        let client = client(&["one"]);
        assert!(check_secret(&client, Some(&"one".into())).is_ok());
        assert!(check_secret(&client, Some(&"on".into())).is_err());
        assert!(check_secret(&client, None).is_err());
    }
}
