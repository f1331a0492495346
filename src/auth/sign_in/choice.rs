//! Owns the sign-in in which the person chooses the first factor (`USER_AUTH`). A name that leads to nobody gets a
//! plausible choice, and every way on from there ends like a wrong answer.

use std::sync::Arc;

use secrecy::SecretString;

use super::password::{Claim, admit_with, find};
use super::proceed::asked;
use super::session::{Pending, Progress, Resumed, Whose, invalid, lock_subject};
use super::{Outcome, address_code, after_sign_up, passkey, srp};
use crate::auth::mfa;
use crate::cx::{ClientEntry, Cx};
use crate::domain::attribute::is_phone_number;
use crate::domain::factor::{FirstFactor, MfaMode, UserFactors};
use crate::domain::user::{User, UserStatus};
use crate::error::Error;
use crate::store;

/// Somebody signs in and may choose how.
pub struct Choice<'a> {
    /// Through which client.
    pub client: &'a Arc<ClientEntry>,
    /// The name as it was typed.
    pub username: &'a str,
    /// The factor that the app prefers.
    pub preferred: Option<String>,
    /// The password, if it came along.
    pub password: Option<SecretString>,
    /// The client's half of an SRP exchange, if it came along.
    pub client_public: Option<String>,
    /// The session of a sign-up that was just confirmed.
    pub session: Option<String>,
    /// The device that the app says it runs on.
    pub device_key: Option<String>,
}

/// What came along with a chosen factor.
#[derive(Default)]
pub struct Inline {
    /// The password.
    pub password: Option<SecretString>,
    /// The client's half of an SRP exchange.
    pub client_public: Option<String>,
}

/// Begins a sign-in with a choice of first factors.
///
/// # Errors
/// Cognito's refusals: an unknown user where the client does not hide them, and those of the chosen factor.
pub async fn by_choice(cx: &Cx, choice: Choice<'_>) -> Result<Outcome, Error> {
    let client = choice.client;
    if let Some(session) = &choice.session {
        return after_sign_up::sign_in(cx, client, (session, choice.username)).await;
    }
    let name_key = client.pool.pool.name_key(choice.username);
    let user = find(cx, client, &name_key).await?;
    let mut available = available(cx, client, user.as_ref()).await?;
    if user.is_none() {
        available.retain(|factor| is_plausible(cx, client, (&name_key, *factor)));
    }
    let whose = Whose { user: user.as_ref(), name_key: &name_key };
    let pending = Pending::SelectFirst { available: available.clone() };
    let mut progress = Progress::start(cx, client, &whose, pending);
    progress.device_key = choice.device_key;
    let preferred = choice.preferred.as_deref().and_then(FirstFactor::parse);
    let inline = Inline { password: choice.password, client_public: choice.client_public };
    match preferred.filter(|factor| available.contains(factor)) {
        Some(factor) => {
            let subject = lock_subject(client.pool_id(), &progress.sub);
            let locked_until = store::attempts::end_of_lock(&mut *cx.store.read().await?, &subject).await?;
            let resumed = Resumed { progress, user, memberships: None, locked_until };
            begin(cx, client, resumed, (factor, inline, choice.username)).await
        }
        None => asked(cx, client, &progress, user.as_ref()),
    }
}

/// Goes on with the first factor that was chosen.
///
/// # Errors
/// A factor that was not offered, and the refusals of the factor.
pub(super) async fn choose(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    resumed: Resumed,
    (wanted, inline, username): (&str, Inline, &str),
) -> Result<Outcome, Error> {
    let Pending::SelectFirst { available } = &resumed.progress.pending else { return Err(invalid()) };
    let factor = FirstFactor::parse(wanted).filter(|factor| available.contains(factor));
    let factor =
        factor.ok_or_else(|| Error::InvalidParameter("The selected challenge is not available.".to_owned()))?;
    resumed.progress.use_up(cx).await?;
    begin(cx, client, resumed, (factor, inline, username)).await
}

/// Checks the password that was asked for alone.
///
/// # Errors
/// As for a password that came with the name.
pub(super) async fn answer_password(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    resumed: Resumed,
    password: SecretString,
) -> Result<Outcome, Error> {
    let Pending::Password = resumed.progress.pending else { return Err(invalid()) };
    check_password(cx, client, resumed, password).await
}

