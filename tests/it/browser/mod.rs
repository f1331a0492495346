//! The journeys of a person in a real Chromium, against the real binary. They need chromedriver: `FULL_TESTS=1`.

mod account;
mod appearance;
mod at_work;
pub mod chromium;
mod consent;
mod example;
mod journey;
mod passkeys;
mod passwords;
pub mod stage;

pub use chromium::Chromium;
pub use stage::{DEMO, Stage};
