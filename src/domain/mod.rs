//! Owns the values of a user pool and the rules that need nothing but values.
//! It must not know async, SQL, HTTP, JSON shapes of the API, or the clock.

pub mod allowance;
pub mod attribute;
pub mod branding;
pub mod branding_css;
pub mod client;
pub mod code;
pub mod corporate;
pub mod device;
pub mod device_name;
pub mod factor;
pub mod group;
pub mod identity_pool;
pub mod ids;
pub mod import_job;
pub mod lockout;
pub mod log_delivery;
pub mod next_step;
pub mod passkey;
pub mod password;
pub mod pool;
pub mod pool_domain;
pub mod provider;
pub mod registration;
pub mod resource_server;
pub mod risk;
pub mod role_arn;
pub mod role_choice;
pub mod scope;
pub mod sign_in_risk;
pub mod stylesheet;
pub mod terms;
pub mod threat_protection;
pub mod token_family;
pub mod user;
pub mod user_filter;
