//! The OAuth and OpenID Connect endpoints, as a relying party sees them.

mod code_flow;
