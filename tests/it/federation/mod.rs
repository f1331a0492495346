//! Signing in through identity providers: the simulated six, driven as a browser does, with every answer verified.

mod acme;
mod assertions;
mod attributes;
mod corporate;
mod crash;
mod hostile_oidc;
mod hostile_saml;
mod journeys;
mod levels;
mod published;
mod races;
mod road;
mod settings;
mod sign_out;
pub mod stage;
mod under_a_domain;
mod without_password;
