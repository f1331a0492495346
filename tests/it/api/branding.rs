//! How pages look: classic customisations, managed login styles, terms; and that none of it lets anything out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::app::{Answer, answer};
use crate::support::{Setup, TestApp};

const HOST: &str = "meadow.auth.us-east-1.amazoncognito.com";

fn png() -> String {
    STANDARD.encode([0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3])
}

async fn with_domain(app: &TestApp, version: i64) -> Setup {
    let setup = Setup::new(app).await;
    let body = json!({ "UserPoolId": setup.pool, "Domain": "meadow", "ManagedLoginVersion": version });
    app.ok("CreateUserPoolDomain", body).await;
    setup
}

async fn page(app: &TestApp, setup: &Setup, path: &str) -> Answer {
    let request = app.http.get(format!("{}{path}?{}", app.base, setup.query(&[]))).header("host", HOST);
    answer(request).await
}

/// The addresses of looks that a page names.
fn looks(page: &Answer) -> Vec<String> {
    page.text.split('"').filter(|text| text.starts_with("/looks/")).map(str::to_owned).collect()
}

fn of_client(setup: &Setup) -> Value {
    json!({ "UserPoolId": setup.pool, "ClientId": setup.client })
}

#[actix_web::test]
async fn a_customisation_is_shown_on_the_pages_and_taken_away_again() {
    let app = TestApp::new().await;
    let setup = with_domain(&app, 1).await;
    let all = json!({ "UserPoolId": setup.pool });
    assert_eq!(app.ok("GetUICustomization", all.clone()).await, json!({ "UICustomization": {} }));
    let css = ".submitButton-customizable { background-color: #123456; }";
    let set = json!({ "UserPoolId": setup.pool, "ClientId": "ALL", "CSS": css, "ImageFile": png() });
    let made = app.ok("SetUICustomization", set).await["UICustomization"].clone();
    assert_eq!(
        (&made["ClientId"], &made["CSS"], &made["CSSVersion"]),
        (&json!("ALL"), &json!(css), &json!("20240102030405"))
    );
    assert_eq!(app.ok("GetUICustomization", of_client(&setup)).await["UICustomization"], made);
    let shown = page(&app, &setup, "/login").await;
    let files = looks(&shown);
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(shown.text.contains("class=\"light-only\""));
    let stylesheet = app.get(files.iter().find(|file| file.ends_with("style.css")).unwrap()).await;
    assert!(
        stylesheet.text.contains("background-color: #123456;")
            && stylesheet.header("content-type").starts_with("text/css")
    );
    let logo = app.get(files.iter().find(|file| file.ends_with("/logo")).unwrap()).await;
    assert_eq!((logo.status, logo.header("content-type")), (200, "image/png"));
    assert!(made["ImageUrl"].as_str().unwrap().ends_with("/logo"));
    let mut own = of_client(&setup);
    own["CSS"] = json!(".label-customizable { color: red; }");
    app.ok("SetUICustomization", own).await;
    let files = looks(&page(&app, &setup, "/login").await);
    assert_eq!(files.len(), 1, "a client's own replaces the pool's: {files:?}");
    app.ok("SetUICustomization", of_client(&setup)).await;
    app.ok("SetUICustomization", json!({ "UserPoolId": setup.pool, "ClientId": "ALL" })).await;
    assert_eq!(app.ok("GetUICustomization", all).await, json!({ "UICustomization": {} }));
    assert!(looks(&page(&app, &setup, "/login").await).is_empty());
}

#[actix_web::test]
async fn a_hostile_customisation_is_refused() {
    let app = TestApp::new().await;
    let setup = with_domain(&app, 1).await;
    for css in [
        "@import url(https://evil.example/);",
        "body { display: none }",
        ".logo-customizable { background: url(https://evil.example/?x) }",
        ".label-customizable { color: red } </style><script>alert(1)</script>",
    ] {
        let mut body = of_client(&setup);
        body["CSS"] = json!(css);
        assert_eq!(app.api("SetUICustomization", body).await.fault(), "InvalidParameterException", "{css}");
    }
    let mut body = of_client(&setup);
    body["ImageFile"] = json!(STANDARD.encode("<svg onload=alert(1)>"));
    assert_eq!(app.api("SetUICustomization", body).await.fault(), "InvalidParameterException");
    let bare = Setup::new(&app).await;
    let text = "There has to be an existing domain associated with this user pool";
    let body = json!({ "UserPoolId": bare.pool, "CSS": ".label-customizable { color: red; }" });
    app.refuses("SetUICustomization", body, ("InvalidParameterException", text)).await;
}

