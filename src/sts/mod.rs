//! Owns temporary credentials: who gets them, what they say, and who signed a request with them. It must not know
//! HTTP, nor how an answer is written.

pub mod actions;
pub mod caller;
pub mod credentials;
pub mod forward;
pub mod issuer;
pub mod parameters;
pub mod web_identity;
