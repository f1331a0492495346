//! Owns the sentences about second factors.

/// The words about second factors in one language.
#[derive(Debug)]
pub struct FactorTexts {
    /// Heading of the page that asks for a code.
    pub code_heading: &'static str,
    code_sent: &'static str,
    /// Sentence of that page where the code comes from an authenticator app.
    app_lead: &'static str,
    app_lead_named: &'static str,
    /// Label of the code from an authenticator app.
    pub app_code: &'static str,
    /// Button of the pages that ask for a code.
    pub go_on: &'static str,
    /// Question before the way back to the start.
    pub no_code: &'static str,
    /// The way back to the start.
    pub start_again: &'static str,
    /// Heading of the page with a choice.
    pub choose_heading: &'static str,
    /// Sentence of that page, and what a screen reader calls the choice.
    pub choose_lead: &'static str,
    /// An authenticator app, in the choice.
    pub by_app: &'static str,
    /// A code by text message, in the choice.
    pub by_sms: &'static str,
    /// A code by mail, in the choice.
    pub by_email: &'static str,
    /// Heading of the page that sets up an authenticator app.
    pub set_up_heading: &'static str,
    /// What to do on that page.
    pub set_up_lead: &'static str,
    /// What a screen reader calls the QR code.
    pub qr_code: &'static str,
    /// Before the secret as text.
    pub secret_lead: &'static str,
    /// After too many wrong codes.
    pub fresh_secret: &'static str,
    /// The way to an address instead of an app.
    pub email_instead: &'static str,
    /// Heading of the page that sets up an address.
    pub email_heading: &'static str,
    /// Sentence of that page.
    pub email_lead: &'static str,
    /// Button of that page.
    pub send_code: &'static str,
    /// Button of the sign-in page that asks for a code by mail.
    pub email_code: &'static str,
    /// Button of the sign-in page that asks for a code by text message.
    pub text_code: &'static str,
    /// Where the account has no way for such a code.
    pub no_code_here: &'static str,
    /// Hint of a password that may be left out.
    pub no_password_needed: &'static str,
    /// Where a second factor is needed that only an administrator can add.
    pub ask_administrator: &'static str,
}

/// English.
pub const ENGLISH: FactorTexts = FactorTexts {
    code_heading: "Enter your code",
    code_sent: "We have sent a code by {medium} to {destination}.",
    app_lead: "Enter the code from your authenticator app.",
    app_lead_named: "Enter the code from your authenticator app on {device}.",
    app_code: "Code",
    go_on: "Continue",
    no_code: "Didn't receive a code?",
    start_again: "Start again",
    choose_heading: "Choose how to confirm that it is you",
    choose_lead: "Where shall the code come from?",
    by_app: "Authenticator app",
    by_sms: "Text message",
    by_email: "Email",
    set_up_heading: "Set up an authenticator app",
    set_up_lead: "Scan this code with an authenticator app, then enter the six digits that the app shows.",
    qr_code: "QR code with the secret for your authenticator app",
    secret_lead: "If you cannot scan it, type this secret into the app:",
    fresh_secret: "Three codes were wrong. Here is a new secret: please remove the old one from your app and scan again.",
    email_instead: "Use your email address instead",
    email_heading: "Confirm your email address",
    email_lead: "We will send a code to this address, now and at each sign-in.",
    send_code: "Send code",
    email_code: "Email me a code",
    text_code: "Text me a code",
    no_code_here: "A code is not possible for this account. Please sign in another way.",
    no_password_needed: "You may leave this empty and sign in with a code each time.",
    ask_administrator: "A phone number is needed to sign in here. Please contact an administrator.",
};

impl FactorTexts {
    /// Where a code went.
    #[must_use]
    pub fn code_sent(&self, medium: &str, destination: &str) -> String {
        self.code_sent.replace("{medium}", medium).replace("{destination}", destination)
    }

    /// Which authenticator app is asked.
    #[must_use]
    pub fn app_lead(&self, device: Option<&str>) -> String {
        device.map_or_else(|| self.app_lead.to_owned(), |device| self.app_lead_named.replace("{device}", device))
    }
}
