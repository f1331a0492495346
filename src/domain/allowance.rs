//! Owns how often an hour a user may do what sends messages or lets codes be guessed (Cognito's fixed limits).

/// Seconds in which uses are counted together.
pub const WINDOW_SECONDS: i64 = 3600;

/// Something that a user may do only so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    /// Asking for a reset code.
    ForgotPassword,
    /// Typing a reset code.
    ConfirmForgotPassword,
    /// Asking for the confirmation code again.
    ResendConfirmationCode,
    /// Typing a confirmation code.
    ConfirmSignUp,
    /// Replacing the password.
    ChangePassword,
    /// Asking for a code that proves an attribute.
    GetUserAttributeVerificationCode,
    /// Typing a code that proves an attribute.
    VerifyUserAttribute,
    /// Being written to about unusual sign-ins.
    RiskNotice,
}

impl Allowance {
    /// The word that the database keeps.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ForgotPassword => "forgot_password",
            Self::ConfirmForgotPassword => "confirm_forgot_password",
            Self::ResendConfirmationCode => "resend_confirmation_code",
            Self::ConfirmSignUp => "confirm_sign_up",
            Self::ChangePassword => "change_password",
            Self::GetUserAttributeVerificationCode => "get_user_attribute_verification_code",
            Self::VerifyUserAttribute => "verify_user_attribute",
            Self::RiskNotice => "risk_notice",
        }
    }

    /// How often an hour. Cognito lets a reset be tried 5 to 20 times, by a risk that only it knows.
    #[must_use]
    pub const fn an_hour(self) -> i64 {
        match self {
            Self::ForgotPassword | Self::ConfirmForgotPassword => 20,
            Self::ConfirmSignUp | Self::VerifyUserAttribute => 15,
            Self::ResendConfirmationCode
            | Self::ChangePassword
            | Self::GetUserAttributeVerificationCode
            | Self::RiskNotice => 5,
        }
    }
}
