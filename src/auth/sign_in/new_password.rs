//! Owns the step that replaces a temporary password. The change is one guarded statement, in the transaction that
//! uses the session up.

use std::sync::Arc;

use secrecy::SecretString;

use super::Outcome;
use super::proceed::{Proven, proceed};
use super::session::{Pending, Resumed, invalid};
use super::single_use::used;
use crate::auth::codes;
use crate::auth::credential::{self, PasswordToSet};
use crate::auth::threat_protection::compromised;
use crate::auth::verification::move_names;
use crate::cx::{ClientEntry, Cx};
use crate::domain::attribute::{self, Attributes};
use crate::domain::pool::Pool;
use crate::domain::user::{User, UserStatus};
use crate::error::Error;
use crate::store;
use crate::store::users::PasswordChange;

/// Required attributes that `user` lacks.
pub(super) fn missing(pool: &Pool, user: &User) -> Vec<String> {
    let lacks = pool.required_attributes().filter(|required| user.attribute(&required.name).is_none());
    lacks.map(|required| required.name.clone()).collect()
}

/// Sets the new password and goes on. A password or attributes that do not fit leave the session as it is.
///
/// # Errors
/// Cognito's refusals: bad session, weak password, attributes that are missing or not allowed.
pub(super) async fn answer(
    cx: &Cx,
    client: &Arc<ClientEntry>,
    resumed: Resumed,
    (password, given): (&SecretString, Attributes),
) -> Result<Outcome, Error> {
    let Pending::NewPassword = resumed.progress.pending else { return Err(invalid()) };
    let user = resumed.user()?.clone();
    if user.status != UserStatus::ForceChangePassword || user.may_have_no_password() {
        return Err(used());
    }
    let pool = &client.pool.pool;
    let attributes = merged(client, &user, given)?;
    let set = PasswordToSet { pool, sub: &user.sub, username: &user.username, password, expires_at: None };
    let credential = credential::make(cx, &set).await?;
    let is_compromised = compromised::check_change(cx, client, (password, &user)).await?;
    let at = cx.now();
    let remembered = pool.settings.password_policy.remembered();
    let (from, to) = (UserStatus::ForceChangePassword, UserStatus::Confirmed);
    let change = PasswordChange { credential, from, to, at, remembered };
    let entry = Arc::clone(&client.pool);
    let mut proven = Proven::after(&resumed, user, (at, None));
    proven.risk.is_compromised |= is_compromised;
    let (user, effects) = (proven.user.clone(), std::mem::take(&mut proven.effects));
    proven.user = cx
        .store
        .write(move |db| {
            Box::pin(async move {
                for effect in &effects {
                    effect.apply(db, (&user, at)).await?;
                }
                let is_first = store::users::set_password(db, &user.pool_id, &user.sub, &change).await?;
                if !is_first || !store::users::set_attributes(db, &user, &attributes, at).await? {
                    return Err(used());
                }
                codes::forget_replaced(db, (&user, &attributes)).await?;
                let after = User { attributes, status: to, ..user.clone() };
                move_names(db, &entry.pool, (&user, &after)).await?;
                store::users::by_sub(db, &user.pool_id, &user.sub).await?.ok_or_else(used)
            })
        })
        .await?;
    tracing::info!(pool = %proven.user.pool_id, sub = %proven.user.sub, "temporary password replaced");
    proceed(cx, client, proven).await
}

/// The user's attributes with the given ones, checked as a whole.
fn merged(client: &ClientEntry, user: &User, given: Attributes) -> Result<Attributes, Error> {
    if client.client.first_unwritable(&given).is_some() {
        return Err(Error::not_authorized("A client attempted to write unauthorized attribute"));
    }
    let mut attributes = user.attributes.clone();
    for (name, value) in given {
        let is_fixed = client.pool.pool.schema_of(&name).is_some_and(|known| !known.is_mutable);
        if is_fixed && user.attribute(&name).is_some_and(|old| old != value) {
            return Err(Error::InvalidParameter(format!("user.{name}: Attribute cannot be updated.")));
        }
        if user.attribute(&name).is_some_and(|old| old != value) && matches!(name.as_str(), "email" | "phone_number") {
            attributes.remove(&format!("{name}_verified"));
        }
        attributes.insert(name, value);
    }
    attribute::normalise(&client.pool.pool.settings.schema, &mut attributes);
    attribute::check(&client.pool.pool.settings.schema, &attributes, true).map_err(Error::InvalidParameter)?;
    Ok(attributes)
}
