//! Owns the proof of a password that is not sent (SRP): the first half of the exchange and the check of its end.
//! Nobody's exchange looks, lasts and counts like anybody's. Its arithmetic is done where it is asked for, as signatures
//! are, which take as long: among the workers it would wait behind password hashes, which take ten times that.

use std::sync::Arc;

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{PrimitiveDateTime, UtcDateTime};

use super::password::{Claim, find};
use super::proceed::{admit, asked};
use super::session::{Pending, Progress, Resumed, Whose};
use super::{Outcome, session};
use crate::crypto::srp::{self, ClientPublic, SrpFault, Verifier};
use crate::cx::{ClientEntry, Cx, Seal};
use crate::domain::user::User;
use crate::error::Error;

/// How far a client's clock may be off, in seconds.
const TOLERANCE_SECONDS: i64 = 5 * 60;
/// The form of `TIMESTAMP`.
const TIMESTAMP: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short] [month repr:short] [day padding:none] [hour]:[minute]:[second] UTC [year]"
);

/// Somebody begins an SRP exchange.
pub struct SrpAttempt<'a> {
    /// Through which client.
    pub client: &'a Arc<ClientEntry>,
    /// The name as it was typed.
    pub username: &'a str,
    /// The client's half of the exchange, in hexadecimal.
    pub client_public: &'a str,
    /// The device that the app says it runs on.
    pub device_key: Option<String>,
}

/// The end of an SRP exchange, as the client wrote it.
pub struct SrpProof {
    /// The state that the first half gave out.
    pub secret_block: String,
    /// The signature.
    pub signature: String,
    /// When it was made.
    pub timestamp: String,
}

/// Begins an SRP exchange.
///
/// # Errors
/// Cognito's refusals: a number out of range, an unknown user where the client does not hide them.
pub async fn by_srp(cx: &Cx, attempt: SrpAttempt<'_>) -> Result<Outcome, Error> {
    let client = attempt.client;
    let name_key = client.pool.pool.name_key(attempt.username);
    let client_public = parse_public(attempt.client_public)?;
    let user = find(cx, client, &name_key).await?;
    let whose = Whose { user: user.as_ref(), name_key: &name_key };
    let mut progress = Progress::start(cx, client, &whose, Pending::PasswordSrp);
    progress.device_key = attempt.device_key;
    begin(cx, client, (&progress, user.as_ref()), &client_public)
}

/// The client's half of an exchange.
///
/// # Errors
/// Cognito's refusal of a number that is none, or of a multiple of the group's prime (RFC 5054 §2.5.4).
pub(super) fn parse_public(text: &str) -> Result<ClientPublic, Error> {
    ClientPublic::parse(text).map_err(|_| Error::InvalidParameter("Invalid SRP_A".to_owned()))
}

/// Answers the client's half of an exchange with ours, in the session after `progress`.
///
/// # Errors
/// When the arithmetic fails.
pub(super) fn begin(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    (progress, user): (&Progress, Option<&User>),
    client_public: &ClientPublic,
) -> Result<Outcome, Error> {
    let verifier = verifier(cx, client, (user, &progress.username)).map_err(Error::internal)?;
    let server_private = cx.random().bytes();
    let server_public = verifier.server_public(&server_private).map_err(Error::internal)?;
    let client_public = client_public.as_hex().to_owned();
    let pending = Pending::Srp { salt: verifier.salt_hex.clone(), client_public, server_private, server_public };
    asked(cx, client, &progress.followed_by(cx, client, pending), user)
}

/// Checks the end of an exchange.
///
/// # Errors
/// Cognito's refusals: as for a password in clear, and a timestamp that is none.
pub(super) async fn answer(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    resumed: Resumed,
    proof: SrpProof,
) -> Result<Outcome, Error> {
    let Pending::Srp { client_public, server_private, server_public, .. } = resumed.progress.pending.clone() else {
        return Err(session::invalid());
    };
    let is_timely = is_timely(cx, &proof.timestamp)?;
    let name = resumed.progress.username.clone();
    let claim = Claim::of_session(cx, client, resumed)?;
    let is_signed = || {
        let verifier = verifier(cx, client, (claim.user.as_ref(), &name))?;
        let client_public = ClientPublic::parse(&client_public)?;
        let key = verifier.session_key(&client_public, &server_public, &server_private)?;
        let block = session::from_secret_block(&proof.secret_block).map(|text| session::block_bytes(&text));
        let signed = srp::Claim {
            pool_name: client.pool_id().name(),
            user_id: &name,
            secret_block: &block.unwrap_or_default(),
            timestamp: &proof.timestamp,
        };
        Ok::<_, SrpFault>(key.is_signed(&signed, &proof.signature))
    };
    let is_right = is_signed().map_err(Error::internal)? && is_timely && claim.has_credential();
    let proven = claim.settle(cx, client, is_right).await?;
    admit(cx, client, proven).await
}

/// The user's verifier; nobody's, and that of users without one, is made up and always the same.
fn verifier(cx: &Cx, client: &ClientEntry, (user, name): (Option<&User>, &str)) -> Result<Verifier, SrpFault> {
    let kept = user.and_then(|user| {
        let Some(sealed) = &user.password()?.sealed_srp_verifier else {
            tracing::warn!(pool = %user.pool_id, sub = %user.sub, "SRP needs a sign-in by password first: another system made the hash");
            return None;
        };
        let opened = cx.secrets.open(Seal::SrpVerifier, sealed, &format!("{}/{}", user.pool_id, user.sub))?;
        serde_json::from_slice(&opened).ok()
    });
    kept.map_or_else(|| Verifier::decoy(&cx.secrets.decoy_key(), client.pool_id().name(), name), Ok)
}

/// Whether a `TIMESTAMP` is of now.
///
/// # Errors
/// Cognito's refusal of one that is none.
pub(super) fn is_timely(cx: &Cx, timestamp: &str) -> Result<bool, Error> {
    let sent_at = moment_of(timestamp).ok_or_else(|| {
        Error::InvalidParameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.".to_owned())
    })?;
    Ok((sent_at - cx.now().seconds()).abs() <= TOLERANCE_SECONDS)
}

/// Seconds since the epoch of a `TIMESTAMP`.
fn moment_of(text: &str) -> Option<i64> {
    let moment = PrimitiveDateTime::parse(text, TIMESTAMP).ok()?;
    Some(UtcDateTime::new(moment.date(), moment.time()).unix_timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_read_with_and_without_a_padded_day() {
        assert_eq!(moment_of("Tue Jan 2 03:04:05 UTC 2024"), Some(1_704_164_645));
        assert_eq!(moment_of("Tue Jan 02 03:04:05 UTC 2024"), Some(1_704_164_645));
        for bad in ["", "2024-01-02T03:04:05Z", "Tue Jan 2 03:04:05 CET 2024", "Die Jan 2 03:04:05 UTC 2024"] {
            assert_eq!(moment_of(bad), None, "{bad}");
        }
    }
}
