//! Logout both ways: what leaves, what is read, and messages by form for providers that take nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra_dsig::DsigContext;
use bergshamra_dsig::verify::verify_all;
use bergshamra_keys::{KeysManager, loader};

use super::idp::*;
use super::logout_cases::{LOGOUT_ADDRESS, logout_expectations, message, queried, status};
use super::service::{address_of, assert_signed, configured, inflated, left, our_keys, random, start};
use crate::federation::saml::binding::{Binding, Incoming};
use crate::federation::saml::logout::{Logout, answer_logout, begin_logout, read_logout};
use crate::federation::saml::metadata::{self, IdentityProvider};
use crate::federation::saml::{LogoutMessage, LogoutRequest, NameId, ProviderSession};
use crate::federation::{Departure, SamlKeys};

/// The provider, with its addresses as `change` leaves them.
fn provider_with(change: impl Fn(String) -> String) -> IdentityProvider {
    metadata::parse(&change(provider_metadata(&[&keys().provider.certificate])), NOW).unwrap()
}

fn logout<'a>(provider: &'a IdentityProvider, keys: &'a SamlKeys) -> Logout<'a> {
    Logout { provider, entity_id: AUDIENCE, relay_state: Some("s"), keys }
}

fn session() -> ProviderSession {
    let name_id = NameId {
        value: "A<&>nna".to_owned(),
        format: Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent".to_owned()),
        name_qualifier: Some("https://idp.example.com/\"a\"".to_owned()),
        sp_name_qualifier: Some(AUDIENCE.to_owned()),
        sp_provided_id: None,
    };
    ProviderSession { name_id, session_index: Some("session-7".to_owned()) }
}

fn posted(departure: &Departure, name: &str) -> (String, String) {
    let Departure::Post { action, fields } = departure else { panic!("not a form: {departure:?}") };
    let field = fields.iter().find(|(known, _)| known == name).unwrap();
    (action.clone(), String::from_utf8(STANDARD.decode(&field.1).unwrap()).unwrap())
}

/// By the library that the code does not use.
fn assert_signed_inside(xml: &str) {
    let mut manager = KeysManager::new();
    manager.add_key(loader::load_x509_cert_der(&STANDARD.decode(&keys().ours.certificate).unwrap()).unwrap());
    let results = verify_all(&DsigContext::new(manager), xml).unwrap();
    assert_eq!(results.len(), 1, "{xml}");
    assert!(results.iter().all(|result| result.is_valid() && result.all_reference_digests_verified()), "{xml}");
}

#[test]
fn a_request_names_the_person_exactly_as_the_provider_did() {
    let (provider, keys) = (provider(), our_keys());
    let (departure, id) = begin_logout(&random(), NOW, (logout(&provider, &keys), &session())).unwrap().unwrap();
    let address = address_of(&departure);
    assert!(address.starts_with("https://idp.example.com/slo?SAMLRequest="), "{address}");
    assert_signed(&address);
    let text = inflated(&address);
    let expected = format!(
        "<saml:NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\" \
         NameQualifier=\"https://idp.example.com/&quot;a&quot;\" SPNameQualifier=\"{AUDIENCE}\">A&lt;&amp;&gt;nna</saml:NameID>\
         <samlp:SessionIndex>session-7</samlp:SessionIndex>"
    );
    assert!(text.contains(&expected) && text.contains(&format!(" ID=\"{id}\" ")), "{text}");
}

