//! Signing in through identity providers in a real Chromium, from the demo site and back to it: the simulated ones,
//! and real ones that others wrote. All of it needs installed programs: `FULL_TESTS=1`.

mod emulate;
mod entry;
mod oidc_provider;
mod passport_facebook;
mod simplesamlphp;
mod simulated;
mod switches;
