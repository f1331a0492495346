//! The placeholders of the words, and the way back to English.

use super::*;

#[test]
fn an_unknown_language_falls_back_to_english() {
    for lang in ["en", "en-GB", "EN_us", "tlh", "", "-"] {
        assert_eq!(texts(lang).lang, "en", "{lang}");
    }
}

#[test]
fn parameters_are_filled_in() {
    assert_eq!(
        ENGLISH.code_sent(ENGLISH.by_email, "j***@e***"),
        "We have sent a code by email to j***@e***. Enter it below to confirm your account."
    );
    assert_eq!(
        ENGLISH.forgot_lead(ENGLISH.username),
        "Enter your username below and we will send a message to reset your password."
    );
    assert_eq!(ENGLISH.password_length(12), "at least 12 characters");
    assert_eq!(ENGLISH.continue_with("Google"), "Continue with Google");
    assert_eq!(ENGLISH.sign_in_as("alice"), "Sign in as alice?");
}
