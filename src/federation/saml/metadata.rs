//! Owns metadata documents (SAML metadata): reading a provider's, and writing ours.
//! It must not know where a document comes from or how long it is kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uppsala::{Document, NodeId};
use url::Url;

use super::binding::Binding;
use super::fault::SamlFault;
use super::filter;
use super::verify::guarded;
use super::xml::{self, METADATA, PROTOCOL, SIGNATURE};
use crate::clock::Timestamp;
use crate::crypto::certificate::Certificate;

/// The longest certificate, in characters of base64.
const LONGEST_CERTIFICATE: usize = 4_096;
/// More keys than any rollover needs; each would be tried for each signature.
const MOST_CERTIFICATES: usize = 10;

const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
/// The binding that answers come by.
pub const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// The NameID formats that we take: any, but these are named. The first is the best.
const NAME_FORMATS: [&str; 4] = [
    "2.0:nameid-format:persistent",
    "1.1:nameid-format:emailAddress",
    "1.1:nameid-format:unspecified",
    "2.0:nameid-format:transient",
];

/// An identity provider as its metadata describes it.
#[derive(Debug, Clone)]
pub struct IdentityProvider {
    /// Its entity id.
    pub entity_id: String,
    /// Where sign-in requests go by redirect.
    pub sso_redirect: Option<String>,
    /// Where sign-in requests go by form.
    pub sso_post: Option<String>,
    /// Where logout requests go by redirect.
    pub slo_redirect: Option<String>,
    /// Where logout requests go by form.
    pub slo_post: Option<String>,
    /// Where answers to its own logout requests go, by redirect.
    pub slo_redirect_answer: Option<String>,
    /// Where answers to its own logout requests go, by form.
    pub slo_post_answer: Option<String>,
    /// Its signing keys, at least one; several while it changes them.
    pub certificates: Vec<Certificate>,
    /// Until when the document may be used.
    pub valid_until: Option<Timestamp>,
}

impl IdentityProvider {
    /// Where sign-in requests go: by redirect, as with Cognito, by form where there is nothing else.
    #[must_use]
    pub fn sso(&self) -> Option<(Binding, &str)> {
        either((&self.sso_redirect, &self.sso_post), Binding::Redirect)
    }

    /// Where logout requests go.
    #[must_use]
    pub fn slo(&self) -> Option<(Binding, &str)> {
        either((&self.slo_redirect, &self.slo_post), Binding::Redirect)
    }

    /// Where the answer to a logout request goes: back the way it came, if there is one.
    #[must_use]
    pub fn slo_answer(&self, asked: Binding) -> Option<(Binding, &str)> {
        either((&self.slo_redirect_answer, &self.slo_post_answer), asked)
    }

    /// Whether any of the certificates is unexpired, which a newly configured provider must have. One that expires
    /// later goes on to be trusted: the metadata vouches for the key.
    #[must_use]
    pub fn has_current_certificate(&self, now: Timestamp) -> bool {
        self.certificates.iter().any(|certificate| certificate.expires_at > now.seconds())
    }
}

/// Reads a provider's metadata.
///
/// # Errors
/// When it is not usable: not metadata of one identity provider, expired, or without a signing certificate that we
/// can verify with.
pub fn parse(text: &str, now: Timestamp) -> Result<IdentityProvider, SamlFault> {
    guarded(|| {
        let text = filter::admit(text.trim(), &filter::METADATA)?;
        let (document, root) = xml::parse(text)?;
        let (entity, role) = provider_of(&document, root)?;
        let mut valid_until = None;
        for node in [root, entity, role] {
            valid_until = [valid_until, xml::instant(&document, node, "validUntil")?].into_iter().flatten().min();
        }
        if valid_until.is_some_and(|end| end <= now) {
            return Err(SamlFault::Expired);
        }
        let entity_id = xml::attribute(&document, entity, "entityID").filter(|id| !id.is_empty());
        Ok(IdentityProvider {
            entity_id: entity_id.ok_or(SamlFault::Metadata("no entityID"))?.to_owned(),
            sso_redirect: location(&document, role, SIGN_ON, REDIRECT)?,
            sso_post: location(&document, role, SIGN_ON, POST)?,
            slo_redirect: location(&document, role, LOGOUT, REDIRECT)?,
            slo_post: location(&document, role, LOGOUT, POST)?,
            slo_redirect_answer: location(&document, role, LOGOUT_ANSWER, REDIRECT)?,
            slo_post_answer: location(&document, role, LOGOUT_ANSWER, POST)?,
            certificates: certificates(&document, role)?,
            valid_until,
        })
    })
}

/// We as a service provider.
#[derive(Debug, Clone, Copy)]
pub struct ServiceProvider<'a> {
    /// Who we are.
    pub entity_id: &'a str,
    /// Where assertions come to.
    pub acs_url: &'a str,
    /// Where messages about logout come to.
    pub slo_url: &'a str,
    /// The certificate that signs what we send and that assertions are encrypted to (base64 DER).
    pub certificate: &'a str,
    /// Whether all our sign-in requests are signed. A provider that reads so refuses any that is not.
    pub signs_requests: bool,
}

