//! Owns self-service sign-up: making an unconfirmed user, confirming by code, sending the code again.

use std::sync::Arc;

use secrecy::SecretString;

use super::allowances;
use super::codes::{self, Checked, Delivery, NewCode, TypedCode};
use super::credential::{self, PasswordToSet};
use super::recovery::nobody;
use super::threat_protection::{self, NewEvent, compromised};
use super::verification;
use crate::clock::Timestamp;
use crate::cx::{ClientEntry, Cx};
use crate::domain::allowance::Allowance;
use crate::domain::attribute::{self, Attributes, is_email, is_phone_number};
use crate::domain::code::CodePurpose;
use crate::domain::ids::Sub;
use crate::domain::pool::{LoginAttribute, Pool};
use crate::domain::risk::Watched;
use crate::domain::threat_protection::{EventKind, Response};
use crate::domain::user::{User, UserStatus};
use crate::error::{Error, Taken, Thing};
use crate::store::{self, Db};

/// Somebody wants to join.
pub struct SignUp {
    /// The user name, or the address where addresses are user names.
    pub username: String,
    /// The password; somebody who will sign in with codes needs none.
    pub password: Option<SecretString>,
    /// Attributes.
    pub attributes: Attributes,
}

/// Somebody joined.
pub struct SignedUp {
    /// The new user.
    pub user: User,
    /// Where the confirmation code went, if one was sent.
    pub delivery: Option<Delivery>,
}

/// Makes an unconfirmed user and sends the confirmation code.
///
/// # Errors
/// Cognito's refusals: sign-up is off, name or attributes do not fit, weak password, name taken.
pub async fn sign_up(cx: &Cx, client: &Arc<ClientEntry>, mut wish: SignUp) -> Result<SignedUp, Error> {
    let pool = &client.pool.pool;
    if pool.settings.only_administrators_create_users {
        return Err(Error::not_authorized("SignUp is not permitted for this user pool"));
    }
    if client.client.first_unwritable(&wish.attributes).is_some() {
        return Err(Error::not_authorized("A client attempted to write unauthorized attribute"));
    }
    let username = settle_username(pool, &wish.username, &mut wish.attributes)?;
    attribute::normalise(&pool.settings.schema, &mut wish.attributes);
    attribute::check(&pool.settings.schema, &wish.attributes, true).map_err(Error::InvalidParameter)?;
    let sub = new_sub(cx);
    let username = username.unwrap_or_else(|| sub.0.clone());
    let (credential, is_compromised) = match &wish.password {
        None if pool.is_passwordless() => (None, false),
        None => return Err(Error::constraint("password", "not be null")),
        Some(password) => {
            let set = PasswordToSet { pool, sub: &sub, username: &username, password, expires_at: None };
            let credential = credential::make(cx, &set).await?;
            (Some(credential), compromised::check_chosen(cx, client, (password, Watched::SignUp)).await?)
        }
    };
    let event = threat_protection::event(cx, pool, (EventKind::SignUp, Response::Pass));
    let event = event.map(|event| event.with_password(is_compromised));
    let now = cx.now();
    let user = User { credential, ..new_user(pool, (sub, username), wish.attributes, now) };
    let code = confirmation_attribute(pool, &user)
        .map(|attribute| NewCode::make(cx, &user, CodePurpose::ConfirmSignUp, attribute));
    let (user, code) = insert(cx, client, (user, code), event).await?;
    tracing::info!(pool = %user.pool_id, sub = %user.sub, client = %client.client.id, "user signed up");
    if let Some(code) = &code {
        codes::check_road(cx, &code.row.attribute)?;
    }
    let delivery = code.and_then(|code| code.send(cx, &client.pool, &user, Some(confirmation_link(cx, client, &user))));
    Ok(SignedUp { user, delivery })
}

