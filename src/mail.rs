//! Owns the sending of messages to people: SMTP and a text message gateway in production, a list in memory in
//! development.
//! It must not know what a message is about.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use lettre::message::{Mailbox, MultiPart};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use crate::clock::Timestamp;
use crate::sms::{SmsError, TextMessages};

/// How many messages the development inbox keeps; the oldest leave first.
const INBOX_CAPACITY: usize = 500;

/// The road that a message takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Electronic mail.
    Email,
    /// A text message.
    Sms,
}

impl Channel {
    /// The word of the inbox's JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }
}

/// One message to one person.
#[derive(Debug, Clone)]
pub struct Message {
    /// Mail or text message.
    pub channel: Channel,
    /// Address or E.164 number.
    pub to: String,
    /// The address that answers go to, where it is not the sender's.
    pub reply_to: Option<String>,
    /// Empty for text messages.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as HTML; empty for text messages.
    pub html: String,
    /// Where it is to be told that the message could not be sent.
    pub failures_to: Option<String>,
    /// When the pool handed it over.
    pub sent_at: Timestamp,
}

/// Where messages go.
#[derive(Debug, Clone)]
pub enum Mail {
    /// Kept in memory and shown by the inbox page.
    Inbox(Inbox),
    /// Handed over to whoever carries them.
    Carriers(Arc<Carriers>),
}

/// Who carries messages. Where nobody is configured, sending fails.
#[derive(Debug, Clone, Default)]
pub struct Carriers {
    /// An SMTP relay and the sender's address.
    pub smtp: Option<(AsyncSmtpTransport<Tokio1Executor>, Mailbox)>,
    /// A text message gateway.
    pub texts: Option<TextMessages>,
}

/// What went wrong in sending; never shown to the person.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// No relay is configured.
    #[error("no mail relay is configured: set [smtp] in the configuration")]
    NotConfigured,
    /// Text messages need a gateway.
    #[error("no text message gateway is configured: set [sms] in the configuration")]
    NoTextMessages,
    /// The address does not parse.
    #[error("bad address: {0}")]
    Address(#[from] lettre::address::AddressError),
    /// The message could not be built.
    #[error("bad message: {0}")]
    Message(#[from] lettre::error::Error),
    /// The relay refused it.
    #[error("mail relay: {0}")]
    Smtp(#[from] lettre::transport::smtp::Error),
    /// The text message did not leave.
    #[error("{0}")]
    Sms(#[from] SmsError),
}

impl MailError {
    /// Whether another try would end the same.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Sms(fault) => fault.is_final(),
            Self::Smtp(fault) => fault.is_permanent(),
            _ => true,
        }
    }
}

impl Mail {
    /// Nobody carries anything.
    #[must_use]
    pub fn nowhere() -> Self {
        Self::Carriers(Arc::default())
    }

    /// Whether anybody carries messages of this kind.
    ///
    /// # Errors
    /// What is not configured.
    pub fn carries(&self, channel: Channel) -> Result<(), MailError> {
        let Self::Carriers(carriers) = self else { return Ok(()) };
        match channel {
            Channel::Email if carriers.smtp.is_none() => Err(MailError::NotConfigured),
            Channel::Sms if carriers.texts.is_none() => Err(MailError::NoTextMessages),
            _ => Ok(()),
        }
    }

    /// Sends `message`.
    ///
    /// # Errors
    /// When nobody is configured to carry it, or refuses.
    pub async fn send(&self, message: Message) -> Result<(), MailError> {
        let carriers = match self {
            Self::Inbox(inbox) => {
                inbox.push(message);
                return Ok(());
            }
            Self::Carriers(carriers) => carriers,
        };
        match message.channel {
            Channel::Email => {
                let (relay, from) = carriers.smtp.as_ref().ok_or(MailError::NotConfigured)?;
                send_by_smtp(relay, from.clone(), message).await
            }
            Channel::Sms => {
                let texts = carriers.texts.as_ref().ok_or(MailError::NoTextMessages)?;
                Ok(texts.send((&message.to, &message.text), message.sent_at).await?)
            }
        }
    }
}

async fn send_by_smtp(
    relay: &AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    message: Message,
) -> Result<(), MailError> {
    let mut head = lettre::Message::builder().from(from).to(Mailbox::new(None, message.to.parse()?));
    // A pool's address that is none must not keep anybody from getting a code.
    if let Some(Ok(address)) = message.reply_to.as_deref().map(str::parse) {
        head = head.reply_to(Mailbox::new(None, address));
    }
    let mail =
        head.subject(message.subject).multipart(MultiPart::alternative_plain_html(message.text, message.html))?;
    relay.send(mail).await?;
    Ok(())
}

/// The messages of a development server, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Inbox(Arc<Mutex<VecDeque<Message>>>);

impl Inbox {
    /// All kept messages, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        let messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        messages.iter().cloned().collect()
    }

    /// Adds a message; the oldest leaves when the inbox is full.
    pub fn push(&self, message: Message) {
        let mut messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if messages.len() == INBOX_CAPACITY {
            messages.pop_front();
        }
        messages.push_back(message);
    }
}