#[test]
fn what_a_provider_called_somebody_is_remembered_in_full() {
    let verified = check(&with_signed_assertion()).unwrap();
    assert_eq!(verified.name_id.format.as_deref(), Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"));
    let qualified = assertion().replace("<saml:NameID ", "<saml:NameID NameQualifier=\"a\" SPNameQualifier=\"b\" ");
    let name = check(&bare(&response(&signed(&qualified)))).unwrap().name_id;
    assert_eq!((name.name_qualifier.as_deref(), name.sp_name_qualifier.as_deref()), (Some("a"), Some("b")));
}

#[test]
fn a_provider_that_takes_forms_only_gets_messages_signed_inside() {
    let keys = our_keys();
    let by_form = provider_with(|text| text.replace("HTTP-Redirect", "HTTP-POST"));
    let (departure, _) = begin_logout(&random(), NOW, (logout(&by_form, &keys), &session())).unwrap().unwrap();
    let (action, xml) = posted(&departure, "SAMLRequest");
    assert_eq!(action, "https://idp.example.com/slo");
    assert_signed_inside(&xml);
    let answer = answer_logout(&random(), NOW, (logout(&by_form, &keys), Binding::Redirect, "_asked"));
    let (_, xml) = posted(&answer.unwrap().unwrap(), "SAMLResponse");
    assert_signed_inside(&xml);
    let metadata = provider_metadata(&[&super::idp::keys().provider.certificate]).replace("HTTP-Redirect", "HTTP-POST");
    for (algorithm, is_signed) in [("rsa-sha256", true), ("", false)] {
        let provider = configured(&[("MetadataFile", &metadata), ("RequestSigningAlgorithm", algorithm)]);
        let (departure, _) = left(start(&provider, Some(&keys))).unwrap();
        let (action, xml) = posted(&departure, "SAMLRequest");
        assert_eq!(action, "https://idp.example.com/sso?tenant=a&b=c");
        assert_eq!(xml.contains("Signature"), is_signed);
        if is_signed {
            assert_signed_inside(&xml);
        }
    }
}

#[test]
fn an_answer_goes_back_the_way_the_request_came_and_to_the_address_for_answers() {
    let keys = our_keys();
    let provider = provider_with(|text| {
        text.replace(
            "Location=\"https://idp.example.com/slo\"",
            "Location=\"https://idp.example.com/slo\" ResponseLocation=\"https://idp.example.com/done\"",
        )
    });
    let answer = |asked| answer_logout(&random(), NOW, (logout(&provider, &keys), asked, "_asked")).unwrap().unwrap();
    let address = address_of(&answer(Binding::Redirect));
    assert!(address.starts_with("https://idp.example.com/done?SAMLResponse="), "{address}");
    let (action, xml) = posted(&answer(Binding::Post), "SAMLResponse");
    assert_eq!(action, "https://idp.example.com/slo-post");
    assert!(xml.contains("InResponseTo=\"_asked\"") && xml.contains("status:Success"));
    let silent = provider_with(|text| text.replace("SingleLogoutService", "ArtifactResolutionService"));
    assert_eq!(answer_logout(&random(), NOW, (logout(&silent, &keys), Binding::Post, "_asked")).unwrap(), None);
    assert_eq!(begin_logout(&random(), NOW, (logout(&silent, &keys), &session())).unwrap(), None);
}

#[test]
fn answers_are_read_by_form_and_by_redirect() {
    let read = |message: Incoming| read_logout(&message, &logout_expectations(), NOW);
    let form = |xml: String| Incoming::Form(STANDARD.encode(xml));
    let answer = message("LogoutResponse", &status("Success"));
    let failed = message("LogoutResponse", &status("Responder"));
    let said = |is_success| Ok(LogoutMessage::Response { is_success });
    assert_eq!(read(form(signed(&answer))), said(true));
    assert_eq!(read(form(bare(&answer))), said(true), "many providers sign no answers");
    assert_eq!(read(form(signed(&failed))), said(false));
    assert_eq!(read(queried("SAMLResponse", &bare(&answer), true)), said(true));
    assert_eq!(read(queried("SAMLResponse", &bare(&answer), false)), said(true));
}

#[test]
fn a_providers_request_is_read_by_form_and_by_redirect() {
    let read = |message: Incoming| read_logout(&message, &logout_expectations(), NOW);
    let inside = "<saml:NameID Format=\"f\">Anna</saml:NameID><samlp:SessionIndex>7</samlp:SessionIndex><samlp:SessionIndex>8</samlp:SessionIndex>";
    let request = message("LogoutRequest", inside);
    let expected = LogoutMessage::Request(LogoutRequest {
        id: "_logout".to_owned(),
        expires_at: NOW.plus_seconds(360),
        name_id: NameId { value: "Anna".to_owned(), format: Some("f".to_owned()), ..NameId::default() },
        session_indexes: vec!["7".to_owned(), "8".to_owned()],
    });
    assert_eq!(read(Incoming::Form(STANDARD.encode(signed(&request)))), Ok(expected.clone()));
    assert_eq!(read(queried("SAMLRequest", &bare(&request), true)), Ok(expected));
    assert!(request.contains(LOGOUT_ADDRESS));
}
