//! Owns the sentences of the development inbox.

/// The words of the inbox in one language.
#[derive(Debug)]
pub struct InboxTexts {
    /// Heading.
    pub heading: &'static str,
    /// Sentence under the heading.
    pub lead: &'static str,
    /// Sentence without messages.
    pub empty: &'static str,
    /// Link to the messages as JSON.
    pub json: &'static str,
    /// Link that loads the page again.
    pub refresh: &'static str,
    /// Button that copies a code.
    pub copy: &'static str,
    /// The same button afterwards.
    pub copied: &'static str,
    /// Link to the address that a message holds.
    pub open_link: &'static str,
    /// Label of a message's addressee.
    pub to: &'static str,
    /// The badge of a mail.
    pub channel_email: &'static str,
    /// The badge of a text message, and the heading of one, which has no subject.
    pub channel_sms: &'static str,
}

/// English.
pub const ENGLISH: InboxTexts = InboxTexts {
    heading: "Inbox",
    lead: "Every message that this development server would have sent, newest first. Nothing left this machine.",
    empty: "No messages yet. Sign up or reset a password, and the code will appear here.",
    json: "As JSON",
    refresh: "Refresh",
    copy: "Copy",
    copied: "Copied",
    open_link: "Open the link",
    to: "To",
    channel_email: "Email",
    channel_sms: "Text message",
};
