//! Owns what users and administrators say about second factors.

use super::passkey;
use crate::cx::Cx;
use crate::domain::factor::{FirstFactor, MfaMode, MfaPreference, PoolMfa, SecondFactor, UserFactors};
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::error::Error;
use crate::store;

/// What is said about one factor; what is left out stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct FactorWish {
    /// Switched on or off.
    pub is_enabled: Option<bool>,
    /// Asked for without a choice.
    pub is_preferred: Option<bool>,
}

/// The second factors of a user.
///
/// # Errors
/// When the database fails.
pub async fn find(cx: &Cx, user: &User) -> Result<UserFactors, Error> {
    store::factors::find(&mut *cx.store.read().await?, &user.pool_id, &user.sub).await
}

/// The second factors of a user; not read where the pool asks for none.
///
/// # Errors
/// When the database fails.
pub async fn of_user(cx: &Cx, pool: &Pool, user: &User) -> Result<UserFactors, Error> {
    if pool.settings.mfa.mode == MfaMode::Off {
        return Ok(UserFactors::default());
    }
    find(cx, user).await
}

/// The second factors of a user as profiles show them.
///
/// # Errors
/// When the database fails.
pub async fn shown(cx: &Cx, pool: &Pool, user: &User) -> Result<MfaPreference, Error> {
    Ok(of_user(cx, pool, user).await?.preference)
}

/// Changes what a user's second factors are. `counts_passkeys` says whether a passkey is to be enough where one of them
/// is asked for, which is for the pool to allow.
///
/// # Errors
/// Cognito's refusals: a factor that the pool does not offer or the user lacks the means for, two preferred ones.
pub async fn set_preference(
    cx: &Cx,
    pool: &Pool,
    user: User,
    wishes: &[(SecondFactor, FactorWish)],
    counts_passkeys: Option<bool>,
) -> Result<(), Error> {
    let known = find(cx, &user).await?;
    let mut wanted = known.preference.clone();
    for (factor, wish) in wishes {
        apply(&mut wanted, (*factor, *wish));
        if wish.is_enabled == Some(true) {
            check_means(&pool.settings.mfa, &user, (&known, *factor))?;
        }
    }
    if counts_passkeys == Some(true) {
        check_passkeys(cx, pool, (&user, wishes)).await?;
    }
    wanted.counts_passkeys = counts_passkeys.unwrap_or(wanted.counts_passkeys);
    if wishes.iter().filter(|(_, wish)| wish.is_preferred == Some(true)).count() > 1 {
        return Err(Error::InvalidParameter("Only one MFA type can be set as preferred".to_owned()));
    }
    let is_set = cx
        .store
        .write(move |db| {
            Box::pin(async move {
                let owner = (&user.pool_id, &user.sub);
                store::factors::set_preference(db, owner, (&known.preference, &wanted)).await
            })
        })
        .await?;
    if is_set { Ok(()) } else { Err(Error::TooManyRequests) }
}

/// Somebody switches one of their own factors on or off, or prefers it. Where the pool asks everybody for a second
/// factor, what the user has counts without being switched on: the others then stay on by name.
///
/// # Errors
/// As [`set_preference`]; also to switch the last one off that such a pool asks for.
pub async fn choose(cx: &Cx, pool: &Pool, user: User, (factor, wish): (SecondFactor, FactorWish)) -> Result<(), Error> {
    let usable = find(cx, &user).await?.usable(&pool.settings.mfa, &user);
    let stays_on = FactorWish { is_enabled: Some(true), is_preferred: None };
    let mut wishes: Vec<_> =
        usable.into_iter().filter(|other| *other != factor).map(|other| (other, stays_on)).collect();
    if wish.is_enabled == Some(false) && wishes.is_empty() && pool.settings.mfa.mode == MfaMode::On {
        return Err(Error::InvalidParameter("A second factor is required to sign in.".to_owned()));
    }
    wishes.push((factor, wish));
    set_preference(cx, pool, user, &wishes, None).await
}

/// Somebody says whether their passkeys are enough where a second factor is asked for; the factors that they have stay
/// on by name.
///
/// # Errors
/// As [`set_preference`].
pub async fn choose_passkeys(cx: &Cx, pool: &Pool, user: User, is_enabled: bool) -> Result<(), Error> {
    let usable = find(cx, &user).await?.usable(&pool.settings.mfa, &user);
    let stays_on = FactorWish { is_enabled: Some(true), is_preferred: None };
    let wishes: Vec<_> = usable.into_iter().map(|factor| (factor, stays_on)).collect();
    set_preference(cx, pool, user, &wishes, Some(is_enabled)).await
}

