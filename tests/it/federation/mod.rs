//! Signing in through identity providers: the simulated six, driven as a browser does, with every answer verified.

mod attributes;
mod corporate;
mod journeys;
mod settings;
mod sign_out;
mod stage;
