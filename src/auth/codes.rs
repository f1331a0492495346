//! Owns one-time codes that people type: making, sending, checking, with the lock rule of passwords.

use crate::clock::Timestamp;
use crate::crypto::digest;
use crate::cx::{Cx, PoolEntry};
use crate::domain::attribute::{Attributes, is_email, is_phone_number};
use crate::domain::code::{CodePurpose, masked_destination};
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::error::Error;
use crate::mail::Channel;
use crate::notice::{Notice, Purpose};
use crate::store::attempts::Failure;
use crate::store::codes::CodeRow;
use crate::store::{self, Db};

/// Where a code went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The masked address.
    pub destination: String,
    /// Mail or text message.
    pub channel: Channel,
    /// The attribute that holds the address.
    pub attribute: String,
}

impl Delivery {
    /// A delivery to `address`, the value of `attribute`.
    #[must_use]
    pub fn to(attribute: &str, address: &str) -> Self {
        let channel = if attribute == "phone_number" { Channel::Sms } else { Channel::Email };
        Self { destination: masked_destination(address), channel, attribute: attribute.to_owned() }
    }

    /// A plausible delivery for somebody who does not exist, always the same for the same name. Where the name is not
    /// an address itself, the letters that the mask leaves come from the master key: nobody can foretell them.
    #[must_use]
    pub fn pretended(cx: &Cx, pool: &Pool, typed: &str) -> Self {
        let attribute = if is_phone_number(&pool.name_key(typed)) { "phone_number" } else { "email" };
        Self::to(attribute, &Self::pretended_address(cx, pool, (attribute, typed)))
    }

    /// A plausible address of that kind for somebody who does not exist, as in [`Delivery::pretended`].
    #[must_use]
    pub fn pretended_address(cx: &Cx, pool: &Pool, (attribute, typed): (&str, &str)) -> String {
        let name = pool.name_key(typed);
        let is_phone = attribute == "phone_number";
        if (is_phone && is_phone_number(&name)) || (!is_phone && is_email(&name)) {
            return name;
        }
        let mac = cx.secrets.code_mac([pool.id.as_str(), "pretended", "destination", &name]);
        if is_phone {
            let digits = mac.bytes().take(10).map(|letter| char::from(b'0' + letter % 10));
            return std::iter::once('+').chain(digits).collect();
        }
        let letters: String = mac.chars().filter(char::is_ascii_lowercase).collect();
        let (local, host) = letters.split_at(letters.len() / 2);
        format!("{local}@{host}")
    }
}

/// A code that is kept but not yet sent.
pub struct NewCode {
    /// What the database keeps.
    pub row: CodeRow,
    code: String,
    purpose: CodePurpose,
}

impl NewCode {
    /// A fresh code for `user`, to be sent to the address in `attribute`.
    #[must_use]
    pub fn make(cx: &Cx, user: &User, purpose: CodePurpose, attribute: &str) -> Self {
        let code = cx.random().six_digits();
        let row = CodeRow {
            code_mac: code_mac(cx, user, purpose, &code),
            attribute: attribute.to_owned(),
            expires_at: cx.now().plus_seconds(purpose.lifetime_seconds()),
        };
        Self { row, code, purpose }
    }

    /// Keeps the code; an earlier one stops working.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep(&self, db: &mut Db, user: &User) -> Result<(), Error> {
        store::codes::put(db, &user.pool_id, &user.sub, self.purpose, &self.row).await
    }

    /// Sends the code, once it is kept; `link` is where a click confirms instead.
    #[must_use]
    pub fn send(&self, cx: &Cx, pool: &PoolEntry, user: &User, link: Option<String>) -> Option<Delivery> {
        let address = user.attribute(&self.row.attribute)?;
        self.send_to(cx, pool, (user, address), link)
    }

    /// Sends the code to `address`, which need not be the user's yet.
    #[must_use]
    pub fn send_to(
        &self,
        cx: &Cx,
        pool: &PoolEntry,
        (user, address): (&User, &str),
        link: Option<String>,
    ) -> Option<Delivery> {
        let delivery = Delivery::to(&self.row.attribute, address);
        let messages = &pool.pool.settings.messages;
        let by_link = messages.confirms_by_link && link.is_some() && delivery.channel == Channel::Email;
        let (subject, body) = match delivery.channel {
            Channel::Sms => (None, messages.verification_text_message.clone()),
            Channel::Email if by_link => (messages.link_subject.clone(), messages.link_body.clone()),
            Channel::Email => (messages.verification_subject.clone(), messages.verification_body.clone()),
        };
        let notice = Notice {
            to: address.to_owned(),
            channel: delivery.channel,
            purpose: match self.purpose {
                CodePurpose::ResetPassword => Purpose::ResetPassword,
                CodePurpose::ConfirmSignUp => Purpose::ConfirmSignUp,
                CodePurpose::VerifyEmail | CodePurpose::VerifyPhoneNumber => Purpose::VerifyAttribute,
            },
            code: self.code.clone(),
            username: user.display_name().to_owned(),
            link: link.filter(|_| by_link).map(|link| link.replace("{####}", &self.code)),
            brand_name: pool.pool.name.clone(),
            reply_to: pool.pool.settings.reply_to.clone(),
            failures_to: pool.pool.failures_to(),
            subject_template: subject,
            body_template: body,
        };
        cx.outbox.send(notice.render(cx.now()));
        Some(delivery)
    }
}

