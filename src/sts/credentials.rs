//! Owns the making and opening of temporary credentials. The session token is the credentials themselves, sealed under
//! the master key: any instance opens it, nobody else can make one, and nothing is kept.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::crypto::digest;
use crate::cx::{Cx, Seal};
use crate::domain::role_arn::RoleArn;
use crate::error::Error;

/// The longest session token that is looked at, in characters.
const LONGEST_TOKEN: usize = 8192;
/// Letters and digits after the first four of an access key's id.
const KEY_ID_LENGTH: usize = 16;
/// Letters and digits of a secret key; 238 bits.
const SECRET_LENGTH: usize = 40;

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Principal {
    /// An operator with a configured key.
    Operator {
        /// The key.
        access_key_id: String,
    },
    /// Somebody who assumed a role.
    Role(RoleSession),
}

/// A role that somebody assumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleSession {
    /// The role's ARN.
    pub role: String,
    /// The session's name.
    pub name: String,
    /// Session tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The provider that vouched for the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The person, as the provider calls them: the identity's id for identity pools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// For whom the provider vouched: the identity pool's id for identity pools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// The policy that narrows the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// Temporary credentials.
#[derive(Debug)]
pub struct Credentials {
    /// `ASIA…`.
    pub access_key_id: String,
    /// What signs.
    pub secret_access_key: SecretString,
    /// What must travel along.
    pub session_token: SecretString,
    /// When they stop working.
    pub expires_at: Timestamp,
}

/// What a session token holds.
#[derive(Serialize, Deserialize)]
struct Sealed {
    secret: String,
    expires_at: Timestamp,
    principal: Principal,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_print: Option<String>,
}

/// An opened session token.
pub struct Opened {
    /// The key that must have signed.
    pub secret_access_key: SecretString,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// Who acts.
    pub principal: Principal,
    key_print: Option<String>,
}

impl Opened {
    /// Whether the operator's key is still the one that these credentials were made with: whoever changes or removes
    /// its secret ends them. A role has no key.
    #[must_use]
    pub fn is_key_current(&self, cx: &Cx) -> bool {
        match self.principal {
            Principal::Operator { .. } => self.key_print.is_some() && self.key_print == key_print(cx, &self.principal),
            Principal::Role(_) => true,
        }
    }
}

impl Principal {
    /// The account, the user id and the ARN that GetCallerIdentity tells.
    #[must_use]
    pub fn names(&self, account: &str) -> (String, String, String) {
        match self {
            Self::Operator { access_key_id } => {
                let arn = format!("arn:aws:iam::{account}:user/{access_key_id}");
                (account.to_owned(), access_key_id.clone(), arn)
            }
            Self::Role(session) => {
                let role = RoleArn::parse(&session.role);
                let account = role.map_or(account, |role| role.account).to_owned();
                (account, session.id(), role.map(|role| role.assumed(&session.name)).unwrap_or_default())
            }
        }
    }
}

impl RoleSession {
    /// A plain session of a role.
    #[must_use]
    pub fn new(role: &str, name: &str) -> Self {
        Self {
            role: role.to_owned(),
            name: name.to_owned(),
            tags: BTreeMap::new(),
            provider: None,
            subject: None,
            audience: None,
            policy: None,
        }
    }

    /// The role's unique id, always the same for an ARN, and the session's name.
    #[must_use]
    pub fn id(&self) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let bytes = digest::sha256(self.role.as_bytes());
        let letters: String = bytes[..17].iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
        format!("AROA{letters}:{}", self.name)
    }
}

/// Makes credentials of `principal` that work for `seconds`.
///
/// # Errors
/// When they cannot be written.
pub fn mint(cx: &Cx, principal: Principal, seconds: i64) -> Result<Credentials, Error> {
    let access_key_id = format!("ASIA{}", cx.random().lower_alphanumeric(KEY_ID_LENGTH).to_uppercase());
    let secret = cx.random().alphanumeric(SECRET_LENGTH);
    // Whole seconds, since that is what the answers say.
    let expires_at = Timestamp::from_seconds(cx.now().seconds() + seconds);
    let key_print = key_print(cx, &principal);
    let sealed = Sealed { secret, expires_at, principal, key_print };
    let plain = serde_json::to_vec(&sealed).map_err(Error::internal)?;
    let session_token = cx.secrets.seal(cx.random(), Seal::Credentials, (&plain, &access_key_id)).into();
    Ok(Credentials { access_key_id, secret_access_key: sealed.secret.into(), session_token, expires_at })
}

/// Opens a session token; `None` when it was changed, is not ours, or belongs to another access key. Whether it has
/// expired is for the caller to see.
#[must_use]
pub fn open(cx: &Cx, access_key_id: &str, session_token: &str) -> Option<Opened> {
    if session_token.len() > LONGEST_TOKEN {
        return None;
    }
    let plain = cx.secrets.open(Seal::Credentials, session_token, access_key_id)?;
    let sealed: Sealed = serde_json::from_slice(&plain).ok()?;
    let Sealed { secret, expires_at, principal, key_print } = sealed;
    Some(Opened { secret_access_key: secret.into(), expires_at, principal, key_print })
}

/// A print of the secret of an operator's configured key.
fn key_print(cx: &Cx, principal: &Principal) -> Option<String> {
    let Principal::Operator { access_key_id } = principal else { return None };
    let key = cx.config.admin_keys.iter().find(|key| key.access_key_id == *access_key_id)?;
    Some(digest::sha256_base64url(key.secret_access_key.expose_secret()))
}

impl Credentials {
    /// The secret key, for the answer.
    #[must_use]
    pub fn secret(&self) -> &str {
        self.secret_access_key.expose_secret()
    }

    /// The session token, for the answer.
    #[must_use]
    pub fn token(&self) -> &str {
        self.session_token.expose_secret()
    }
}
