//! Hostile text in every parameter, every field and every attribute: it is shown as text or not at all.

use scraper::{Html, Selector};
use serde_json::json;

use super::tour::every_page;
use crate::support::setup::PASSWORD;
use crate::support::{Answer, Browser, Setup, TestApp};

const TAG: &str = "'\"><svg/onload=alert(1)>";
const ATTRIBUTE: &str = "x\" onfocus=\"alert(1)\" y=\"";
const TEMPLATE: &str = "{{7*7}}{% raw %}</title></textarea><script>alert(1)</script>";
const ADDRESS: &str = "javascript:alert(1)";
const HOSTILE: [&str; 4] = [TAG, ATTRIBUTE, TEMPLATE, ADDRESS];

fn assert_harmless(what: &str, answer: &Answer) {
    let html = Html::parse_document(&answer.text);
    for element in html.select(&Selector::parse("*").unwrap()) {
        for (name, value) in element.value().attrs() {
            assert!(!name.starts_with("on"), "{what}: {name}={value}");
            let leads = matches!(name, "href" | "src" | "action" | "formaction");
            // The QR code is a picture inside the page.
            let is_picture = element.value().name() == "img" && value.starts_with("data:image/svg+xml;base64,");
            let is_ours = value.starts_with('/') || value.starts_with('#') || is_picture;
            assert!(!leads || is_ours, "{what}: {name}={value}");
        }
        let is_script = element.value().name() == "script";
        assert!(!is_script || element.attr("src").is_some(), "{what}: a script of its own");
    }
    assert!(!answer.text.contains("<svg/onload"), "{what}");
    for value in answer.headers.values() {
        assert!(!String::from_utf8_lossy(value.as_bytes()).contains("<svg"), "{what}: {value:?}");
    }
}

#[actix_web::test]
async fn in_the_address() {
    let app = TestApp::new().await;
    for hostile in HOSTILE {
        let setup = Setup::new(&app).await;
        let extra = [
            ("state", hostile),
            ("nonce", hostile),
            ("login_hint", hostile),
            ("lang", hostile),
            ("acr_values", hostile),
            (hostile, hostile),
        ];
        for stop in every_page(&app, &setup, &extra).await {
            assert_harmless(stop.name, &stop.answer);
        }
    }
}

#[actix_web::test]
async fn in_parameters_that_are_refused() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    for hostile in HOSTILE {
        for name in [
            "client_id",
            "redirect_uri",
            "response_type",
            "scope",
            "prompt",
            "resource",
            "identity_provider",
            "idp_identifier",
        ] {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            let usual = [
                ("client_id", setup.client.as_str()),
                ("redirect_uri", crate::support::callback()),
                ("response_type", "code"),
            ];
            query.extend_pairs(usual.iter().filter(|(known, _)| *known != name)).append_pair(name, hostile);
            let page = Browser::new(&app).open(&format!("/oauth2/authorize?{}", query.finish())).await;
            assert_harmless(name, &page.answer);
        }
        for name in ["error", "error_description", "parameter", "client_id", "x"] {
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, hostile).finish();
            for path in ["/error", "/logout", "/confirmUser", "/nowhere"] {
                assert_harmless(path, &Browser::new(&app).open(&format!("{path}?{query}")).await.answer);
            }
        }
    }
}

#[actix_web::test]
async fn in_every_field_of_every_form() {
    let app = TestApp::new().await;
    let schema = json!([{ "Name": "given_name", "Required": true, "AttributeDataType": "String" }]);
    let setup = Setup::with(&app, json!({ "Schema": schema }), json!({})).await;
    let forms: [(&str, &[&str]); 6] = [
        ("/login", &["username", "password", "cognitoAsfData"]),
        ("/signup", &["username", "password", "requiredAttributes[given_name]", "requiredAttributes[custom:x]"]),
        ("/confirm", &["username", "verification_code"]),
        ("/resendcode", &["username"]),
        ("/forgotPassword", &["username"]),
        ("/confirmforgotPassword", &["username", "confirmation_code", "password", "confirmPassword"]),
    ];
    let mut browser = Browser::new(&app);
    browser.open(&format!("/login?{}", setup.query(&[]))).await;
    let token = browser.cookies["XSRF-TOKEN"].clone();
    for (path, fields) in forms {
        let path = format!("{path}?{}", setup.query(&[]));
        for hostile in HOSTILE {
            for hit in fields {
                let value = |name: &str| if name == *hit { hostile } else { "Plain-Value-1" };
                let mut form: Vec<(&str, &str)> = fields.iter().map(|name| (*name, value(name))).collect();
                form.push(("_csrf", &token));
                let answer = browser.forge(&path, &[], &form).await;
                assert!(answer.status < 500, "{path} {hit}: {}", answer.status);
                assert_harmless(hit, &answer);
            }
        }
    }
}

#[actix_web::test]
async fn in_the_name_of_the_person_who_signed_in() {
    let app = TestApp::new().await;
    let setup =
        Setup::with(&app, json!({ "UsernameAttributes": null, "AutoVerifiedAttributes": null }), json!({})).await;
    let name = "'\"><svg/onload=alert(1)>";
    let user = json!({ "UserPoolId": setup.pool, "Username": name, "MessageAction": "SUPPRESS", "TemporaryPassword": "Temporary-1" });
    app.ok("AdminCreateUser", user).await;
    let mut browser = Browser::new(&app);
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    let page = browser.submit(&page, "signInSubmitButton", &[("username", name), ("password", "Temporary-1")]).await;
    assert!(page.url.contains("/changePassword"), "{}", page.text());
    assert_harmless("change password", &page.answer);
    let fields = [("new_password", PASSWORD), ("confirm_password", PASSWORD)];
    browser.submit(&page, "new_password", &fields).await;
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    assert!(page.answer.text.contains("Sign in as &#39;&#34;&#62;&#60;svg"), "{}", page.answer.text);
    assert_harmless("known session", &page.answer);
}