/// Whether a code can be sent to the address in `attribute` at all.
///
/// # Errors
/// [`Error::CodeDeliveryFailure`] when no road of that kind is configured.
pub fn check_road(cx: &Cx, attribute: &str) -> Result<(), Error> {
    cx.outbox.check(if attribute == "phone_number" { Channel::Sms } else { Channel::Email })
}

/// Keeps a code that nobody can type, for somebody to whom none may be sent. What is typed is then told from right in
/// the same way, and takes the same time, as where a code was sent.
///
/// # Errors
/// When the database fails.
pub async fn keep_decoy(cx: &Cx, user: User, purpose: CodePurpose) -> Result<(), Error> {
    let expires_at = cx.now().plus_seconds(purpose.lifetime_seconds());
    let decoy = CodeRow { code_mac: cx.random().token(), attribute: "email".to_owned(), expires_at };
    cx.store
        .write(move |db| {
            Box::pin(async move { store::codes::put(db, &user.pool_id, &user.sub, purpose, &decoy).await })
        })
        .await
}

/// A code that somebody typed, ready to be checked inside a transaction.
#[derive(Clone)]
pub struct TypedCode {
    code_mac: String,
    purpose: CodePurpose,
    now: Timestamp,
}

/// What became of a typed code. A wrong one must be committed (it was counted), so it is not a fault yet.
pub enum Checked {
    /// It was right and is used up; it proves this attribute.
    Right(String),
    /// It was wrong, late or never asked for.
    Wrong(Error),
}

impl TypedCode {
    /// What `user` typed.
    #[must_use]
    pub fn new(cx: &Cx, user: &User, purpose: CodePurpose, code: &str) -> Self {
        Self { code_mac: code_mac(cx, user, purpose, code.trim()), purpose, now: cx.now() }
    }

    /// Checks the code: locked, missing, expired, wrong, or right and taken.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn check(&self, db: &mut Db, user: &User) -> Result<Checked, Error> {
        match self.compare(db, user).await? {
            Checked::Right(attribute) if self.take(db, user).await? => Ok(Checked::Right(attribute)),
            Checked::Right(_) => Ok(Checked::Wrong(Error::CodeExpired)),
            wrong => Ok(wrong),
        }
    }

    /// As [`TypedCode::check`], but leaves a right code to be taken by [`TypedCode::take`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn compare(&self, db: &mut Db, user: &User) -> Result<Checked, Error> {
        let subject = self.subject(user);
        if store::attempts::is_locked(db, &subject, self.now).await? {
            return Ok(Checked::Wrong(Error::TooManyFailedAttempts));
        }
        let whose = (&user.pool_id, &user.sub);
        if !store::allowances::use_one(db, whose, self.purpose.allowance(), self.now).await? {
            return Ok(Checked::Wrong(Error::AttemptLimitExceeded));
        }
        let Some(row) = store::codes::find(db, &user.pool_id, &user.sub, self.purpose).await? else {
            return Ok(Checked::Wrong(Error::CodeExpired));
        };
        if row.expires_at <= self.now {
            return Ok(Checked::Wrong(Error::CodeExpired));
        }
        if !digest::is_equal(row.code_mac.as_bytes(), self.code_mac.as_bytes()) {
            let failure = store::attempts::fail(db, &subject, self.now).await?;
            let is_locked = failure == Failure::Locked;
            return Ok(Checked::Wrong(if is_locked { Error::TooManyFailedAttempts } else { Error::CodeMismatch }));
        }
        Ok(Checked::Right(row.attribute))
    }

    /// Takes a code that was right; `false` when somebody was quicker.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take(&self, db: &mut Db, user: &User) -> Result<bool, Error> {
        let is_first = store::codes::take(db, &user.pool_id, &user.sub, self.purpose, &self.code_mac).await?;
        Ok(is_first && store::attempts::succeed(db, &self.subject(user), self.now).await?)
    }

    fn subject(&self, user: &User) -> String {
        format!("{}/{}/sub/{}", self.purpose.name(), user.pool_id, user.sub)
    }
}

/// Ends what waits for an address that is another one in `after`: codes that were sent to the one in `before` prove
/// nothing any more, and a new one that was not proven yet is given up.
///
/// # Errors
/// When the database fails.
pub async fn forget_replaced(db: &mut Db, (before, after): (&User, &Attributes)) -> Result<(), Error> {
    let whose = (&before.pool_id, &before.sub);
    for name in ["email", "phone_number"] {
        if before.attributes.get(name).is_some_and(|old| after.get(name) != Some(old)) {
            store::codes::forget_sent_to(db, whose, name).await?;
            store::pending_attributes::take(db, whose, name).await?;
        }
    }
    Ok(())
}

fn code_mac(cx: &Cx, user: &User, purpose: CodePurpose, code: &str) -> String {
    cx.secrets.code_mac([user.pool_id.as_str(), user.sub.as_str(), purpose.name(), code])
}
