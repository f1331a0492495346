//! Owns the sentences of the page that asks whether a sign-in was the person's own.

/// The words of the page in one language.
#[derive(Debug)]
pub struct FeedbackTexts {
    /// Heading where the sign-in was the person's own.
    pub valid_heading: &'static str,
    /// What the answer does.
    pub valid_lead: &'static str,
    /// Its button.
    pub valid_button: &'static str,
    /// Heading where it was not.
    pub invalid_heading: &'static str,
    /// What the answer does.
    pub invalid_lead: &'static str,
    /// Its button.
    pub invalid_button: &'static str,
    /// Heading once the answer is taken.
    pub thanks: &'static str,
    /// What is next where it was the person's own.
    pub valid_thanks_lead: &'static str,
    /// What is next where it was not.
    pub invalid_thanks_lead: &'static str,
}

/// English.
pub const ENGLISH: FeedbackTexts = FeedbackTexts {
    valid_heading: "Was it you?",
    valid_lead: "You are about to tell us that you signed in yourself. We will know the device and the network next time.",
    valid_button: "Yes, it was me",
    invalid_heading: "Was it somebody else?",
    invalid_lead: "You are about to tell us that somebody else signed in. We will not take the device and the network for \
        yours.",
    invalid_button: "It was not me",
    thanks: "Thank you",
    valid_thanks_lead: "You can close this page.",
    invalid_thanks_lead: "Somebody knows your password. Change it in the app, or choose “Forgot your password?” where you \
        sign in.",
};
