//! Owns codes by mail and text message in a sign-in, as the first factor and as the second. The code itself travels
//! in the sealed session as a MAC, so that it works with that session only; how often one is sent and how often one
//! is mistyped is counted per user, by the rule of passwords.

use std::sync::Arc;

use super::proceed::{Proven, admit, asked, proceed, progress};
use super::session::{CodeKind, Pending, Progress, Resumed, invalid};
use super::{Authenticated, Effect, Outcome, set_up};
use crate::auth::codes::{self, Delivery};
use crate::auth::{threat_protection, verification};
use crate::clock::Timestamp;
use crate::crypto::digest;
use crate::cx::{ClientEntry, Cx};
use crate::domain::factor::{FirstFactor, SecondFactor};
use crate::domain::next_step::Proof;
use crate::domain::pool::Pool;
use crate::domain::user::{User, UserStatus};
use crate::error::Error;
use crate::mail::Channel;
use crate::notice::{Notice, Purpose};
use crate::store::attempts::Failure;
use crate::store::{self, Db};

/// Sends the code of a second factor and asks for it.
///
/// # Errors
/// When too many codes were sent.
pub(super) async fn ask_second(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    proven: Proven,
    factor: SecondFactor,
) -> Result<Outcome, Error> {
    let kind = CodeKind::Second(factor);
    let address = proven.user.attribute(kind.attribute()).ok_or_else(invalid)?.to_owned();
    ask_of(cx, client, proven, (kind, address)).await
}

/// Sends a code to `address` and asks for it, once what was proven is settled.
///
/// # Errors
/// When too many codes were sent.
pub(super) async fn ask_of(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    proven: Proven,
    (kind, address): (CodeKind, String),
) -> Result<Outcome, Error> {
    let session = progress(cx, client, &proven, Pending::Password);
    cx.outbox.check(delivery(kind, &address).channel)?;
    let (session, code) = with_code(cx, client, &session, (kind, address));
    let user = count_sent(cx, Some(proven.into()), sent_subject(&session, client)).await?;
    send(cx, client, (&session, user.as_ref()), &code);
    asked(cx, client, &session, user.as_ref())
}

/// Sends the code of a first factor and asks for it; to nobody it is only pretended.
///
/// # Errors
/// When too many codes were sent.
pub(super) async fn ask_first(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    (before, user): (&Progress, Option<&User>),
    (factor, typed): (FirstFactor, &str),
) -> Result<Outcome, Error> {
    let kind = CodeKind::First(factor);
    let address = match user {
        Some(user) => user.attribute(kind.attribute()).ok_or_else(invalid)?.to_owned(),
        None => Delivery::pretended_address(cx, &client.pool.pool, (kind.attribute(), typed)),
    };
    cx.outbox.check(delivery(kind, &address).channel)?;
    let (session, code) = with_code(cx, client, before, (kind, address));
    count_sent(cx, None, sent_subject(&session, client)).await?;
    if user.is_some() {
        send(cx, client, (&session, user), &code);
    }
    asked(cx, client, &session, user)
}

/// Where the code of a session went.
pub(super) fn delivery(kind: CodeKind, address: &str) -> Delivery {
    Delivery::to(kind.attribute(), address)
}

/// Checks a typed code.
///
/// # Errors
/// Cognito's refusals: wrong, or too many tries. The session still works after a wrong one.
pub(super) async fn answer(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    resumed: Resumed,
    (is_expected, typed): (fn(CodeKind) -> bool, &str),
) -> Result<Outcome, Error> {
    let Pending::Code { kind, code_mac, address } = resumed.progress.pending.clone() else { return Err(invalid()) };
    if !is_expected(kind) {
        return Err(invalid());
    }
    let mac = mac_of(cx, &resumed.progress, typed.trim());
    let is_right = digest::is_equal(mac.as_bytes(), code_mac.as_bytes())
        && resumed
            .user
            .as_ref()
            .is_some_and(|user| kind == CodeKind::SetUp || user.attribute(kind.attribute()) == Some(address.as_str()));
    let subject = guess_subject(&resumed.progress, client);
    if !is_right {
        let user = resumed.user.as_ref();
        return Err(count_wrong(cx, client, (subject, user), "Invalid code or auth state for the user.").await?);
    }
    let user = resumed.user()?.clone();
    let proof = if matches!(kind, CodeKind::First(_)) { Proof::FirstCode } else { Proof::SecondFactor };
    let mut proven = Proven::after(&resumed, user, (cx.now(), Some(proof)));
    proven.effects.push(Effect::Unlock(subject));
    proven.effects.push(Effect::ForgetSent(sent_subject(&resumed.progress, client)));
    let proven = note_proven_address(cx, client, proven, (kind, address)).await?;
    if proof == Proof::FirstCode { admit(cx, client, proven).await } else { proceed(cx, client, proven).await }
}

/// Counts a wrong code and chooses the refusal.
///
/// # Errors
/// When the database fails.
pub(super) async fn count_wrong(
    cx: &Cx,
    client: &ClientEntry,
    (subject, user): (String, Option<&User>),
    refusal: &'static str,
) -> Result<Error, Error> {
    let now = cx.now();
    let event = threat_protection::wrong_factor(cx, &client.pool.pool);
    let event = event.zip(user.map(|user| (user.pool_id.clone(), user.sub.clone())));
    let failure = cx
        .store
        .write(move |db| {
            Box::pin(async move {
                if let Some((event, (pool, sub))) = event {
                    event.keep(db, (&pool, &sub)).await?;
                }
                store::attempts::fail(db, &subject, now).await
            })
        })
        .await?;
    Ok(if failure == Failure::Locked { Error::PasswordAttemptsExceeded } else { Error::WrongCode(refusal) })
}

