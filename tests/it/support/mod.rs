//! Owns what the integration tests share: the real server on a fresh database, and a browser made of plain requests.

pub mod app;
pub mod browser;
pub mod log;
pub mod setup;
pub mod signature;

pub use app::{Answer, TestApp};
pub use browser::Browser;
pub use setup::{Setup, callback};