/// Our metadata as a service provider (SAML metadata §2.4.4).
#[must_use]
pub fn sp_metadata(us: &ServiceProvider<'_>) -> String {
    let key = |purpose: &str| {
        format!(
            "<md:KeyDescriptor use=\"{purpose}\"><ds:KeyInfo xmlns:ds=\"{SIGNATURE}\"><ds:X509Data>\
             <ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>",
            xml::escape(us.certificate)
        )
    };
    let slo = xml::escape(us.slo_url);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <md:EntityDescriptor xmlns:md=\"{METADATA}\" entityID=\"{}\">\
         <md:SPSSODescriptor AuthnRequestsSigned=\"{}\" protocolSupportEnumeration=\"{PROTOCOL}\">\
         {}{}<md:SingleLogoutService Binding=\"{POST}\" Location=\"{slo}\"/>\
         <md:SingleLogoutService Binding=\"{REDIRECT}\" Location=\"{slo}\"/>{}\
         <md:AssertionConsumerService Binding=\"{POST}\" Location=\"{}\" index=\"0\" isDefault=\"true\"/>\
         </md:SPSSODescriptor></md:EntityDescriptor>",
        xml::escape(us.entity_id),
        us.signs_requests,
        key("signing"),
        key("encryption"),
        NAME_FORMATS
            .map(|format| format!("<md:NameIDFormat>urn:oasis:names:tc:SAML:{format}</md:NameIDFormat>"))
            .concat(),
        xml::escape(us.acs_url),
    )
}

/// The one EntityDescriptor with an IDPSSODescriptor for SAML 2.0: the root, or alone of its kind in an
/// EntitiesDescriptor.
fn provider_of(document: &Document<'_>, root: NodeId) -> Result<(NodeId, NodeId), SamlFault> {
    let entities = match xml::is(document, root, METADATA, "EntityDescriptor") {
        true => vec![root],
        false if xml::is(document, root, METADATA, "EntitiesDescriptor") => {
            xml::all(document, root, METADATA, "EntityDescriptor")
        }
        false => return Err(SamlFault::Metadata("not an EntityDescriptor")),
    };
    let speaks_saml_2 = |role: &NodeId| {
        let protocols = xml::attribute(document, *role, "protocolSupportEnumeration").unwrap_or_default();
        protocols.split_ascii_whitespace().any(|protocol| protocol == PROTOCOL)
    };
    let roles: Vec<(NodeId, NodeId)> = entities
        .into_iter()
        .flat_map(|entity| {
            xml::all(document, entity, METADATA, "IDPSSODescriptor").into_iter().map(move |role| (entity, role))
        })
        .filter(|(_, role)| speaks_saml_2(role))
        .collect();
    match roles[..] {
        [found] => Ok(found),
        _ => Err(SamlFault::Metadata("not exactly one IDPSSODescriptor")),
    }
}

/// A service, and the attributes that hold its address: the first that is there.
type Service = (&'static str, &'static [&'static str]);

const SIGN_ON: Service = ("SingleSignOnService", &["Location"]);
const LOGOUT: Service = ("SingleLogoutService", &["Location"]);
const LOGOUT_ANSWER: Service = ("SingleLogoutService", &["ResponseLocation", "Location"]);

fn either<'a>(
    (redirect, post): (&'a Option<String>, &'a Option<String>),
    preferred: Binding,
) -> Option<(Binding, &'a str)> {
    let by_redirect = redirect.as_deref().map(|address| (Binding::Redirect, address));
    let by_post = post.as_deref().map(|address| (Binding::Post, address));
    match preferred {
        Binding::Redirect => by_redirect.or(by_post),
        Binding::Post => by_post.or(by_redirect),
    }
}

fn location(
    document: &Document<'_>,
    role: NodeId,
    (service, attributes): Service,
    binding: &str,
) -> Result<Option<String>, SamlFault> {
    let services = xml::all(document, role, METADATA, service);
    let found = services.iter().find(|node| xml::attribute(document, **node, "Binding") == Some(binding));
    let address = |node: &NodeId| attributes.iter().find_map(|name| xml::attribute(document, *node, name));
    let Some(location) = found.and_then(address) else { return Ok(None) };
    let is_web = Url::parse(location).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
    is_web.then(|| Some(location.to_owned())).ok_or(SamlFault::Metadata("a Location that is no web address"))
}

/// The usable certificates of all keys that are not for encryption only.
fn certificates(document: &Document<'_>, role: NodeId) -> Result<Vec<Certificate>, SamlFault> {
    let mut found = Vec::new();
    for key in xml::all(document, role, METADATA, "KeyDescriptor") {
        if xml::attribute(document, key, "use").is_some_and(|purpose| purpose != "signing") {
            continue;
        }
        let data = xml::all(document, key, SIGNATURE, "KeyInfo");
        let data = data.into_iter().flat_map(|info| xml::all(document, info, SIGNATURE, "X509Data"));
        let texts = data.flat_map(|data| xml::all(document, data, SIGNATURE, "X509Certificate"));
        found.extend(texts.filter_map(|node| certificate(&xml::text(document, node))));
    }
    match found.len() {
        0 => Err(SamlFault::Metadata("no usable signing certificate")),
        1..=MOST_CERTIFICATES => Ok(found),
        _ => Err(SamlFault::Metadata("too many signing certificates")),
    }
}

fn certificate(text: &str) -> Option<Certificate> {
    let compact: String = text.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    let der = (compact.len() <= LONGEST_CERTIFICATE).then(|| STANDARD.decode(compact).ok())??;
    Certificate::from_der(&der)
}
