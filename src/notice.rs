//! Owns what messages to people say: Cognito's default sentences, a pool's own templates, and the look of a mail.
//! It must not know how a message is sent, or what a code is worth.

pub mod alert;
mod plain_text;

use askama::Template;
use askama::filters::{Html, escape};

use crate::clock::Timestamp;
use crate::mail::{Channel, Message};

const CODE_BODY: &str = "Your verification code is {####}. ";
const CODE_SUBJECT: &str = "Your verification code";
const SIGN_IN_BODY: &str = "Your authentication code is {####}. ";
const SIGN_IN_SUBJECT: &str = "Your authentication code";
const LINK_BODY: &str = "Please click the link below to verify your email address. {##Verify Email##} ";
const LINK_SUBJECT: &str = "Your verification link";
const INVITATION_BODY: &str = "Your username is {username} and temporary password is {####}. ";
const INVITATION_SUBJECT: &str = "Your temporary password";

/// Why somebody is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A new user proves an address or a number.
    ConfirmSignUp,
    /// A forgotten password is replaced.
    ResetPassword,
    /// A user proves a changed address or number.
    VerifyAttribute,
    /// Somebody signs in with a code.
    SignIn,
    /// An administrator made the account; the code is a temporary password.
    Invitation,
}

impl Purpose {
    /// The heading of our own mail.
    const fn heading(self) -> &'static str {
        match self {
            Self::ConfirmSignUp => "Confirm your account",
            Self::ResetPassword => "Reset your password",
            Self::VerifyAttribute => "Confirm your contact details",
            Self::SignIn => "Sign in",
            Self::Invitation => "Your account is ready",
        }
    }

    /// The small print of our own mail.
    const fn note(self) -> &'static str {
        match self {
            Self::Invitation => "You choose a password of your own when you first sign in.",
            _ => "If you didn't ask for this, you can ignore this message. Never give the code to anybody.",
        }
    }
}

/// One message before it has words. It holds a secret, so it has no `Debug`.
#[derive(Clone)]
pub struct Notice {
    /// Address or E.164 number.
    pub to: String,
    /// Mail or text message.
    pub channel: Channel,
    /// Why it is sent.
    pub purpose: Purpose,
    /// The code, or an invitation's temporary password.
    pub code: String,
    /// The name that the person signs in with.
    pub username: String,
    /// Where the pool confirms by a link instead of a code.
    pub link: Option<String>,
    /// Who writes, as the person knows it.
    pub brand_name: String,
    /// The address that answers to a mail go to, where the pool names one.
    pub reply_to: Option<String>,
    /// Where it is to be told that the message could not be sent.
    pub failures_to: Option<String>,
    /// The pool's own subject, with `{####}` and `{username}`.
    pub subject_template: Option<String>,
    /// The pool's own text, with `{####}`, `{username}` and `{##words of the link##}`. For a mail it may be HTML, as in
    /// Cognito: administrators write it and it is sent as it stands, while every value put into it is escaped.
    pub body_template: Option<String>,
}

impl Notice {
    /// The message, as handed over at `now`.
    #[must_use]
    pub fn render(&self, now: Timestamp) -> Message {
        let body = self.body_template.as_deref().unwrap_or_else(|| self.default_body());
        let is_mail = self.channel == Channel::Email;
        let text = if is_mail && body.contains('<') { plain_text::of(body) } else { body.to_owned() };
        Message {
            channel: self.channel,
            to: self.to.clone(),
            reply_to: self.reply_to.clone(),
            subject: if is_mail { self.subject() } else { String::new() },
            text: self.fill(&text, str::to_owned, |words, link| format!("{words}: {link}")),
            html: if is_mail { self.html(body) } else { String::new() },
            failures_to: self.failures_to.clone(),
            sent_at: now,
        }
    }

    fn default_body(&self) -> &'static str {
        match (self.purpose, &self.link) {
            (Purpose::Invitation, _) => INVITATION_BODY,
            (Purpose::SignIn, _) => SIGN_IN_BODY,
            (_, Some(_)) => LINK_BODY,
            (_, None) => CODE_BODY,
        }
    }

    /// One line, whatever the values hold: a line break would end the header (RFC 5322 §2.2).
    fn subject(&self) -> String {
        let default = match (self.purpose, &self.link) {
            (Purpose::Invitation, _) => INVITATION_SUBJECT,
            (Purpose::SignIn, _) => SIGN_IN_SUBJECT,
            (_, Some(_)) => LINK_SUBJECT,
            (_, None) => CODE_SUBJECT,
        };
        let template = self.subject_template.as_deref().unwrap_or(default);
        let subject = self.fill(template, str::to_owned, |words, _| words.to_owned());
        subject.replace(char::is_control, " ")
    }

    fn html(&self, body: &str) -> String {
        let anchor = |words: &str, link: &str| {
            format!(r#"<a href="{}" style="color:#0b6b74">{}</a>"#, escaped(link), escaped(words))
        };
        let filled = self.fill(body, escaped, anchor);
        let lower_case = body.to_ascii_lowercase();
        if lower_case.contains("<html") || lower_case.contains("<!doctype") {
            return filled;
        }
        let is_ours = self.body_template.is_none();
        let page = MailPage {
            title: &self.subject(),
            brand_name: &self.brand_name,
            heading: is_ours.then(|| self.purpose.heading()),
            body: &filled,
            keeps_lines: !body.contains('<'),
            code: (is_ours && body.contains("{####}")).then_some(self.code.as_str()),
            note: is_ours.then(|| self.purpose.note()),
        };
        page.render().unwrap_or(filled)
    }

    /// `template` with its placeholders filled in one pass, so that a value which looks like a placeholder stays a value.
    fn fill(&self, template: &str, value: fn(&str) -> String, link: impl Fn(&str, &str) -> String) -> String {
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(brace) = rest.find('{') {
            filled.push_str(&rest[..brace]);
            rest = &rest[brace..];
            if let Some(after) = rest.strip_prefix("{####}") {
                filled.push_str(&value(&self.code));
                rest = after;
            } else if let Some(after) = rest.strip_prefix("{username}") {
                filled.push_str(&value(&self.username));
                rest = after;
            } else if let Some((words, after)) = rest.strip_prefix("{##").and_then(|start| start.split_once("##}")) {
                filled.push_str(&self.link.as_ref().map_or_else(|| value(words), |address| link(words, address)));
                rest = after;
            } else {
                filled.push('{');
                rest = &rest[1..];
            }
        }
        filled + rest
    }
}

