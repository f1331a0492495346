//! What holds on every page: its policy and headers, its size, its labels.

use cenote::cx::Mode;
use scraper::{Html, Selector};

use super::tour::every_page;
use crate::support::{Browser, Setup, TestApp, callback};

fn select(text: &str) -> Selector {
    Selector::parse(text).unwrap()
}

#[actix_web::test]
async fn every_page_has_a_strict_policy_and_the_security_headers() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    for stop in every_page(&app, &setup, &[]).await {
        let header = |name: &str| stop.answer.header(name).to_owned();
        let policy = header("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
            assert!(policy.contains(part), "{}: {policy}", stop.name);
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{}: {policy}", stop.name);
        assert_eq!(header("x-content-type-options"), "nosniff", "{}", stop.name);
        assert_eq!(header("x-frame-options"), "DENY", "{}", stop.name);
        assert_eq!(header("referrer-policy"), "same-origin", "{}", stop.name);
        assert_eq!(header("cache-control"), "no-store", "{}", stop.name);
        assert_eq!(header("content-type"), "text/html; charset=utf-8", "{}", stop.name);
        assert_eq!(header("strict-transport-security"), "", "{}: not over http", stop.name);
        assert_eq!(header("access-control-allow-origin"), "", "{}", stop.name);
    }
}

#[actix_web::test]
async fn a_form_may_lead_to_the_clients_callbacks_only() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let answer = app.get(&format!("/login?{}", setup.query(&[]))).await;
    let origin = callback().strip_suffix("/callback").unwrap();
    assert!(answer.header("content-security-policy").contains(&format!("; form-action 'self' {origin}")));
}

#[actix_web::test]
async fn no_page_holds_inline_scripts_or_styles_or_leads_out() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    for stop in every_page(&app, &setup, &[]).await {
        let html = Html::parse_document(&stop.answer.text);
        assert_eq!(
            html.select(&select("script:not([src]), style, [style], iframe, object, base")).count(),
            0,
            "{}",
            stop.name
        );
        for element in html.select(&select("*")) {
            let handler = element.value().attrs().find(|(name, _)| name.starts_with("on"));
            assert!(handler.is_none(), "{}: {handler:?}", stop.name);
        }
        // The QR code is a picture inside the page.
        let outer = "[src]:not(img[src^='data:image/svg+xml;base64,']), link[href], form[action]";
        for element in html.select(&select(outer)) {
            let target = ["src", "href", "action"].iter().find_map(|name| element.attr(name)).unwrap();
            assert!(target.starts_with('/') && !target.starts_with("//"), "{}: {target}", stop.name);
        }
    }
}

#[actix_web::test]
async fn every_page_is_small_and_linked_files_exist() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let mut files = std::collections::BTreeSet::new();
    let links = select("script[src], link[href], img[src^='/']");
    for stop in every_page(&app, &setup, &[]).await {
        assert!(stop.answer.text.len() < 50_000, "{}: {} bytes", stop.name, stop.answer.text.len());
        let html = Html::parse_document(&stop.answer.text);
        files.extend(
            html.select(&links).map(|element| element.attr("src").or(element.attr("href")).unwrap().to_owned()),
        );
    }
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        assert_eq!(app.get(&file).await.status, 200, "{file}");
    }
}

#[actix_web::test]
async fn every_input_has_a_label_and_every_page_a_heading_and_a_language() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let mut inputs = 0;
    for stop in every_page(&app, &setup, &[]).await {
        let html = Html::parse_document(&stop.answer.text);
        for input in html.select(&select("input:not([type=hidden]):not([type=submit])")) {
            inputs += 1;
            let id = input.attr("id").unwrap_or_else(|| panic!("{}: an input without id", stop.name));
            assert_eq!(html.select(&select(&format!("[id='{id}']"))).count(), 1, "{}: {id} is unique", stop.name);
            let label = html.select(&select(&format!("label[for='{id}']"))).next();
            let words = label.map(|label| label.text().collect::<String>()).unwrap_or_default();
            assert!(!words.trim().is_empty(), "{}: no label for {id}", stop.name);
            for described in input.attr("aria-describedby").unwrap_or_default().split_whitespace() {
                assert_eq!(
                    html.select(&select(&format!("[id='{described}']"))).count(),
                    1,
                    "{}: {described}",
                    stop.name
                );
            }
        }
        assert_eq!(html.select(&select("h1")).count(), 1, "{}", stop.name);
        assert_eq!(html.select(&select("html[lang=en]")).count(), 1, "{}", stop.name);
        assert!(html.select(&select("title")).next().is_some_and(|title| title.text().count() > 0), "{}", stop.name);
    }
    assert!(inputs > 15, "{inputs} inputs were looked at");
}

#[actix_web::test]
async fn over_https_pages_ask_for_https() {
    let app =
        TestApp::start(Mode::Production, |config| config.public_url = "https://auth.example/".parse().unwrap()).await;
    let answer = Browser::new(&app).peek("/error").await;
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000; includeSubDomains");
}
