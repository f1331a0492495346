//! The journeys of a person in a real Chromium, against the real binary. They need chromedriver: `FULL_TESTS=1`.

mod appearance;
mod chromium;
mod journey;
mod passkeys;
mod passwords;
mod stage;
