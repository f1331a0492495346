//! How the pages look: on a phone, in the dark, and in the pictures of the documentation.

use super::chromium::Chromium;
use super::stage::{DEMO, Stage};

/// Set to any value to write the pictures of the documentation anew.
const PICTURES: &str = "UPDATE_PICTURES";
/// The width of a small phone in CSS pixels.
pub const PHONE: u32 = 390;

#[actix_web::test]
async fn no_page_scrolls_sideways_on_a_phone() {
    let Some(stage) = Stage::set().await else { return };
    let browser = &stage.browser;
    browser.size(PHONE, 844).await;
    stage.open("/").await;
    fits(browser).await;
    stage.open("/login").await;
    fits(browser).await;
    for link in ["Sign up", "Sign in", "Forgot your password?"] {
        browser.follow(link).await;
        fits(browser).await;
    }
    browser.fill("username", DEMO.0).await;
    browser.click("[name='reset_my_password']").await;
    browser.sees("Set a new password").await;
    fits(browser).await;
    browser.open(&format!("{}/_cenote/inbox", stage.program.base)).await;
    fits(browser).await;
    browser.open(&format!("{}/login", stage.program.base)).await;
    fits(browser).await;
    stage.sign_in(DEMO).await;
    browser.sees("Hello, Dana Demo").await;
    fits(browser).await;
    stage.open("/session").await;
    browser.evaluate("for (const details of document.querySelectorAll('details')) details.open = true").await;
    fits(browser).await;
}

pub async fn fits(browser: &Chromium) {
    browser.find("main").await;
    let widths = browser.evaluate("return [document.documentElement.scrollWidth, innerWidth]").await;
    assert_eq!(widths, serde_json::json!([PHONE, PHONE]), "{} stands out", browser.url().await);
}

#[actix_web::test]
async fn a_style_with_header_and_footer_fits_screens_of_every_size() {
    let Some(stage) = Stage::set().await else { return };
    let browser = &stage.browser;
    let settings = serde_json::json!({
        "categories": {
            "global": { "pageHeader": { "enabled": true }, "pageFooter": { "enabled": true } },
            "form": { "location": { "horizontal": "END" } },
        },
        "components": { "pageHeader": { "lightMode": { "background": { "color": "112233ff" } } } },
    });
    let style = serde_json::json!({ "UserPoolId": stage.program.pool_id().await, "ClientId": stage.client().await, "Settings": settings });
    stage.program.ok("CreateManagedLoginBranding", style).await;
    stage.open("/login").await;
    browser.find("[name='password']").await;
    let place = "const place = (css) => document.querySelector(css).getBoundingClientRect();
        return [place('header').top, place('header').width, Math.round(place('footer').bottom), place('main').right > 0.9 * innerWidth];";
    assert_eq!(browser.evaluate(place).await, serde_json::json!([0, 1280, 900, true]));
    browser.size(PHONE, 844).await;
    fits(browser).await;
    stage.is_flawless().await;
}

#[actix_web::test]
async fn dark_pages_are_dark_with_light_letters() {
    let Some(stage) = Stage::set().await else { return };
    let browser = &stage.browser;
    for path in ["/", "/login"] {
        stage.open(path).await;
        let (paper, ink) = brightness(browser).await;
        assert!(paper > ink + 400, "light at {path}: {paper}, {ink}");
    }
    browser.prefer_dark().await;
    for path in ["/", "/login"] {
        stage.open(path).await;
        let (paper, ink) = brightness(browser).await;
        assert!(ink > paper + 400, "dark at {path}: {paper}, {ink}");
    }
    stage.is_flawless().await;
}

/// The sums of red, green and blue of the page's background and of its heading.
async fn brightness(browser: &Chromium) -> (i64, i64) {
    browser.find("h1").await;
    let script = "
        const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        const rgb = (colour) => {
            canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
            return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).reduce((all, part) => all + part, 0);
        };
        const style = (css) => getComputedStyle(document.querySelector(css));
        return [rgb(style('body').backgroundColor), rgb(style('h1').color)];";
    let sums = browser.evaluate(script).await;
    (sums[0].as_i64().unwrap(), sums[1].as_i64().unwrap())
}

#[actix_web::test]
async fn the_pictures_of_the_documentation_can_be_taken() {
    let Some(stage) = Stage::set().await else { return };
    let browser = &stage.browser;
    stage.open("/login").await;
    browser.find("[name='password']").await;
    keep("hosted-sign-in.png", &browser.picture().await);
    stage.send_sign_in(DEMO).await;
    browser.sees("Hello, Dana Demo").await;
    browser.size(1280, 1240).await;
    stage.open("/session").await;
    browser.sees("Time left").await;
    keep("demo-session.png", &browser.picture().await);
}

pub fn keep(name: &str, picture: &[u8]) {
    assert!(picture.starts_with(b"\x89PNG"));
    if std::env::vars_os().any(|(name, _)| name == PICTURES) {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/images");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), picture).unwrap();
    }
}