/// Begins the SRP exchange that was asked for alone.
///
/// # Errors
/// A number out of range, a session that was used meanwhile.
pub(super) async fn answer_srp(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    resumed: Resumed,
    client_public: &str,
) -> Result<Outcome, Error> {
    let Pending::PasswordSrp = resumed.progress.pending else { return Err(invalid()) };
    let client_public = srp::parse_public(client_public)?;
    resumed.progress.use_up(cx).await?;
    srp::begin(cx, client, (&resumed.progress, resumed.user.as_ref()), &client_public)
}

async fn begin(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    resumed: Resumed,
    (factor, inline, typed): (FirstFactor, Inline, &str),
) -> Result<Outcome, Error> {
    let next = |pending: Pending| resumed.progress.followed_by(cx, client, pending);
    let user = resumed.user.as_ref();
    match (factor, inline) {
        (FirstFactor::Password, Inline { password: Some(password), .. }) => {
            let progress = next(Pending::Password);
            check_password(cx, client, Resumed { progress, ..resumed }, password).await
        }
        (FirstFactor::Password, _) => asked(cx, client, &next(Pending::Password), user),
        (FirstFactor::PasswordSrp, Inline { client_public: Some(text), .. }) => {
            let client_public = srp::parse_public(&text)?;
            srp::begin(cx, client, (&resumed.progress, user), &client_public)
        }
        (FirstFactor::PasswordSrp, _) => asked(cx, client, &next(Pending::PasswordSrp), user),
        (FirstFactor::EmailOtp | FirstFactor::SmsOtp, _) => {
            address_code::ask_first(cx, client, (&resumed.progress, user), (factor, typed)).await
        }
        (FirstFactor::WebAuthn, _) => passkey::ask(cx, client, (&resumed.progress, user)).await,
    }
}

async fn check_password(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    resumed: Resumed,
    password: SecretString,
) -> Result<Outcome, Error> {
    let mut claim = Claim::of_session(cx, client, resumed)?;
    let is_right = claim.has_password(cx, &client.pool.pool, password.clone()).await?;
    let proven = claim.settle(cx, client, is_right).await?;
    admit_with(cx, client, proven, &password).await
}

/// Whether a name that leads to nobody may seem to have what `factor` needs: not everybody has a phone number, and the
/// same name is always told the same.
fn is_plausible(cx: &Cx, client: &ClientEntry, (name_key, factor): (&str, FirstFactor)) -> bool {
    if factor != FirstFactor::SmsOtp || is_phone_number(name_key) {
        return true;
    }
    let mac = cx.secrets.code_mac([client.pool_id().as_str(), "nobody", "phone_number", name_key]);
    mac.bytes().next().is_some_and(|letter| letter % 2 == 0)
}

/// The first factors that `user` can be offered. Codes are offered where they would be the only factor needed: a
/// second factor of the same kind proves nothing more. A passkey is offered where it is enough.
async fn available(cx: &Cx, client: &ClientEntry, user: Option<&User>) -> Result<Vec<FirstFactor>, Error> {
    let pool = &client.pool.pool;
    let pool_mfa = &pool.settings.mfa;
    let known = match user {
        Some(user) => mfa::of_user(cx, pool, user).await?,
        None => UserFactors::default(),
    };
    let one_is_enough = pool_mfa.mode != MfaMode::On && user.is_none_or(|user| known.usable(pool_mfa, user).is_empty());
    // Only the provider says that somebody is still theirs.
    let allows_codes = one_is_enough && user.is_none_or(|user| user.status != UserStatus::ExternalProvider);
    let allows_passkey = one_is_enough || (pool.settings.passkeys.counts_twice() && known.preference.counts_passkeys);
    let has_passkey = allows_passkey
        && FirstFactor::WebAuthn.is_allowed(pool.first_factors())
        && passkey::is_available(cx, client, user).await?;
    let has_means = |factor: &FirstFactor| match (factor, user) {
        (FirstFactor::WebAuthn, _) => has_passkey,
        (FirstFactor::Password | FirstFactor::PasswordSrp, user) => user.is_none_or(|user| user.password().is_some()),
        (FirstFactor::EmailOtp, user) => allows_codes && user.is_none_or(|user| user.attribute("email").is_some()),
        (FirstFactor::SmsOtp, user) => allows_codes && user.is_none_or(|user| user.attribute("phone_number").is_some()),
    };
    let policy = pool.first_factors();
    Ok(FirstFactor::ALL.into_iter().filter(|factor| factor.is_allowed(policy)).filter(has_means).collect())
}
