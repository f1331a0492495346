//! Tests of SAML: genuine messages, a corpus of hostile ones, metadata, requests, and the whole way in and out.

mod corpus;
mod encryption;
mod genuine;
mod idp;
mod logout;
mod logout_cases;
mod markup;
mod profile_cases;
mod service;
mod signatures;
mod wrapping;
