//! Owns the handlers of the hosted pages, one file per road: what a page shows, what its form does, where it leads.
//! Every handler parses and checks the authorization request in the URL again ([`crate::oauth::checks`]); the looks
//! stand in [`crate::web::pages`], the decisions in [`crate::auth`]. It must not know SQL.

pub mod account;
pub mod authorize;
pub mod challenge;
pub mod change_password;
pub mod codes;
pub mod confirm;
pub mod consent;
pub mod corporate;
pub mod error;
pub mod factor;
pub mod factor_set_up;
pub mod federation;
pub mod feedback;
pub mod login;
pub mod logout;
pub mod opened;
pub mod outcome;
pub mod passkeys;
pub mod recovery;
pub mod reply;
pub mod sign_up;
pub mod single_logout;
pub mod step;

use super::pages::{Field, PasswordRule};
use super::texts::Texts;
use crate::domain::password::PasswordPolicy;
use crate::domain::pool::{LoginAttribute, Pool};

/// What the user name is called in this pool.
fn username_label(pool: &Pool, texts: &'static Texts) -> &'static str {
    let names = &pool.settings.username_attributes;
    match (names.contains(&LoginAttribute::Email), names.contains(&LoginAttribute::PhoneNumber)) {
        (true, true) => texts.email_or_phone_number,
        (true, false) => texts.email,
        (false, true) => texts.phone_number,
        (false, false) => texts.username,
    }
}

/// A user name field with the keyboard that fits.
fn username_field(pool: &Pool, texts: &'static Texts, value: &str) -> Field {
    typed_as_address(pool, Field::username(username_label(pool, texts), value))
}

fn typed_as_address(pool: &Pool, field: Field) -> Field {
    let inputmode = match pool.settings.username_attributes.as_slice() {
        [LoginAttribute::Email] => "email",
        [LoginAttribute::PhoneNumber] => "tel",
        _ => field.inputmode,
    };
    Field { inputmode, ..field }
}

/// The checklist beside a new password.
fn password_rules(policy: &PasswordPolicy, texts: &Texts) -> Vec<PasswordRule> {
    let wanted = [
        (policy.require_lowercase, PasswordRule::lower_case(texts)),
        (policy.require_uppercase, PasswordRule::upper_case(texts)),
        (policy.require_numbers, PasswordRule::number(texts)),
        (policy.require_symbols, PasswordRule::symbol(texts)),
    ];
    let mut rules = vec![PasswordRule::length(texts, policy.minimum_length)];
    rules.extend(wanted.into_iter().filter(|(is_wanted, _)| *is_wanted).map(|(_, rule)| rule));
    rules.push(PasswordRule::trimmed(texts));
    rules
}
