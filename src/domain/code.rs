//! Owns the one-time codes that people type: what they are for and how long they live.

use crate::domain::allowance::Allowance;

/// What a code proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodePurpose {
    /// That a new user owns an address.
    ConfirmSignUp,
    /// That the person may set a new password.
    ResetPassword,
    /// That a user owns a changed e-mail address.
    VerifyEmail,
    /// That a user owns a changed phone number.
    VerifyPhoneNumber,
}

impl CodePurpose {
    /// The word that the database keeps.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConfirmSignUp => "confirm_sign_up",
            Self::ResetPassword => "reset_password",
            Self::VerifyEmail => "verify_email",
            Self::VerifyPhoneNumber => "verify_phone_number",
        }
    }

    /// Seconds for which a code works: a day for sign-up and attributes, an hour for a reset (spec: codes).
    #[must_use]
    pub const fn lifetime_seconds(self) -> i64 {
        match self {
            Self::ConfirmSignUp | Self::VerifyEmail | Self::VerifyPhoneNumber => 24 * 3600,
            Self::ResetPassword => 3600,
        }
    }

    /// What typing such a code counts as within an hour.
    #[must_use]
    pub const fn allowance(self) -> Allowance {
        match self {
            Self::ConfirmSignUp => Allowance::ConfirmSignUp,
            Self::ResetPassword => Allowance::ConfirmForgotPassword,
            Self::VerifyEmail | Self::VerifyPhoneNumber => Allowance::VerifyUserAttribute,
        }
    }
}

/// An address as it is shown to somebody who may not be its owner: `j***@e***`, `+*******1234`.
#[must_use]
pub fn masked_destination(address: &str) -> String {
    if let Some((local, host)) = address.split_once('@') {
        let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
        return format!("{}***@{}***", first(local), first(host));
    }
    let digits: Vec<char> = address.chars().collect();
    let kept: String = digits.iter().skip(digits.len().saturating_sub(4)).collect();
    format!("+*******{kept}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_are_masked() {
        assert_eq!(masked_destination("jane@example.com"), "j***@e***");
        assert_eq!(masked_destination("+14325551212"), "+*******1212");
    }
}
