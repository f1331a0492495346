//! Owns how the secrets of an app client are written before they are sealed. The first versions kept their text alone.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::client::ClientSecret;
use crate::error::Error;

/// A secret on its way into the seal.
#[derive(Serialize)]
pub struct Kept<'a> {
    value: &'a str,
    created_at: Timestamp,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Read {
    Plain(SecretString),
    Dated { value: SecretString, created_at: Timestamp },
}

/// The secrets as they are sealed.
pub fn kept(secrets: &[ClientSecret]) -> Vec<Kept<'_>> {
    secrets.iter().map(|secret| Kept { value: secret.value.expose_secret(), created_at: secret.created_at }).collect()
}

/// The secrets that were sealed; one without a date is as old as its client.
///
/// # Errors
/// When the text is none of ours.
pub fn read(opened: &[u8], client_created_at: Timestamp) -> Result<Vec<ClientSecret>, Error> {
    let list: Vec<Read> = serde_json::from_slice(opened).map_err(Error::internal)?;
    let secret = |read| match read {
        Read::Plain(value) => ClientSecret { value, created_at: client_created_at },
        Read::Dated { value, created_at } => ClientSecret { value, created_at },
    };
    Ok(list.into_iter().map(secret).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_the_first_versions_are_read_too() {
        let read = |text: &str| {
            let secrets = read(text.as_bytes(), Timestamp(7)).unwrap();
            secrets.iter().map(|one| (one.value.expose_secret().to_owned(), one.created_at.0)).collect::<Vec<_>>()
        };
        assert_eq!(read(r#"["one"]"#), [("one".to_owned(), 7)]);
        assert_eq!(read(r#"[{"value":"two","created_at":9}]"#), [("two".to_owned(), 9)]);
    }
}
