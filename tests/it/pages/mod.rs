//! The hosted pages, as a person with a browser meets them.

mod account;
mod codes;
mod csrf;
mod frame;
mod hostile_values;
mod passkeys;
mod recovery;
mod risk;
mod second_factors;
mod session;
mod sign_in;
mod sign_up;
mod step_cookies;
mod temporary_password;
mod tour;
