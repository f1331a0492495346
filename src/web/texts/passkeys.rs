//! Owns the sentences about passkeys.

/// The words about passkeys in one language.
#[derive(Debug)]
pub struct PasskeyTexts {
    /// Button of the sign-in page.
    pub sign_in: &'static str,
    /// When the browser brings no answer, because the person closed its window or it has no passkey.
    pub not_used: &'static str,
    /// As [`PasskeyTexts::not_used`], where one was to be made.
    pub not_made: &'static str,
    /// Heading of the page that offers one.
    pub add_heading: &'static str,
    /// What a passkey is good for.
    pub add_lead: &'static str,
    /// Where the browser cannot make one.
    pub unsupported: &'static str,
    /// Button that makes one.
    pub create: &'static str,
    /// Button that goes on without.
    pub not_now: &'static str,
}

/// English.
pub const ENGLISH: PasskeyTexts = PasskeyTexts {
    sign_in: "Sign in with a passkey",
    not_used: "No passkey was used. Try again, or sign in another way.",
    not_made: "No passkey was made. Try again, or go on without one.",
    add_heading: "Sign in faster next time",
    add_lead: "A passkey lets you sign in with your fingerprint, your face or your screen lock. There is no password to \
        remember or to give away.",
    unsupported: "This browser cannot make a passkey.",
    create: "Create passkey",
    not_now: "Not now",
};