/// Confirms a sign-up with the code that was sent.
///
/// # Errors
/// Cognito's refusals: wrong, expired or too many codes, already confirmed, address taken in the meantime.
pub async fn confirm(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    (username, code): (&str, &str),
    is_forced: bool,
) -> Result<(), Error> {
    let user = find(cx, client, username, Error::CodeExpired).await?;
    if user.status != UserStatus::Unconfirmed {
        return Err(Error::NotAuthorized(
            format!("User cannot be confirmed. Current status is {}", user.status.name()).into(),
        ));
    }
    let typed = TypedCode::new(cx, &user, CodePurpose::ConfirmSignUp, code);
    let (client, now) = (Arc::clone(client), cx.now());
    let refusal = cx
        .store
        .write(move |db| {
            Box::pin(async move {
                let attribute = match typed.check(db, &user).await? {
                    Checked::Wrong(refusal) => return Ok(Some(refusal)),
                    Checked::Right(attribute) => attribute,
                };
                let pool = &client.pool.pool;
                let gone = || Error::NotFound(Thing::UserOfClient);
                let mut user = store::users::by_sub(db, &user.pool_id, &user.sub).await?.ok_or_else(gone)?;
                if !store::users::move_status(db, &user, UserStatus::Confirmed, now).await? {
                    return Err(gone());
                }
                user.status = UserStatus::Confirmed;
                verification::verify(db, pool, &mut user, (&attribute, is_forced), now).await?;
                verification::claim_names(db, pool, &user, true).await?;
                tracing::info!(pool = %user.pool_id, sub = %user.sub, "sign-up confirmed");
                Ok(None)
            })
        })
        .await?;
    refusal.map_or(Ok(()), Err)
}

/// Sends the confirmation code again; the earlier one stops working.
///
/// # Errors
/// Cognito's refusals: already confirmed, nothing to send to, too often.
pub async fn resend(cx: &Cx, client: &Arc<ClientEntry>, username: &str) -> Result<Delivery, Error> {
    let pool = &client.pool.pool;
    let found = store::users::by_login(&mut *cx.store.read().await?, &pool.id, &pool.name_key(username)).await?;
    let sub = found.as_ref().map_or_else(|| nobody(cx, pool, username).sub, |user| user.sub.clone());
    let is_hidden = client.client.hides_user_existence();
    if found.as_ref().map_or(is_hidden, |user| user.status == UserStatus::Unconfirmed) {
        allowances::count_now(cx, (&pool.id, &sub), Allowance::ResendConfirmationCode).await?;
    }
    let user = match found {
        Some(user) => user,
        None if is_hidden => return Ok(Delivery::pretended(cx, pool, username)),
        None => return Err(Error::NotFound(Thing::UserOfClient)),
    };
    if user.status != UserStatus::Unconfirmed {
        return Err(Error::InvalidParameter("User is already confirmed.".to_owned()));
    }
    let attribute = confirmation_attribute(pool, &user)
        .ok_or_else(|| Error::InvalidParameter("Cannot resend codes. Auto verification not turned on.".to_owned()))?;
    codes::check_road(cx, attribute)?;
    let code = NewCode::make(cx, &user, CodePurpose::ConfirmSignUp, attribute);
    let event = threat_protection::event(cx, pool, (EventKind::ResendCode, Response::Pass));
    let (user, code) = super::recovery::keep_code(cx, user, (code, event)).await?;
    let delivery = code.send(cx, &client.pool, &user, Some(confirmation_link(cx, client, &user)));
    delivery.ok_or_else(|| Error::internal("the user has no address to send to"))
}

/// The user behind a name, or `hidden` where the client hides who exists.
async fn find(cx: &Cx, client: &ClientEntry, username: &str, hidden: Error) -> Result<User, Error> {
    let pool = &client.pool.pool;
    let user = store::users::by_login(&mut *cx.store.read().await?, &pool.id, &pool.name_key(username)).await?;
    user.ok_or_else(|| if client.client.hides_user_existence() { hidden } else { Error::NotFound(Thing::UserOfClient) })
}

/// A fresh `sub`, in the shape of a UUID.
pub(super) fn new_sub(cx: &Cx) -> Sub {
    Sub(cx.random().uuid())
}

/// A user with neither password nor groups.
pub(super) fn new_user(pool: &Pool, (sub, username): (Sub, String), attributes: Attributes, now: Timestamp) -> User {
    User {
        pool_id: pool.id.clone(),
        sub,
        username,
        status: UserStatus::Unconfirmed,
        is_enabled: true,
        attributes,
        credential: None,
        created_at: now,
        modified_at: now,
        signed_out_at: Timestamp(0),
    }
}

