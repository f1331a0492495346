//! Owns the front page: which providers there are, and how to register each in a pool. It must not know protocols.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde_json::json;

use super::Simulation;
use super::kind::Kind;
use super::pages::{self, Shell};
use super::settings::ProviderSettings;

#[derive(Template)]
#[template(path = "simulated/index.html")]
struct Index {
    shell: Shell,
    providers: Vec<Entry>,
}

struct Entry {
    class: &'static str,
    label: &'static str,
    note: &'static str,
    document: String,
    command: String,
}

/// The route.
pub fn configure(config: &mut web::ServiceConfig) {
    config.route("/", web::get().to(show));
}

async fn show(simulation: web::Data<Simulation>) -> HttpResponse {
    let entry = |(kind, settings): (Kind, &ProviderSettings)| Entry {
        class: kind.slug(),
        label: kind.label(),
        note: note(kind),
        document: document(&simulation.address(kind), kind),
        command: command(settings),
    };
    let providers = Kind::ALL.into_iter().zip(&simulation.settings).map(entry).collect();
    pages::page(StatusCode::OK, &Index { shell: Shell::neutral(), providers }, None)
}

/// What is worth knowing before trying it.
const fn note(kind: Kind) -> &'static str {
    match kind {
        Kind::Google => "OpenID Connect with PKCE; numbers people with 21 digits.",
        Kind::Facebook => "The Graph API: no ID token, no word about whether an address is verified.",
        Kind::Amazon => "OAuth 2.0 with a profile endpoint; access tokens hold a vertical bar.",
        Kind::Apple => {
            "Posts its answer as a form, and tells the name at the first consent only (until it is restarted)."
        }
        Kind::Oidc => "Plain OpenID Connect with discovery, PKCE and groups.",
        Kind::Saml => "SAML 2.0 by redirect and POST, single logout, sign-in that starts at the provider.",
    }
}

/// The public page or document of a provider that is worth a look.
fn document(at: &str, kind: Kind) -> String {
    match kind {
        Kind::Google | Kind::Oidc | Kind::Apple => format!("{at}/.well-known/openid-configuration"),
        Kind::Saml => format!("{at}/"),
        Kind::Facebook | Kind::Amazon => String::new(),
    }
}

/// The AWS command line's command that registers the provider.
fn command(settings: &ProviderSettings) -> String {
    format!(
        "aws cognito-idp create-identity-provider \\\n  --endpoint-url \"$POOL_URL\" --user-pool-id \"$POOL_ID\" \\\n  \
         --provider-name {} --provider-type {} \\\n  --provider-details '{}' \\\n  --attribute-mapping '{}'",
        settings.name,
        settings.provider_type,
        json!(settings.details),
        json!(settings.attribute_mapping),
    )
}
