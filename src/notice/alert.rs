//! Owns what people are told of an unusual sign-in: our sentences or the pool's, with what is known of it filled in.
//! It must not know risks.

use super::{MailPage, escaped, plain_text};
use crate::clock::Timestamp;
use crate::mail::{Channel, Message};

const REST: &str = "<p>Time: {login-time}<br>Address: {ip-address}<br>Device: {device-name}</p>\
     <p>If it was not you, somebody knows your password. Change it, and <a href=\"{one-click-link-invalid}\">tell us that \
     it was not you</a>.</p><p>If it was you, <a href=\"{one-click-link-valid}\">tell us that it was you</a>, and we will \
     know the device and the network next time.</p>";

/// What became of the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// It was refused.
    Refused,
    /// It had to bring a second factor.
    Asked,
    /// Nothing.
    Allowed,
}

impl Happened {
    /// Our own subject and heading.
    const fn subject(self) -> &'static str {
        match self {
            Self::Refused => "We stopped a sign-in to your account",
            Self::Asked | Self::Allowed => "Unusual sign-in to your account",
        }
    }

    /// The first sentence of our own mail.
    const fn lead(self) -> &'static str {
        match self {
            Self::Refused => "Somebody with your password tried to sign in, and we refused.",
            Self::Asked => "Somebody with your password signs in, and was asked for a second proof.",
            Self::Allowed => "Somebody signed in to your account in a way that is not usual for you.",
        }
    }
}

/// A mail about an unusual sign-in before it has words. It holds a secret, so it has no `Debug`.
pub struct Alert {
    /// The address.
    pub to: String,
    /// The address that answers go to, where the pool names one.
    pub reply_to: Option<String>,
    /// Who writes, as the person knows it.
    pub brand_name: String,
    /// What became of the sign-in.
    pub happened: Happened,
    /// The pool's own subject.
    pub subject: Option<String>,
    /// The pool's own text as HTML, which is sent as it stands but for the values in it.
    pub html: Option<String>,
    /// The pool's own plain text.
    pub text: Option<String>,
    /// What stands for each placeholder, such as `{ip-address}`.
    pub values: Vec<(&'static str, String)>,
    /// Where it is to be told that the mail could not be sent.
    pub failures_to: Option<String>,
}

impl Alert {
    /// The message, as handed over at `now`.
    #[must_use]
    pub fn render(&self, now: Timestamp) -> Message {
        let subject = self.fill(self.subject.as_deref().unwrap_or(self.happened.subject()), str::to_owned);
        let subject = subject.replace(char::is_control, " ");
        let ours = format!("<p>{}</p>{REST}", self.happened.lead());
        let body = self.html.as_deref().or(self.text.as_deref()).unwrap_or(&ours);
        let text = match &self.text {
            Some(text) => text.clone(),
            None => plain_text::of(body),
        };
        Message {
            channel: Channel::Email,
            to: self.to.clone(),
            reply_to: self.reply_to.clone(),
            text: self.fill(&text, str::to_owned),
            html: self.html(&subject, body),
            subject,
            failures_to: self.failures_to.clone(),
            sent_at: now,
        }
    }

    fn html(&self, title: &str, body: &str) -> String {
        let filled = self.fill(body, escaped);
        let lower_case = body.to_ascii_lowercase();
        if lower_case.contains("<html") || lower_case.contains("<!doctype") {
            return filled;
        }
        let is_ours = self.html.is_none() && self.text.is_none();
        let page = MailPage {
            title,
            brand_name: &self.brand_name,
            heading: is_ours.then(|| self.happened.subject()),
            body: &filled,
            keeps_lines: !body.contains('<'),
            code: None,
            note: None,
        };
        askama::Template::render(&page).unwrap_or(filled)
    }

    /// `template` with its placeholders filled in one pass, so that a value which looks like one stays a value.
    fn fill(&self, template: &str, value: fn(&str) -> String) -> String {
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(brace) = rest.find('{') {
            filled.push_str(&rest[..brace]);
            rest = &rest[brace..];
            match self.values.iter().find(|(name, _)| rest.starts_with(name)) {
                Some((name, known)) => {
                    filled.push_str(&value(known));
                    rest = &rest[name.len()..];
                }
                None => {
                    filled.push('{');
                    rest = &rest[1..];
                }
            }
        }
        filled + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(happened: Happened) -> Alert {
        let value = |name, value: &str| (name, value.to_owned());
        Alert {
            to: "alice@example.com".to_owned(),
            reply_to: None,
            brand_name: "Meadow".to_owned(),
            happened,
            subject: None,
            html: None,
            text: None,
            values: vec![
                value("{username}", "alice"),
                value("{device-name}", "<script>{username}</script>"),
                value("{login-time}", "2 Jan 2024, 03:04:05 UTC"),
                value("{one-click-link-valid}", "https://pool.example/feedback?a=1&value=valid"),
            ],
            failures_to: None,
        }
    }

    fn rendered(alert: &Alert) -> Message {
        alert.render(Timestamp::from_seconds(7))
    }

    #[test]
    fn our_own_mail_says_what_happened_and_links_to_an_answer() {
        for (happened, subject) in [
            (Happened::Refused, "We stopped a sign-in to your account"),
            (Happened::Asked, "Unusual sign-in to your account"),
            (Happened::Allowed, "Unusual sign-in to your account"),
        ] {
            let message = rendered(&alert(happened));
            assert_eq!(message.subject, subject);
            assert!(message.text.contains(happened.lead()), "{}", message.text);
            assert!(message.text.contains("Time: 2 Jan 2024, 03:04:05 UTC"), "{}", message.text);
            assert!(message.text.contains("(https://pool.example/feedback?a=1&value=valid)"), "{}", message.text);
            let link = r#"href="https://pool.example/feedback?a=1&#38;value=valid""#;
            assert!(message.html.contains(link), "{}", message.html);
        }
    }

    #[test]
    fn values_are_escaped_and_never_read_as_placeholders() {
        let message = rendered(&alert(Happened::Allowed));
        assert!(!message.html.contains("<script"), "{}", message.html);
        assert!(message.text.contains("<script>{username}</script>"), "{}", message.text);
    }

    #[test]
    fn the_pools_own_words_are_sent_in_both_forms() {
        let own = Alert {
            subject: Some("For {username}\r\nX-Own: 1".to_owned()),
            html: Some("<!DOCTYPE html><html><body>Hello {username} {other}</body></html>".to_owned()),
            text: Some("Hi {username}".to_owned()),
            ..alert(Happened::Refused)
        };
        let message = rendered(&own);
        assert_eq!(message.subject, "For alice  X-Own: 1");
        assert_eq!(message.html, "<!DOCTYPE html><html><body>Hello alice {other}</body></html>");
        assert_eq!(message.text, "Hi alice");
        let message = rendered(&Alert { html: None, ..own });
        assert!(message.html.contains("Hi alice") && message.html.contains("Meadow"), "{}", message.html);
    }
}