/// Checks the shape of a user name. Where addresses are user names it becomes an attribute, and `None` says that the
/// `sub` will be the name.
///
/// # Errors
/// Cognito's text for a name that does not fit.
pub(super) fn settle_username(
    pool: &Pool,
    username: &str,
    attributes: &mut Attributes,
) -> Result<Option<String>, Error> {
    let is_plain =
        !username.is_empty() && !username.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    if !is_plain || username.chars().count() > 128 {
        return Err(Error::constraint(
            "username",
            "satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+",
        ));
    }
    let refuse = |text: &str| Err(Error::InvalidParameter(text.to_owned()));
    let names = &pool.settings.username_attributes;
    if names.is_empty() {
        let aliases = &pool.settings.alias_attributes;
        return match username {
            _ if aliases.contains(&LoginAttribute::Email) && is_email(username) => {
                refuse("Username cannot be of email format, since user pool is configured for email alias.")
            }
            _ if aliases.contains(&LoginAttribute::PhoneNumber) && is_phone_number(username) => refuse(
                "Username cannot be of phone number format, since user pool is configured for phone number alias.",
            ),
            _ => Ok(Some(username.to_owned())),
        };
    }
    let (by_email, by_phone) = (names.contains(&LoginAttribute::Email), names.contains(&LoginAttribute::PhoneNumber));
    let kind = match username {
        _ if by_email && is_email(username) => "email",
        _ if by_phone && is_phone_number(username) => "phone_number",
        _ if by_email && by_phone => return refuse("Username should be either an email or a phone number."),
        _ if by_email => return refuse("Username should be an email."),
        _ => return refuse("Username should be a phone number."),
    };
    attributes.insert(kind.to_owned(), username.to_owned());
    Ok(None)
}

/// The attribute to which a confirmation code goes: the phone first, where both are verified (spec: channel).
fn confirmation_attribute(pool: &Pool, user: &User) -> Option<&'static str> {
    [LoginAttribute::PhoneNumber, LoginAttribute::Email]
        .into_iter()
        .find(|attribute| {
            pool.settings.auto_verified_attributes.contains(attribute) && user.attribute(attribute.name()).is_some()
        })
        .map(LoginAttribute::name)
}

/// Where a click in the mail leads, with a place for the code.
fn confirmation_link(cx: &Cx, client: &ClientEntry, user: &User) -> String {
    let name = url::form_urlencoded::byte_serialize(user.username.as_bytes()).collect::<String>();
    format!(
        "{}/confirmUser?client_id={}&user_name={name}&confirmation_code={{####}}",
        cx.base_of(&client.pool),
        client.client.id
    )
}

/// Keeps a new user. A name that already leads to somebody, as their alias or their `sub`, is refused as taken:
/// administrators and tokens find people by it.
///
/// # Errors
/// [`Taken::Username`].
pub(super) async fn insert_user(db: &mut Db, pool: &Pool, user: &User) -> Result<(), Error> {
    let key = pool.name_key(&user.username);
    let is_own_sub = key == user.sub.0;
    let is_somebody = !is_own_sub && store::users::by_login(db, &pool.id, &key).await?.is_some();
    if is_somebody || !store::users::insert(db, user, &key).await? {
        return Err(Error::Exists(Taken::Username));
    }
    Ok(())
}

async fn insert(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    (user, code): (User, Option<NewCode>),
    event: Option<NewEvent>,
) -> Result<(User, Option<NewCode>), Error> {
    let client = Arc::clone(client);
    cx.store
        .write(move |db| {
            Box::pin(async move {
                let pool = &client.pool.pool;
                insert_user(db, pool, &user).await?;
                if let Some(event) = &event {
                    event.keep(db, (&user.pool_id, &user.sub)).await?;
                }
                verification::claim_names(db, pool, &user, false).await?;
                if let Some(code) = &code {
                    code.keep(db, &user).await?;
                }
                Ok((user, code))
            })
        })
        .await
}
