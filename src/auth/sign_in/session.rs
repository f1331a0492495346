//! Owns the sealed session between two steps of a sign-in: who, what was proven, what is asked. Only its single use
//! is in the database, once it is used, or the family that it earned.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::Effect;
use super::single_use::{SingleUse, used};
use crate::auth::{device, passkey};
use crate::clock::Timestamp;
use crate::crypto::digest;
use crate::cx::{ClientEntry, Cx, Seal};
use crate::domain::factor::{FirstFactor, SecondFactor};
use crate::domain::group::Membership;
use crate::domain::ids::{ClientId, PoolId, Sub};
use crate::domain::next_step::Proof;
use crate::domain::pool::Pool;
use crate::domain::sign_in_risk::Risk;
use crate::domain::user::User;
use crate::error::Error;
use crate::store;

/// What sessions are sealed with, so that nothing else that is sealed for a step opens as one.
const CONTEXT: &str = "challenge";
/// The longest that a challenge can be set to wait for its answer.
const LONGEST_SECONDS: i64 = 15 * 60;
/// What the `sub` of somebody begins with who does not exist.
const NOBODY: &str = "nobody/";

/// Where a sign-in stands.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Progress {
    id: String,
    client_id: ClientId,
    /// Whose sign-in it is.
    pub sub: Sub,
    /// The user name as the API tells it.
    pub username: String,
    password_print: String,
    started_at: Timestamp,
    expires_at: Timestamp,
    /// What was proven so far.
    pub proofs: Vec<Proof>,
    /// The device that the app says it runs on.
    pub device_key: Option<String>,
    /// What is risky about the sign-in.
    #[serde(default, skip_serializing_if = "Risk::is_none")]
    pub risk: Risk,
    /// What is asked.
    pub pending: Pending,
}

/// What is asked, with what the answer is compared to.
#[derive(Clone, Serialize, Deserialize)]
pub(super) enum Pending {
    /// The proof that ends an SRP exchange.
    Srp {
        /// The salt.
        salt: String,
        /// The client's half.
        client_public: String,
        /// Our secret number.
        server_private: [u8; 32],
        /// Our half.
        server_public: String,
    },
    /// A new password.
    NewPassword,
    /// A code that was sent.
    Code {
        /// For what.
        kind: CodeKind,
        /// Its MAC.
        code_mac: String,
        /// Where it went.
        address: String,
    },
    /// A code of an authenticator app.
    SoftwareToken {
        /// What the user calls the device.
        device_name: Option<String>,
    },
    /// A second factor.
    SelectFactor {
        /// The choice.
        factors: Vec<SecondFactor>,
        /// What the user calls the device of the authenticator app.
        device_name: Option<String>,
    },
    /// Setting up a second factor.
    SetUp {
        /// The choice.
        factors: Vec<SecondFactor>,
        /// The sealed secret of an authenticator app that waits for its first code.
        secret: Option<String>,
        /// Whether one is set up by now.
        is_done: bool,
    },
    /// A first factor.
    SelectFirst {
        /// The choice.
        available: Vec<FirstFactor>,
    },
    /// The password.
    Password,
    /// The client's half of an SRP exchange.
    PasswordSrp,
    /// A passkey's signature.
    Passkey {
        /// The question.
        asked: passkey::proof::Asked,
    },
    /// The half of an exchange with the session's device.
    Device,
    /// The proof that ends the exchange with the session's device.
    DeviceSrp {
        /// The exchange.
        exchange: device::proof::Exchange,
    },
    /// The code of a sign-up, which another operation takes.
    SignedUp,
    /// Nothing: a sign-up was just confirmed, and the sign-in follows.
    SignUpConfirmed,
}

/// For what a code was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum CodeKind {
    /// A second factor.
    Second(SecondFactor),
    /// The first factor.
    First(FirstFactor),
    /// A mail address that becomes a second factor.
    SetUp,
}

impl CodeKind {
    /// The attribute that holds the address.
    pub const fn attribute(self) -> &'static str {
        match self {
            Self::Second(SecondFactor::SmsMfa) | Self::First(FirstFactor::SmsOtp) => "phone_number",
            _ => "email",
        }
    }
}

