//! The journeys of a person in a real Chromium, against the real binary. They need chromedriver: `FULL_TESTS=1`.

mod appearance;
pub mod chromium;
mod journey;
mod passkeys;
mod passwords;
pub mod stage;