/// Under which name wrong codes of a sign-in are counted.
pub(super) fn guess_subject(progress: &Progress, client: &ClientEntry) -> String {
    format!("sign_in_code/{}/sub/{}", client.pool_id(), progress.sub)
}

fn sent_subject(progress: &Progress, client: &ClientEntry) -> String {
    format!("sent_code/{}/sub/{}", client.pool_id(), progress.sub)
}

/// The session that asks for a fresh code, and the code.
fn with_code(
    cx: &Cx,
    client: &ClientEntry,
    before: &Progress,
    (kind, address): (CodeKind, String),
) -> (Progress, String) {
    let code = cx.random().six_digits();
    let mut session = before.followed_by(cx, client, Pending::Password);
    let code_mac = mac_of(cx, &session, &code);
    session.pending = Pending::Code { kind, code_mac, address };
    (session, code)
}

fn mac_of(cx: &Cx, session: &Progress, code: &str) -> String {
    cx.secrets.code_mac([session.sub.as_str(), "sign_in", session.id(), code])
}

/// Counts a code that is about to be sent, and settles what earned it in the same transaction.
async fn count_sent(cx: &Cx, proven: Option<Authenticated>, subject: String) -> Result<Option<User>, Error> {
    let now = cx.now();
    cx.store
        .write(move |db| {
            Box::pin(async move {
                if let Some(proven) = &proven {
                    proven.accept(db).await?;
                }
                if store::attempts::fail(db, &subject, now).await? == Failure::Locked {
                    return Err(Error::AttemptLimitExceeded);
                }
                Ok(proven.map(|proven| proven.user))
            })
        })
        .await
}

fn send(cx: &Cx, client: &ClientEntry, (session, user): (&Progress, Option<&User>), code: &str) {
    let Pending::Code { kind, address, .. } = &session.pending else { return };
    let channel = delivery(*kind, address).channel;
    let mfa = &client.pool.pool.settings.mfa;
    let (subject, body) = match channel {
        Channel::Sms => (None, mfa.sms_message.clone()),
        Channel::Email => (mfa.email_subject.clone(), mfa.email_message.clone()),
    };
    let notice = Notice {
        to: address.clone(),
        channel,
        purpose: Purpose::SignIn,
        code: code.to_owned(),
        username: user.map_or("", User::display_name).to_owned(),
        link: None,
        brand_name: client.pool.pool.name.clone(),
        reply_to: client.pool.pool.settings.reply_to.clone(),
        failures_to: client.pool.pool.failures_to(),
        subject_template: subject,
        body_template: body,
    };
    cx.outbox.send(notice.render(cx.now()));
}

/// Writes down what the code proved besides the person: that the address is theirs, which also confirms a sign-up.
/// What was already written needs no transaction of its own.
async fn note_proven_address(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    proven: Proven,
    (kind, address): (CodeKind, String),
) -> Result<Proven, Error> {
    let attribute = kind.attribute();
    let confirms = matches!(kind, CodeKind::First(_)) && proven.user.status == UserStatus::Unconfirmed;
    if proven.user.is_verified(attribute) && !confirms && kind != CodeKind::SetUp {
        return Ok(proven);
    }
    let Proven { user, memberships, at, proofs, effects, device_key, risk } = proven;
    let authenticated =
        Authenticated { user, memberships, auth_time: at, device_key, upstream: None, acr: None, effects };
    let entry = Arc::clone(client);
    let noted = cx
        .store
        .write(move |db| {
            Box::pin(async move {
                authenticated.accept(db).await?;
                let mut user = authenticated.user.clone();
                note(db, &entry, &mut user, (kind, &address), &authenticated).await?;
                Ok(Authenticated { user, effects: Vec::new(), ..authenticated })
            })
        })
        .await?;
    let Authenticated { user, memberships, device_key, effects, .. } = noted;
    Ok(Proven { user, memberships, at, proofs, effects, device_key, risk })
}

async fn note(
    db: &mut Db,
    client: &ClientEntry,
    user: &mut User,
    (kind, address): (CodeKind, &str),
    authenticated: &Authenticated,
) -> Result<(), Error> {
    let (pool, at) = (&client.pool.pool, authenticated.auth_time);
    let attribute = kind.attribute();
    let is_first = matches!(kind, CodeKind::First(_));
    if is_first && user.status == UserStatus::Unconfirmed {
        if !store::users::move_status(db, user, UserStatus::Confirmed, at).await? {
            return Err(invalid());
        }
        user.status = UserStatus::Confirmed;
        verification::claim_names(db, pool, user, true).await?;
    }
    if kind == CodeKind::SetUp {
        return set_up(db, pool, user, address, at).await;
    }
    let owner = store::users::login_owner(db, &user.pool_id, &pool.name_key(address)).await?;
    let is_anothers = owner.is_some_and(|owner| owner != user.sub);
    // Somebody else's alias stays theirs: a second factor proves the person all the same.
    if is_anothers && !is_first {
        return Ok(());
    }
    verification::verify(db, pool, user, (attribute, false), at).await
}

/// Makes a mail address that was just proven the user's address and second factor, unless there is a factor by now.
async fn set_up(db: &mut Db, pool: &Pool, user: &mut User, address: &str, at: Timestamp) -> Result<(), Error> {
    set_up::refuse_if_done(db, pool, user).await?;
    let before = user.clone();
    user.attributes.insert("email".to_owned(), address.to_owned());
    user.attributes.insert("email_verified".to_owned(), "true".to_owned());
    if !store::users::set_attributes(db, &before, &user.attributes, at).await? {
        return Err(invalid());
    }
    codes::forget_replaced(db, (&before, &user.attributes)).await?;
    verification::move_names(db, pool, (&before, user)).await?;
    set_up::prefer(db, user, SecondFactor::EmailOtp).await
}
