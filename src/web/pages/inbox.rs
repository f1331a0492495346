//! Owns the looks of the development inbox, `/_cenote/inbox`, and what of a message it brings out.
//! It must not know what messages are about.

use askama::Template;

use super::Layout;
use super::moment::Moment;
use crate::mail::{Channel, Message};

/// The page of every message that a development server "sent".
#[derive(Debug, Template)]
#[template(path = "pages/inbox.html")]
pub struct InboxPage {
    /// The frame.
    pub layout: Layout,
    /// Newest first.
    pub messages: Vec<InboxMessage>,
}

/// One message as the inbox shows it.
#[derive(Debug)]
pub struct InboxMessage {
    /// Whether it is a text message.
    pub is_sms: bool,
    /// Address or number.
    pub to: String,
    /// Empty for a text message.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The code in the text, if there is one.
    pub code: Option<String>,
    /// The first web address in the text, if there is one.
    pub link: Option<String>,
    /// When it was sent.
    pub sent: Moment,
}

impl InboxPage {
    /// The page for `messages`, which come oldest first.
    #[must_use]
    pub fn new(layout: Layout, messages: &[Message]) -> Self {
        Self { layout, messages: messages.iter().rev().map(InboxMessage::of).collect() }
    }
}

impl InboxMessage {
    fn of(message: &Message) -> Self {
        Self {
            is_sms: message.channel == Channel::Sms,
            to: message.to.clone(),
            subject: message.subject.clone(),
            text: message.text.trim().to_owned(),
            code: code_in(&message.text).map(str::to_owned),
            link: link_in(&message.text).map(str::to_owned),
            sent: Moment::of(message.sent_at),
        }
    }
}

/// A six-digit number that stands alone and is no part of an address.
fn code_in(text: &str) -> Option<&str> {
    text.split_whitespace()
        .filter(|word| !is_address(word))
        .flat_map(|word| word.split(|letter: char| !letter.is_alphanumeric()))
        .find(|word| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit()))
}

fn link_in(text: &str) -> Option<&str> {
    text.split_whitespace().find(|word| is_address(word))
}

fn is_address(word: &str) -> bool {
    word.starts_with("https://") || word.starts_with("http://")
}

#[cfg(test)]
impl InboxPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_layout, layout};
        use crate::clock::Timestamp;
        let message = |channel, to: &str, subject: &str, text: &str| Message {
            channel,
            to: to.to_owned(),
            reply_to: None,
            subject: subject.to_owned(),
            text: text.to_owned(),
            html: String::new(),
            failures_to: None,
            sent_at: Timestamp::from_seconds(1_750_000_000),
        };
        let link = "Please click the link below to verify your email address.\nVerify Email: \
                    http://localhost:9229/confirmUser?client_id=abc&user_name=bob&confirmation_code=123456";
        let messages = [
            message(Channel::Email, "bob@example.com", "Your verification link", link),
            message(Channel::Sms, "+14155550123", "", "Your verification code is 204816. "),
            message(
                Channel::Email,
                "alice@example.com",
                "Your verification code",
                "Your verification code is 739204. ",
            ),
        ];
        vec![
            Self::new(layout(), &messages),
            Self::new(layout(), &[]),
            Self::new(hostile_layout(), &[message(Channel::Email, HOSTILE, HOSTILE, HOSTILE)]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_lone_six_digit_number_is_a_code() {
        assert_eq!(code_in("Your verification code is 123456. "), Some("123456"));
        assert_eq!(code_in("Call +14155550123 or ref a123456"), None);
        assert_eq!(code_in("temporary password is Ab1234!x"), None);
        assert_eq!(code_in("http://localhost:9229/confirmUser?confirmation_code=123456"), None);
    }

    #[test]
    fn the_first_address_is_the_link() {
        assert_eq!(link_in("see https://a.example/x or http://b"), Some("https://a.example/x"));
        assert_eq!(link_in("javascript:alert(1)"), None);
    }
}
