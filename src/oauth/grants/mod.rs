//! Owns the grants, one file each. The client is proven before any of them runs.

pub mod client_credentials;
pub mod code;
pub mod refresh_token;
pub mod token_exchange;