/// A session that was brought back and still works.
pub(super) struct Resumed {
    /// Where the sign-in stands.
    pub progress: Progress,
    /// The user as now; nobody where a name led to nobody.
    pub user: Option<User>,
    /// The user's groups as now, where they were read.
    pub memberships: Option<Vec<Membership>>,
    /// Until when no password is looked at: in the past when there is no lock, `None` without wrong passwords.
    pub locked_until: Option<Timestamp>,
}

/// Whose sign-in a session is for.
pub(super) struct Whose<'a> {
    /// The user, if there is one.
    pub user: Option<&'a User>,
    /// The key of the name that was typed.
    pub name_key: &'a str,
}

impl Progress {
    /// The first session of a sign-in.
    pub fn start(cx: &Cx, client: &ClientEntry, whose: &Whose<'_>, pending: Pending) -> Self {
        let pool = &client.pool.pool;
        let now = cx.now();
        Self {
            id: cx.random().uuid(),
            client_id: client.client.id.clone(),
            sub: whose.user.map_or_else(|| nobody(cx, pool, whose.name_key), |user| user.sub.clone()),
            username: whose.user.map_or_else(|| pretended_name(cx, pool, whose.name_key), |user| user.username.clone()),
            password_print: whose.user.map(password_print).unwrap_or_default(),
            started_at: now,
            expires_at: now.plus_seconds(client.client.auth_session_seconds()),
            proofs: Vec::new(),
            device_key: None,
            risk: Risk::default(),
            pending,
        }
    }

    /// The session after this one, which asks something else of the same person.
    pub fn followed_by(&self, cx: &Cx, client: &ClientEntry, pending: Pending) -> Self {
        let expires_at = cx.now().plus_seconds(client.client.auth_session_seconds());
        Self { id: cx.random().uuid(), expires_at, pending, ..self.clone() }
    }

    /// The same session, for so many seconds from now.
    pub fn lasting(self, cx: &Cx, seconds: i64) -> Self {
        Self { expires_at: cx.now().plus_seconds(seconds), ..self }
    }

    /// The same session, but not past the longest that the newest proof may last (spec: `AuthSessionValidity`), so
    /// that nobody keeps a sign-in half done for ever.
    pub fn no_longer_than_any(self) -> Self {
        let expires_at = self.expires_at.min(self.started_at.plus_seconds(LONGEST_SECONDS));
        Self { expires_at, ..self }
    }

    /// Seals the session for `client`.
    pub fn seal(&self, cx: &Cx) -> Result<String, Error> {
        let json = serde_json::to_vec(self).map_err(Error::internal)?;
        Ok(cx.secrets.seal(cx.random(), Seal::Step, (&json, CONTEXT)))
    }

    /// What makes this session another one than any other.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What using the session up is.
    pub fn used_up(&self) -> Effect {
        Effect::UseSession(self.single_use())
    }

    /// Its single use.
    pub fn single_use(&self) -> SingleUse {
        SingleUse::new(&self.id, self.expires_at)
    }

    /// Uses the session up in a transaction of its own.
    ///
    /// # Errors
    /// Cognito's refusal when somebody was quicker.
    pub async fn use_up(&self, cx: &Cx) -> Result<(), Error> {
        let single = self.single_use();
        let used_once = cx.store.write(move |db| Box::pin(async move { single.take(db).await }));
        if used_once.await? { Ok(()) } else { Err(used()) }
    }

    /// Whether the sign-in is of somebody who does not exist.
    pub fn is_of_nobody(&self) -> bool {
        self.sub.as_str().starts_with(NOBODY)
    }

    fn open(cx: &Cx, sealed: &str) -> Option<Self> {
        serde_json::from_slice(&cx.secrets.open(Seal::Step, sealed, CONTEXT)?).ok()
    }
}

/// The client of a session, for requests that name none.
///
/// # Errors
/// Cognito's refusal of a session that is none.
pub async fn client_of(cx: &Cx, session: &str) -> Result<Arc<ClientEntry>, Error> {
    let progress = Progress::open(cx, session).ok_or_else(invalid)?;
    cx.client(progress.client_id.as_str()).await.map_err(|fault| match fault {
        Error::NotFound(_) => invalid(),
        other => other,
    })
}