/// Somebody made a passkey on our pages: it is enough from now on, where pool and user let it be.
///
/// # Errors
/// When the database fails.
pub async fn welcome_passkey(cx: &Cx, pool: &Pool, user: &User) -> Result<(), Error> {
    let known = find(cx, user).await?;
    let has_another = !known.usable(&pool.settings.mfa, user).is_empty();
    if known.preference.counts_passkeys || !has_another || !pool.settings.passkeys.counts_twice() {
        return Ok(());
    }
    choose_passkeys(cx, pool, user.clone(), true).await
}

/// Forgets a user's authenticator app and what was said about it.
///
/// # Errors
/// [`Error::SoftwareTokenNotFound`] when there is none.
pub async fn delete_software_token(cx: &Cx, user: User) -> Result<(), Error> {
    cx.store
        .write(move |db| {
            Box::pin(async move {
                if !store::factors::delete_token(db, &user.pool_id, &user.sub).await? {
                    return Err(Error::SoftwareTokenNotFound("The user has no software token."));
                }
                let known = store::factors::find(db, &user.pool_id, &user.sub).await?.preference;
                let mut wanted = known.clone();
                wanted.set(SecondFactor::SoftwareTokenMfa, false);
                store::factors::set_preference(db, (&user.pool_id, &user.sub), (&known, &wanted)).await?;
                tracing::info!(pool = %user.pool_id, sub = %user.sub, "software token deleted by an administrator");
                Ok(())
            })
        })
        .await
}

/// The first factors that a user could sign in with.
///
/// # Errors
/// When the database fails.
pub async fn first_factors(cx: &Cx, pool: &Pool, user: &User) -> Result<Vec<FirstFactor>, Error> {
    let has_passkey = passkey::is_enabled(pool) && !passkey::list(cx, user).await?.is_empty();
    let has_means = |factor: &FirstFactor| match factor {
        FirstFactor::Password => user.password().is_some(),
        FirstFactor::EmailOtp => user.attribute("email").is_some(),
        FirstFactor::SmsOtp => user.attribute("phone_number").is_some(),
        FirstFactor::WebAuthn => has_passkey,
        FirstFactor::PasswordSrp => false,
    };
    let policy = pool.first_factors();
    Ok(FirstFactor::ALL.into_iter().filter(|factor| factor.is_allowed(policy)).filter(has_means).collect())
}

fn apply(wanted: &mut MfaPreference, (factor, wish): (SecondFactor, FactorWish)) {
    // A factor that is preferred is meant to be on, unless it is switched off in the same breath.
    if let Some(is_enabled) = wish.is_enabled {
        wanted.set(factor, is_enabled);
    }
    match wish.is_preferred {
        Some(true) if wanted.enabled.contains(&factor) => wanted.preferred = Some(factor),
        Some(false) if wanted.preferred == Some(factor) => wanted.preferred = None,
        _ => {}
    }
}

/// A passkey is enough where the pool says so, and beside another factor, so that nobody is locked out. As in Cognito,
/// the same request names that other factor.
async fn check_passkeys(
    cx: &Cx,
    pool: &Pool,
    (user, wishes): (&User, &[(SecondFactor, FactorWish)]),
) -> Result<(), Error> {
    let refuse = |text: &str| Err(Error::InvalidParameter(text.to_owned()));
    if !pool.settings.passkeys.counts_twice() {
        return refuse("Passkey MFA is not enabled for the user pool.");
    }
    if !wishes.iter().any(|(_, wish)| wish.is_enabled == Some(true)) {
        return refuse("WebAuthn MFA requires enabling an additional MFA setting.");
    }
    let party = passkey::relying_party(cx, pool)?;
    let passkeys = passkey::list(cx, user).await?;
    if !passkeys.iter().any(|passkey| passkey.details.relying_party_id == party.id()) {
        return refuse("User does not have applicable WebAuthn credentials to enable WebAuthn MFA.");
    }
    Ok(())
}

fn check_means(mfa: &PoolMfa, user: &User, (known, factor): (&UserFactors, SecondFactor)) -> Result<(), Error> {
    let refuse = |text: &str| Err(Error::InvalidParameter(text.to_owned()));
    let is_offered = mfa.mode != MfaMode::Off && mfa.offers(factor);
    let (family, has_means) = match factor {
        SecondFactor::SmsMfa => ("SMS", user.attribute("phone_number").is_some()),
        SecondFactor::SoftwareTokenMfa => ("Software token", known.has_software_token),
        SecondFactor::EmailOtp => ("Email", user.attribute("email").is_some()),
    };
    match (is_offered, has_means) {
        (false, _) => refuse(&format!("{family} MFA is not enabled for the user pool.")),
        (true, false) => refuse(&format!("User does not have delivery config set to turn on {}", factor.name())),
        (true, true) => Ok(()),
    }
}
