//! Owns what the integration tests share: the real server on a fresh database, the real binary, and a browser made of
//! plain requests.

pub mod app;
pub mod authenticator;
pub mod browser;
pub mod device;
pub mod flows;
pub mod gateway;
pub mod log;
pub mod outsider;
pub mod peer;
pub mod program;
pub mod setup;
pub mod signature;
pub mod srp;
pub mod steps;
pub mod upstream;

pub use app::{Answer, TestApp};
pub use browser::{Browser, Page};
pub use program::Program;
pub use setup::{Setup, callback};