/// The frame of a mail that does not bring its own. Mail programs know neither stylesheets nor our fonts.
#[derive(Template)]
#[template(path = "mail/message.html")]
struct MailPage<'a> {
    title: &'a str,
    brand_name: &'a str,
    heading: Option<&'a str>,
    /// HTML with escaped values.
    body: &'a str,
    keeps_lines: bool,
    code: Option<&'a str>,
    note: Option<&'a str>,
}

fn escaped(value: &str) -> String {
    escape(value, Html).map(|safe| safe.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(purpose: Purpose) -> Notice {
        Notice {
            to: "alice@example.com".to_owned(),
            channel: Channel::Email,
            purpose,
            code: "123456".to_owned(),
            username: "alice".to_owned(),
            link: None,
            brand_name: "Meadow".to_owned(),
            reply_to: None,
            failures_to: None,
            subject_template: None,
            body_template: None,
        }
    }

    fn rendered(notice: &Notice) -> Message {
        notice.render(Timestamp::from_seconds(7))
    }

    #[test]
    fn a_code_goes_out_in_cognitos_words() {
        let message = rendered(&notice(Purpose::ConfirmSignUp));
        assert_eq!(message.subject, "Your verification code");
        assert_eq!(message.text, "Your verification code is 123456. ");
        assert!(message.html.contains("123456") && message.html.contains("Confirm your account"), "{}", message.html);
        assert_eq!(message.sent_at, Timestamp::from_seconds(7));
    }

    #[test]
    fn a_text_message_has_neither_subject_nor_html() {
        let message = rendered(&Notice { channel: Channel::Sms, ..notice(Purpose::ResetPassword) });
        assert_eq!(message.text, "Your verification code is 123456. ");
        assert!(message.subject.is_empty() && message.html.is_empty());
    }

    #[test]
    fn an_invitation_names_user_and_temporary_password() {
        let message = rendered(&Notice { code: "Ab1!<x>".to_owned(), ..notice(Purpose::Invitation) });
        assert_eq!(message.subject, "Your temporary password");
        assert_eq!(message.text, "Your username is alice and temporary password is Ab1!<x>. ");
        assert!(!message.html.contains("<x>"), "{}", message.html);
    }

    #[test]
    fn a_link_is_an_anchor_in_html_and_an_address_in_text() {
        let link = Some("https://pool.example/confirmUser?a=1&b=2".to_owned());
        let message = rendered(&Notice { link, ..notice(Purpose::ConfirmSignUp) });
        assert_eq!(message.subject, "Your verification link");
        assert!(message.text.contains("Verify Email: https://pool.example/confirmUser?a=1&b=2"), "{}", message.text);
        assert!(message.html.contains(r#"href="https://pool.example/confirmUser?a=1&#38;b=2""#), "{}", message.html);
    }

    #[test]
    fn values_are_escaped_and_never_read_as_placeholders() {
        let hostile = Notice {
            username: "{####}<script>alert(1)</script>\"".to_owned(),
            brand_name: "<script>alert(2)</script>".to_owned(),
            body_template: Some("<p title=\"{username}\">Hello {username}, use {####}</p>".to_owned()),
            ..notice(Purpose::VerifyAttribute)
        };
        let message = rendered(&hostile);
        assert!(!message.html.contains("<script"), "{}", message.html);
        assert_eq!(message.html.matches("123456").count(), 1, "{}", message.html);
        assert_eq!(message.text, "Hello {####}<script>alert(1)</script>\", use 123456");
    }

    #[test]
    fn a_subject_cannot_grow_a_second_header() {
        let subject_template = Some("Code for {username}\r\nX-Own: 1".to_owned());
        let username = "alice\r\nBcc: mallory@example.com".to_owned();
        let message = rendered(&Notice { subject_template, username, ..notice(Purpose::ResetPassword) });
        assert_eq!(message.subject, "Code for alice  Bcc: mallory@example.com  X-Own: 1");
    }

    #[test]
    fn a_whole_document_is_sent_without_our_frame() {
        let body_template = Some("<!DOCTYPE html><html><body>Code {####} {other}</body></html>".to_owned());
        let message = rendered(&Notice { body_template, ..notice(Purpose::ConfirmSignUp) });
        assert_eq!(message.html, "<!DOCTYPE html><html><body>Code 123456 {other}</body></html>");
        assert_eq!(message.text, "Code 123456 {other}");
    }
}
