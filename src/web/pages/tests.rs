//! Owns the checks that every hosted page passes, whatever it is about.

use askama::Template;
use scraper::{ElementRef, Html, Selector};

use super::{
    Bar, Brand, Field, Layout, Link, PasswordRule,
    account::{AccountPage, AccountPasswordPage},
    change_password::ChangePasswordPage,
    confirm::ConfirmPage,
    consent::ConsentPage,
    error::ErrorPage,
    factor_code::FactorCodePage,
    feedback::FeedbackPage,
    forgot_password::ForgotPasswordPage,
    hand_over::HandOverPage,
    inbox::InboxPage,
    known_session::KnownSessionPage,
    passkey_add::PasskeyAddPage,
    repost::RepostPage,
    reset_password::ResetPasswordPage,
    select_factor::SelectFactorPage,
    sign_in::SignInPage,
    sign_up::SignUpPage,
    signed_out::SignedOutPage,
    software_token::{FactorEmailPage, SoftwareTokenPage},
};
use crate::web::assets;
use crate::web::texts::ENGLISH;

/// A value that tries every way out of text and attributes.
pub(super) const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>";

pub(super) fn layout() -> Layout {
    let brand = Brand { pool_name: "Meadow".to_owned(), logo_url: None };
    Layout {
        texts: &ENGLISH,
        brand,
        stylesheet: None,
        light_only: false,
        icon: None,
        header: None,
        footer: None,
        csrf: "token".to_owned(),
    }
}

pub(super) fn hostile_layout() -> Layout {
    let hostile = || HOSTILE.to_owned();
    let brand = Brand { pool_name: hostile(), logo_url: Some(hostile()) };
    Layout {
        texts: &ENGLISH,
        brand,
        stylesheet: Some(hostile()),
        light_only: true,
        icon: Some((hostile(), "image/png")),
        header: Some(Bar { logo_url: Some(hostile()) }),
        footer: Some(Bar { logo_url: None }),
        csrf: hostile(),
    }
}

pub(super) fn hostile_link() -> Link {
    Link { label: HOSTILE.to_owned(), href: HOSTILE.to_owned() }
}

pub(super) fn hostile_field(field: Field) -> Field {
    let hostile = || HOSTILE.to_owned();
    Field { label: hostile(), value: hostile(), hint: Some(hostile()), fault: Some(hostile()), ..field }
}

pub(super) fn password_rules() -> Vec<PasswordRule> {
    vec![
        PasswordRule::length(&ENGLISH, 8),
        PasswordRule::lower_case(&ENGLISH),
        PasswordRule::upper_case(&ENGLISH),
        PasswordRule::number(&ENGLISH),
        PasswordRule::symbol(&ENGLISH),
        PasswordRule::trimmed(&ENGLISH),
    ]
}

pub(super) fn hostile_rules() -> Vec<PasswordRule> {
    vec![PasswordRule { text: HOSTILE.to_owned(), ..PasswordRule::number(&ENGLISH) }]
}

fn render<T: Template>(name: &str, samples: &[T]) -> Vec<(String, String)> {
    let page = |(number, sample): (usize, &T)| (format!("{name}-{number}"), sample.render().unwrap());
    samples.iter().enumerate().map(page).collect()
}

fn pages() -> Vec<(String, String)> {
    [
        render("sign_in", &SignInPage::samples()),
        render("consent", &ConsentPage::samples()),
        render("known_session", &KnownSessionPage::samples()),
        render("repost", &RepostPage::samples()),
        render("hand_over", &HandOverPage::samples()),
        render("sign_up", &SignUpPage::samples()),
        render("confirm", &ConfirmPage::samples()),
        render("forgot_password", &ForgotPasswordPage::samples()),
        render("reset_password", &ResetPasswordPage::samples()),
        render("change_password", &ChangePasswordPage::samples()),
        render("factor_code", &FactorCodePage::samples()),
        render("select_factor", &SelectFactorPage::samples()),
        render("software_token", &SoftwareTokenPage::samples()),
        render("factor_email", &FactorEmailPage::samples()),
        render("signed_out", &SignedOutPage::samples()),
        render("error", &ErrorPage::samples()),
        render("passkey_add", &PasskeyAddPage::samples()),
        render("feedback", &FeedbackPage::samples()),
        render("inbox", &InboxPage::samples()),
        render("account", &AccountPage::samples()),
        render("account_password", &AccountPasswordPage::samples()),
    ]
    .concat()
}

fn each_page(check: impl Fn(&str, &Html)) {
    for (name, text) in pages() {
        check(&name, &Html::parse_document(&text));
    }
}

fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

#[test]
fn hostile_text_stays_text() {
    each_page(|name, page| {
        assert!(all(page, "script:not([src]), style, img[onerror]").is_empty(), "{name}");
        for element in all(page, "*") {
            let inline = |attribute: &str| attribute.starts_with("on") || attribute == "style";
            assert!(!element.value().attrs().any(|(attribute, _)| inline(attribute)), "{name}: {}", element.html());
        }
    });
}