/// Opens a session and looks whether it still works.
///
/// # Errors
/// Cognito's refusals of a bad, expired or used session, and of a user who was switched off meanwhile.
pub(super) async fn resume(cx: &Cx, client: &ClientEntry, session: &str) -> Result<Resumed, Error> {
    let progress = Progress::open(cx, session).filter(|progress| progress.client_id == client.client.id);
    let progress = progress.ok_or_else(invalid)?;
    if progress.expires_at <= cx.now() {
        return Err(Error::not_authorized("Invalid session for the user, session is expired."));
    }
    let (single, subject) = (progress.single_use(), lock_subject(client.pool_id(), &progress.sub));
    let (whose, session) = ((client.pool_id(), &progress.sub), (single.message_id(), progress.id(), subject.as_str()));
    let found = store::users::of_session(&mut *cx.store.read().await?, whose, session).await?;
    if found.is_used {
        return Err(used());
    }
    let (memberships, locked_until) = (Some(found.memberships), found.locked_until);
    if progress.is_of_nobody() {
        return Ok(Resumed { progress, user: None, memberships, locked_until });
    }
    let user = found.user.ok_or_else(invalid)?;
    if password_print(&user) != progress.password_print || user.signed_out_at > progress.started_at {
        return Err(invalid());
    }
    if !user.is_enabled && !progress.proofs.is_empty() {
        return Err(Error::Disabled);
    }
    Ok(Resumed { progress, user: Some(user), memberships, locked_until })
}

impl Resumed {
    /// Whether `name` leads to the person of the session.
    ///
    /// # Errors
    /// Cognito's refusal when it does not.
    pub async fn check_name(&self, cx: &Cx, client: &ClientEntry, name: &str) -> Result<(), Error> {
        let pool = &client.pool.pool;
        let key = pool.name_key(name);
        let is_theirs = match &self.user {
            Some(user) if user.username == name || user.sub.as_str() == name => true,
            Some(user) => {
                let named = store::users::by_login(&mut *cx.store.read().await?, &pool.id, &key).await?;
                named.is_some_and(|named| named.sub == user.sub)
            }
            None => name == self.progress.username || nobody(cx, pool, &key) == self.progress.sub,
        };
        if is_theirs { Ok(()) } else { Err(invalid()) }
    }

    /// The user.
    ///
    /// # Errors
    /// Cognito's refusal where there is none.
    pub fn user(&self) -> Result<&User, Error> {
        self.user.as_ref().ok_or_else(invalid)
    }
}

/// The text in which SDKs expect the state of an SRP exchange: plain base64 of the session's bytes.
pub(super) fn to_secret_block(session: &str) -> String {
    URL_SAFE_NO_PAD.decode(session).map(|bytes| STANDARD.encode(bytes)).unwrap_or_default()
}

/// The session behind the state of an SRP exchange; SDKs may write base64 for URLs.
pub(super) fn from_secret_block(block: &str) -> Option<String> {
    let plain = block.replace('-', "+").replace('_', "/");
    STANDARD.decode(plain).ok().map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
}

/// The bytes of a session, which an SRP client signs.
pub(super) fn block_bytes(session: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(session).unwrap_or_default()
}

/// The refusal of a session that is not one, or not for this.
pub(super) fn invalid() -> Error {
    Error::not_authorized("Invalid session for the user.")
}

/// Whose wrong passwords are counted together: a user's under all names.
pub(super) fn lock_subject(pool: &PoolId, sub: &Sub) -> String {
    format!("password/{pool}/sub/{sub}")
}

/// The `sub` of nobody in particular: the same for the same name, so that failures are counted as for anybody.
pub(super) fn nobody(cx: &Cx, pool: &Pool, name_key: &str) -> Sub {
    Sub(format!("{NOBODY}{}", cx.secrets.code_mac([pool.id.as_str(), "nobody", "password", name_key])))
}

/// The user name that a name which leads to nobody is told to have: itself, or what looks like a generated one where
/// addresses lead to users.
fn pretended_name(cx: &Cx, pool: &Pool, name_key: &str) -> String {
    let is_address = name_key.contains('@') || name_key.starts_with('+');
    if !pool.has_username_attributes() && !is_address {
        return name_key.to_owned();
    }
    let mac = cx.secrets.code_mac([pool.id.as_str(), "nobody", "username", name_key]);
    let digest = digest::sha256(mac.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// A print of the password hash, by which a session notices that the password is another one.
fn password_print(user: &User) -> String {
    let hash = user.credential.as_ref().map_or("", |credential| credential.password_hash.as_str());
    digest::sha256_base64url(hash)[..16].to_owned()
}