#[actix_web::test]
async fn a_managed_style_is_kept_merged_and_shown() {
    let app = TestApp::new().await;
    let setup = with_domain(&app, 2).await;
    let refused = page(&app, &setup, "/login").await;
    assert!(refused.status == 403 && refused.text.contains("Login pages unavailable"), "{}", refused.status);
    let settings = json!({
        "categories": { "global": { "colorSchemeMode": "DYNAMIC" } },
        "components": { "primaryButton": { "lightMode": { "defaults": { "backgroundColor": "12ab34ff" } } } },
        "componentClasses": { "buttons": { "borderRadius": 3 } },
    });
    let svg = STANDARD.encode("<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>");
    let mut body = of_client(&setup);
    body["Settings"] = settings.clone();
    body["Assets"] = json!([{ "Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "SVG", "Bytes": svg }]);
    let made = app.ok("CreateManagedLoginBranding", body.clone()).await["ManagedLoginBranding"].clone();
    assert_eq!((&made["Settings"], &made["UseCognitoProvidedValues"]), (&settings, &json!(false)));
    assert_eq!(made["Assets"], body["Assets"]);
    assert_eq!(app.api("CreateManagedLoginBranding", body).await.fault(), "ManagedLoginBrandingExistsException");
    let named = json!({ "UserPoolId": setup.pool, "ManagedLoginBrandingId": made["ManagedLoginBrandingId"] });
    assert_eq!(app.ok("DescribeManagedLoginBranding", named.clone()).await["ManagedLoginBranding"], made);
    let mut merged = of_client(&setup);
    merged["ReturnMergedResources"] = json!(true);
    let merged =
        app.ok("DescribeManagedLoginBrandingByClient", merged).await["ManagedLoginBranding"]["Settings"].clone();
    assert_eq!(
        merged["components"]["primaryButton"]["lightMode"]["defaults"],
        json!({ "backgroundColor": "12ab34ff", "textColor": "ffffffff" })
    );
    let shown = page(&app, &setup, "/login").await;
    assert_eq!(shown.status, 200);
    let files = looks(&shown);
    let css = app.get(files.iter().find(|file| file.ends_with("style.css")).unwrap()).await.text;
    for part in ["--accent: #12ab34ff", "border-radius: 3px", "prefers-color-scheme: dark", "--accent: #539fe5ff"] {
        assert!(css.contains(part), "{part}\n{css}");
    }
    let logo = app.get(files.iter().find(|file| file.contains("FORM_LOGO")).unwrap()).await;
    assert_eq!(logo.header("content-type"), "image/svg+xml");
    assert!(logo.header("content-security-policy").contains("sandbox"));
    let mut update = named.clone();
    update["Settings"] = json!({ "componentClasses": { "buttons": { "borderRadius": 9 } } });
    let updated = app.ok("UpdateManagedLoginBranding", update).await["ManagedLoginBranding"].clone();
    assert_eq!(updated["Settings"]["componentClasses"]["buttons"]["borderRadius"], 9);
    assert_eq!(updated["Settings"]["components"], settings["components"]);
    let mut provided = named.clone();
    provided["UseCognitoProvidedValues"] = json!(true);
    let provided = app.ok("UpdateManagedLoginBranding", provided).await["ManagedLoginBranding"].clone();
    assert!(provided.get("Settings").is_none() && provided["UseCognitoProvidedValues"] == true);
    assert_eq!(app.ok("DeleteManagedLoginBranding", named.clone()).await, json!({}));
    assert_eq!(app.api("DescribeManagedLoginBranding", named).await.fault(), "ResourceNotFoundException");
}

#[actix_web::test]
async fn a_style_places_the_form_and_adds_a_header_and_a_footer() {
    let app = TestApp::new().await;
    let setup = with_domain(&app, 2).await;
    let mut body = of_client(&setup);
    body["Settings"] = json!({
        "categories": {
            "global": { "pageHeader": { "enabled": true }, "pageFooter": { "enabled": true }, "spacingDensity": "COMPACT" },
            "form": { "location": { "horizontal": "START", "vertical": "END" } },
        },
        "components": {
            "pageHeader": { "logo": { "enabled": true, "location": "CENTER" }, "backgroundImage": { "enabled": true },
                "lightMode": { "background": { "color": "112233ff" } } },
            "pageFooter": { "logo": { "enabled": false } },
            "secondaryButton": { "lightMode": { "defaults": { "textColor": "445566ff" } } },
        },
        "componentClasses": { "idpButtons": { "icons": { "enabled": false } } },
    });
    let picture =
        |category: &str| json!({ "Category": category, "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": png() });
    let pictures = ["PAGE_HEADER_LOGO", "PAGE_HEADER_BACKGROUND", "PAGE_FOOTER_LOGO", "PAGE_FOOTER_BACKGROUND"];
    body["Assets"] = pictures.map(picture).into();
    app.ok("CreateManagedLoginBranding", body).await;
    let shown = page(&app, &setup, "/login").await;
    let files = looks(&shown);
    let html = scraper::Html::parse_document(&shown.text);
    let count = |css: &str| html.select(&scraper::Selector::parse(css).unwrap()).count();
    assert_eq!((count("body > header img[src*=PAGE_HEADER_LOGO]"), count("body > footer")), (1, 1));
    assert_eq!(count("footer img"), 0, "the footer's logo is switched off");
    let css = app.get(files.iter().find(|file| file.ends_with("style.css")).unwrap()).await.text;
    for part in [
        "--header: #112233ff",
        "--quiet-text: #445566ff",
        "justify-self: start; align-self: end;",
        ".page-header { justify-content: center; }",
        ".provider-mark { display: none; }",
        ".input { height: 2.5rem; }",
    ] {
        assert!(css.contains(part), "{part}\n{css}");
    }
    assert!(css.contains("PAGE_HEADER_BACKGROUND") && !css.contains("PAGE_FOOTER_BACKGROUND"), "{css}");
    let logo = app.get(files.iter().find(|file| file.contains("PAGE_HEADER_LOGO")).unwrap()).await;
    assert_eq!((logo.status, logo.header("content-type")), (200, "image/png"));
}

/// A client's sign-in page with the password and two providers, in a style with these settings and pictures.
async fn styled(settings: Value, pictures: &[&str]) -> (TestApp, Answer) {
    let app = TestApp::new().await;
    let mut setup = with_domain(&app, 2).await;
    for (name, scopes) in [("Google", "openid"), ("LoginWithAmazon", "profile")] {
        let details = json!({ "client_id": "app", "client_secret": "s", "authorize_scopes": scopes });
        let provider = json!({
            "UserPoolId": setup.pool, "ProviderName": name, "ProviderType": name, "ProviderDetails": details,
        });
        app.ok("CreateIdentityProvider", provider).await;
    }
    let client = json!({ "SupportedIdentityProviders": ["COGNITO", "Google", "LoginWithAmazon"] });
    (setup.client, setup.secret) = setup.another_client(&app, client).await;
    let mut body = of_client(&setup);
    body["Settings"] = settings;
    let svg = STANDARD.encode("<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    let picture =
        |category: &&str| json!({ "Category": category, "ColorMode": "LIGHT", "Extension": "SVG", "Bytes": svg });
    body["Assets"] = pictures.iter().map(picture).collect();
    app.ok("CreateManagedLoginBranding", body).await;
    let shown = page(&app, &setup, "/login").await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    (app, shown)
}

fn place(page: &Answer, part: &str) -> usize {
    page.text.find(part).unwrap_or_else(|| panic!("no {part}: {}", page.text))
}

#[actix_web::test]
async fn a_style_orders_the_ways_to_sign_in() {
    let way = |kind: &str| json!({ "display": "BUTTON", "type": kind });
    let auth = |first: &str, second: &str, order: Value| {
        let rows = json!([[way(first), way(second)]]);
        json!({ "categories": { "auth": { "authMethodOrder": rows, "federation": { "order": order } } } })
    };
    let (_, plain) = styled(json!({}), &[]).await;
    assert!(place(&plain, "name=\"cognitoSignInForm\"") < place(&plain, "Continue with Amazon"));
    let (_, form_first) =
        styled(auth("USERNAME_PASSWORD", "FEDERATED", json!(["Google", "LoginWithAmazon"])), &[]).await;
    assert!(place(&form_first, "name=\"cognitoSignInForm\"") < place(&form_first, "Continue with Google"));
    assert!(place(&form_first, "Continue with Google") < place(&form_first, "Continue with Amazon"));
    let (_, last) = styled(auth("FEDERATED", "USERNAME_PASSWORD", json!(["LoginWithAmazon", "Google"])), &[]).await;
    assert!(place(&last, "Continue with Amazon") < place(&last, "Continue with Google"));
    assert!(place(&last, "Continue with Google") < place(&last, "name=\"cognitoSignInForm\""));
}

#[actix_web::test]
async fn a_style_shows_the_icons_that_it_enables() {
    let icons = |types: Value| json!({ "components": { "favicon": { "enabledTypes": types } } });
    let (_, both) = styled(icons(json!(["ICO", "SVG"])), &["FAVICON_SVG"]).await;
    assert!(both.text.contains("/FAVICON_SVG."), "{}", both.text);
    let (_, other) = styled(icons(json!(["ICO"])), &["FAVICON_SVG"]).await;
    assert!(!other.text.contains("/FAVICON_SVG.") && other.text.contains("/assets/favicon.svg"), "{}", other.text);
}

#[actix_web::test]
async fn a_logo_stands_in_the_form_or_outside_above_or_below() {
    for (inclusion, position, has, lacks) in [
        ("OUT", "TOP", ".content { padding-top", ".brand { order: 1"),
        ("IN", "TOP", ":root:root", ".content { padding-top"),
        ("IN", "BOTTOM", ".brand { order: 1; padding: 0", "main.card { background: none"),
        ("OUT", "BOTTOM", ".brand { order: 1; padding: 1.5rem", "padding: 0 0 clamp(1.5rem"),
    ] {
        let logo = json!({ "formInclusion": inclusion, "position": position });
        let (app, shown) = styled(json!({ "components": { "form": { "logo": logo } } }), &["FORM_LOGO"]).await;
        let css = app.get(looks(&shown).iter().find(|file| file.ends_with("style.css")).unwrap()).await.text;
        assert!(css.contains(has) && !css.contains(lacks), "{inclusion} {position}: {css}");
        assert!(css.contains(".amazon-letter { fill: currentColor; }"), "black on dark buttons: {css}");
    }
}

#[actix_web::test]
async fn a_hostile_style_is_refused() {
    let app = TestApp::new().await;
    let setup = with_domain(&app, 2).await;
    let color = |text: &str| json!({ "components": { "pageBackground": { "lightMode": { "color": text } } } });
    for (member, value) in [
        ("Settings", color("red;} body{background:url(//evil.example)}")),
        ("Settings", json!({ "theme": {} })),
        (
            "Assets",
            json!([{ "Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": STANDARD.encode("x") }]),
        ),
        ("Assets", json!([{ "Category": "OTHER", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": png() }])),
    ] {
        let mut body = of_client(&setup);
        body[member] = value;
        assert_eq!(
            app.api("CreateManagedLoginBranding", body.clone()).await.fault(),
            "InvalidParameterException",
            "{body}"
        );
    }
    let mut both = of_client(&setup);
    both["UseCognitoProvidedValues"] = json!(true);
    both["Settings"] = color("ffffffff");
    assert_eq!(app.api("CreateManagedLoginBranding", both).await.fault(), "InvalidParameterException");
}

#[actix_web::test]
async fn terms_are_linked_on_the_sign_up_page_once_both_exist() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let terms = |name: &str, link: &str| {
        json!({
            "UserPoolId": setup.pool, "ClientId": setup.client, "TermsName": name, "TermsSource": "LINK",
            "Enforcement": "NONE", "Links": { "cognito:default": link },
        })
    };
    let path = format!("/signup?{}", setup.query(&[]));
    let made = app.ok("CreateTerms", terms("terms-of-use", "https://app.example/terms")).await["Terms"].clone();
    assert!(!app.get(&path).await.text.contains("https://app.example/terms"));
    app.ok("CreateTerms", terms("privacy-policy", "https://app.example/privacy")).await;
    let shown = app.get(&path).await.text;
    assert!(shown.contains("https://app.example/terms") && shown.contains("https://app.example/privacy"));
    assert_eq!(
        app.api("CreateTerms", terms("privacy-policy", "https://x.example")).await.fault(),
        "TermsExistsException"
    );
    let hostile = app.api("CreateTerms", terms("terms-of-use", "javascript:alert(1)")).await;
    assert_eq!(hostile.fault(), "InvalidParameterException");
    let named = json!({ "UserPoolId": setup.pool, "TermsId": made["TermsId"] });
    assert_eq!(app.ok("DescribeTerms", named.clone()).await["Terms"], made);
    let mut by_client = of_client(&setup);
    by_client["TermsName"] = json!("terms-of-use");
    assert_eq!(app.ok("DescribeTermsByClient", by_client).await["Terms"], made);
    let mut update = named.clone();
    update["Links"] = json!({ "cognito:english": "https://app.example/en/terms" });
    app.ok("UpdateTerms", update).await;
    assert!(app.get(&path).await.text.contains("https://app.example/en/terms"));
    let first = app.ok("ListTerms", json!({ "UserPoolId": setup.pool, "MaxResults": 1 })).await;
    let second = json!({ "UserPoolId": setup.pool, "MaxResults": 1, "NextToken": first["NextToken"] });
    assert_eq!(app.ok("ListTerms", second).await["Terms"].as_array().unwrap().len(), 1);
    assert_eq!(app.ok("DeleteTerms", named.clone()).await, json!({}));
    assert_eq!(app.api("DescribeTerms", named).await.fault(), "ResourceNotFoundException");
    assert!(!app.get(&path).await.text.contains("https://app.example/privacy"));
}