#[test]
fn every_input_has_a_label_and_every_description_exists() {
    each_page(|name, page| {
        for input in all(page, "input:not([type=hidden]):not([type=submit])") {
            let id = input.attr("id").unwrap();
            let labels = all(page, "label").into_iter().filter(|label| label.attr("for") == Some(id));
            assert_eq!(labels.count(), 1, "{name}: {}", input.html());
        }
        for described in all(page, "[aria-describedby], [aria-labelledby]") {
            for attribute in ["aria-describedby", "aria-labelledby"] {
                for id in described.attr(attribute).unwrap_or_default().split_whitespace() {
                    let owners = all(page, "[id]").into_iter().filter(|owner| owner.attr("id") == Some(id));
                    assert_eq!(owners.count(), 1, "{name}: {id}");
                }
            }
        }
    });
}

#[test]
fn every_page_has_a_language_a_title_and_one_heading() {
    each_page(|name, page| {
        assert_eq!(all(page, "html[lang=en]").len(), 1, "{name}");
        assert_eq!(all(page, "main h1").len(), 1, "{name}");
        let title: String = all(page, "head > title")[0].text().collect();
        assert!(!title.starts_with(ENGLISH.title_separator), "{name}: {title}");
    });
}

#[test]
fn no_link_leads_nowhere_and_ids_are_unique() {
    each_page(|name, page| {
        assert!(all(page, r#"[href=""], [src=""], [action=""]"#).is_empty(), "{name}");
        let ids: Vec<_> = all(page, "[id]").iter().filter_map(|element| element.attr("id")).collect();
        let unique: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{name}: {ids:?}");
    });
}

#[test]
fn every_form_posts_with_the_double_submit_value() {
    each_page(|name, page| {
        for form in all(page, "form") {
            assert_eq!(form.attr("method"), Some("post"), "{name}");
            let csrf = Selector::parse("input[type=hidden][name=_csrf]").unwrap();
            // What goes to another site holds nothing of ours.
            let wanted = usize::from(!name.starts_with("hand_over"));
            assert_eq!(form.select(&csrf).count(), wanted, "{name}");
        }
    });
}

#[test]
fn the_sign_in_form_is_cognitos() {
    let page = Html::parse_document(&SignInPage::samples()[0].render().unwrap());
    let fields = "input[name=username]#signInFormUsername, input[name=password]#signInFormPassword, \
                  input[type=hidden][name=cognitoAsfData], input[name=signInSubmitButton][value='Sign in']";
    let within = Selector::parse(fields).unwrap();
    assert_eq!(all(&page, "form[name=cognitoSignInForm]")[0].select(&within).count(), 4);
}

#[test]
fn a_page_with_all_its_files_is_under_50_kilobytes() {
    for (name, text) in pages() {
        let page = Html::parse_document(&text);
        let paths = all(&page, "link[href], script[src]").into_iter();
        let paths = paths.filter_map(|element| element.attr("href").or_else(|| element.attr("src")));
        let files: usize = paths.filter_map(assets::find).map(|asset| asset.bytes.len()).sum();
        assert!(text.len() + files < 50_000, "{name}: {} bytes", text.len() + files);
    }
}

#[test]
fn colours_have_contrast_in_both_schemes() {
    let stylesheet = assets::find("/assets/site.css").and_then(|asset| std::str::from_utf8(asset.bytes).ok()).unwrap();
    let schemes: Vec<_> = stylesheet.split('}').filter(|block| block.contains("--page:")).collect();
    assert_eq!(schemes.len(), 2);
    let text = [
        ("text", "card"),
        ("text", "sunken"),
        ("text", "input"),
        ("muted", "card"),
        ("muted", "sunken"),
        ("link", "card"),
        ("link", "input"),
        ("link", "sunken"),
        ("on-accent", "accent"),
        ("on-accent", "accent-hover"),
        ("danger", "card"),
        ("danger", "danger-soft"),
        ("good", "card"),
        ("good", "good-soft"),
    ];
    let edges = [("input-line", "card"), ("input-line", "input"), ("accent", "card"), ("link", "page")];
    for scheme in schemes {
        let ratio = |(one, other): (&str, &str)| contrast(luminance(scheme, one), luminance(scheme, other));
        for pair in text {
            assert!(ratio(pair) >= 4.5, "{pair:?}: {:.2}", ratio(pair));
        }
        for pair in edges {
            assert!(ratio(pair) >= 3.0, "{pair:?}: {:.2}", ratio(pair));
        }
    }
}

/// WCAG 2.2, contrast ratio.
fn contrast(one: f64, other: f64) -> f64 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// WCAG 2.2, relative luminance of a custom property's colour.
fn luminance(scheme: &str, property: &str) -> f64 {
    let colour = scheme.split(&format!("--{property}: #")).nth(1).unwrap();
    let part = |place: usize| {
        let value = f64::from(u8::from_str_radix(&colour[place..place + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}
