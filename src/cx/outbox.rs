//! Owns messages on their way out. A development inbox has them at once; a mail relay gets them from a queue with
//! a few tries, so that nobody waits for it and the time of an answer tells nothing about who exists.

use std::time::Duration;

use tokio::sync::mpsc;

use crate::error::Error;
use crate::mail::{Channel, Mail, Message};

/// Messages that may wait.
const LONGEST_QUEUE: usize = 10_000;
/// Waits before the second, third and fourth try.
const PAUSES: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(15), Duration::from_secs(60)];

/// Where messages are put.
pub enum Outbox {
    /// Delivered at once.
    Now(crate::mail::Inbox),
    /// Delivered soon, by whom the second says.
    Queue(mpsc::Sender<Message>, Mail),
}

impl Outbox {
    /// Starts the delivery through `mail`.
    #[must_use]
    pub fn start(mail: Mail) -> Self {
        if let Mail::Inbox(inbox) = mail {
            return Self::Now(inbox);
        }
        let (sender, mut receiver) = mpsc::channel::<Message>(LONGEST_QUEUE);
        let known = mail.clone();
        tokio::spawn(async move {
            while let Some(message) = receiver.recv().await {
                tokio::spawn(deliver(mail.clone(), message));
            }
        });
        Self::Queue(sender, known)
    }

    /// Whether messages of this kind can leave at all. The log says what to configure.
    ///
    /// # Errors
    /// [`Error::CodeDeliveryFailure`].
    pub fn check(&self, channel: Channel) -> Result<(), Error> {
        let Self::Queue(_, mail) = self else { return Ok(()) };
        mail.carries(channel).map_err(|cause| {
            tracing::error!(%cause, "a message cannot be sent");
            Error::CodeDeliveryFailure
        })
    }

    /// Puts a message out. A full queue drops it and says so in the log: the person can ask for another.
    pub fn send(&self, message: Message) {
        match self {
            Self::Now(inbox) => inbox.push(message),
            Self::Queue(sender, _) => {
                let failures = Failures(message.failures_to.clone());
                if sender.try_send(message).is_err() {
                    failures.tell(&"the queue is full", "a message was dropped");
                }
            }
        }
    }
}

/// Where it is told that a message could not be sent: the pool's destination for it, where it names one.
struct Failures(Option<String>);

impl Failures {
    fn tell(&self, cause: &dyn std::fmt::Display, what: &'static str) {
        match &self.0 {
            Some(destination) => tracing::error!(%cause, destination, source = "userNotification", "{what}"),
            None => tracing::error!(%cause, "{what}"),
        }
    }
}

async fn deliver(mail: Mail, message: Message) {
    let failures = Failures(message.failures_to.clone());
    for pause in PAUSES.iter().map(Some).chain([None]) {
        match (mail.send(message.clone()).await, pause) {
            (Ok(()), _) => return,
            (Err(cause), Some(pause)) if !cause.is_final() => {
                tracing::warn!(%cause, "a message could not be sent; trying again");
                tokio::time::sleep(*pause).await;
            }
            (Err(cause), _) => return failures.tell(&cause, "a message could not be sent; giving up"),
        }
    }
}
