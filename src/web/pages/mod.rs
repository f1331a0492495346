//! Owns the looks of the hosted pages: one file per page, each a flat view of strings, links and lists
//! with its template. It must not know requests, users or rules: handlers fill the views in.

pub mod account;
pub mod change_password;
pub mod confirm;
pub mod consent;
pub mod error;
pub mod factor_code;
pub mod feedback;
pub mod forgot_password;
pub mod hand_over;
pub mod inbox;
pub mod known_session;
pub mod moment;
mod parts;
pub mod passkey_add;
pub mod repost;
pub mod reset_password;
pub mod select_factor;
pub mod sign_in;
pub mod sign_up;
pub mod signed_out;
pub mod software_token;

pub use parts::{Bar, Brand, Field, Layout, Link, PasswordRule};

#[cfg(test)]
mod tests;
