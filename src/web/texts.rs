//! Owns every sentence that a person reads on the hosted pages, one constant per language.
//! It must not know where a sentence stands; error messages of the pool arrive as strings and are not repeated here.

mod account;
mod consent;
mod factors;
mod feedback;
mod inbox;
mod passkeys;

pub use account::AccountTexts;
pub use consent::ConsentTexts;
pub use factors::FactorTexts;
pub use feedback::FeedbackTexts;
pub use inbox::InboxTexts;
pub use passkeys::PasskeyTexts;

/// The words of one language. A placeholder in braces is filled by the method of the same topic.
#[derive(Debug)]
pub struct Texts {
    /// BCP 47 tag, the page's `lang`.
    pub lang: &'static str,
    /// Between a page's name and the pool's in the window title.
    pub title_separator: &'static str,

    /// Label of the `username` field, by what the pool signs in with.
    pub username: &'static str,
    /// See [`Texts::username`].
    pub email: &'static str,
    /// See [`Texts::username`].
    pub phone_number: &'static str,
    /// See [`Texts::username`].
    pub email_or_phone_number: &'static str,
    /// Label of a password field.
    pub password: &'static str,
    /// Label of a password field that sets one.
    pub new_password: &'static str,
    /// Label of the field that repeats a new password.
    pub confirm_new_password: &'static str,
    /// Label of a field for a code that was sent.
    pub verification_code: &'static str,
    /// Button beside a password.
    pub show: &'static str,
    /// Button beside a password that is shown.
    pub hide: &'static str,
    /// What a screen reader calls the `show` button.
    pub show_password: &'static str,
    /// What a screen reader calls the `hide` button.
    pub hide_password: &'static str,

    /// Heading and button of the sign-in page.
    pub sign_in: &'static str,
    /// Sentence under the heading where only providers sign in.
    pub sign_in_choose_provider: &'static str,
    /// Link to the reset of a password.
    pub forgot_password_link: &'static str,
    /// Question before the link to sign-up.
    pub need_account: &'static str,
    /// Link to sign-up.
    pub sign_up: &'static str,
    /// Line between the form and the providers.
    pub or: &'static str,
    /// Name of the group of provider buttons.
    pub other_ways: &'static str,
    /// Heading and button of the box for a corporate address (Cognito's words).
    pub corporate_id: &'static str,
    /// Label of its field.
    pub corporate_address: &'static str,
    /// Fault of what is no address.
    pub corporate_unreadable: &'static str,
    corporate_unknown: &'static str,
    continue_with: &'static str,
    sign_in_as: &'static str,
    /// Heading of the known-session page.
    pub welcome_back: &'static str,
    /// Sentence of the known-session page.
    pub already_signed_in: &'static str,
    /// Question before the link to another account.
    pub not_you: &'static str,
    /// Link that leaves the known session aside.
    pub different_user: &'static str,

    /// Heading of the sign-up page.
    pub sign_up_heading: &'static str,
    /// Question before the link to sign-in.
    pub have_account: &'static str,
    /// Hint of a phone number field.
    pub phone_hint: &'static str,
    /// Heading of the password checklist.
    pub password_rules: &'static str,
    password_length: &'static str,
    /// A rule of the checklist.
    pub password_lower_case: &'static str,
    /// A rule of the checklist.
    pub password_upper_case: &'static str,
    /// A rule of the checklist.
    pub password_number: &'static str,
    /// A rule of the checklist.
    pub password_symbol: &'static str,
    /// A rule of the checklist.
    pub password_trimmed: &'static str,
    /// Said of a rule that the password meets.
    pub rule_met: &'static str,
    /// Said of a rule that the password does not meet yet.
    pub rule_not_met: &'static str,
    /// Announced while typing; the page's script fills `{met}` and `{all}`.
    pub rules_progress: &'static str,

    /// Heading of the confirmation page.
    pub confirm_heading: &'static str,
    code_sent: &'static str,
    /// Sentence of the confirmation page where the code's destination is not known.
    pub code_enter: &'static str,
    /// Button of the confirmation page.
    pub confirm_account: &'static str,
    /// Question before the button that sends a code again.
    pub no_code: &'static str,
    /// Button that sends a code again.
    pub resend: &'static str,
    /// Notice after a code was sent again.
    pub code_resent: &'static str,
    /// Notice on the sign-in page after a confirmation.
    pub registration_confirmed: &'static str,
    /// What to do after a confirmation by link.
    pub registration_confirmed_lead: &'static str,
    /// The medium in [`Texts::code_sent`].
    pub by_email: &'static str,
    /// The medium in [`Texts::code_sent`].
    pub by_sms: &'static str,

    /// About second factors.
    pub factors: &'static FactorTexts,

    /// Heading of the forgotten-password page.
    pub forgot_heading: &'static str,
    forgot_lead: &'static str,
    /// Button of the forgotten-password page.
    pub reset_my_password: &'static str,
    /// Link back to the sign-in page.
    pub back_to_sign_in: &'static str,
    /// Heading of the page that sets a password with a code.
    pub reset_heading: &'static str,
    reset_code_sent: &'static str,
    /// Sentence of that page where the code's destination is not known.
    pub reset_code_enter: &'static str,
    /// Heading and button of the pages that set a password.
    pub change_password: &'static str,
    /// Sentence of the page for a password that must be replaced.
    pub change_lead: &'static str,
    /// Notice on the sign-in page after a reset.
    pub password_changed: &'static str,
    /// Notice where a sign-in leads to a reset.
    pub reset_required: &'static str,
    /// Fault of the field that repeats a password.
    pub passwords_differ: &'static str,
    /// Fault of a field that was left empty.
    pub required: &'static str,

    /// Heading of the page after sign-out.
    pub signed_out: &'static str,
    /// Sentence of the page after sign-out.
    pub signed_out_lead: &'static str,
    signed_out_here_only: &'static str,
    /// Window title of the error page.
    pub error: &'static str,
    /// Heading of the error page where a request cannot be trusted.
    pub error_heading: &'static str,
    /// Sentence of the error page for the person.
    pub error_lead: &'static str,
    /// Link of the error page back to the application.
    pub error_back: &'static str,
    /// The page between a provider and us.
    pub one_moment: &'static str,
    /// What it asks for where scripts are off.
    pub one_moment_lead: &'static str,
    /// What the page on the way to a provider asks for where scripts are off.
    pub hand_over_lead: &'static str,
    /// The button of both.
    pub go_on: &'static str,
    /// Link of the error page to a fresh sign-in.
    pub error_start_again: &'static str,
    /// Heading of the error page's technical part.
    pub for_the_developer: &'static str,
    /// Cognito's own sentence, kept because people search for it.
    pub error_requested_page: &'static str,
    /// Label of the faulty parameter.
    pub parameter: &'static str,
    /// Label of what is wrong with it.
    pub problem: &'static str,
    /// Label of what to change.
    pub remedy: &'static str,

    /// Heading of the page for a client without a style.
    pub pages_unavailable: &'static str,
    /// What its reader can do.
    pub pages_unavailable_lead: &'static str,
    /// Before the links to the terms on the sign-up page.
    pub terms_lead: &'static str,
    /// Link to the terms of use.
    pub terms_of_use: &'static str,
    /// Link to the privacy policy.
    pub privacy_policy: &'static str,

    /// About the development inbox.
    pub inbox: &'static InboxTexts,
    /// About the account page.
    pub account: &'static AccountTexts,
    /// About the page that asks whether a sign-in was the person's own.
    pub feedback: &'static FeedbackTexts,
    /// About passkeys.
    pub passkeys: &'static PasskeyTexts,
    /// About apps that registered themselves.
    pub consent: &'static ConsentTexts,
}

impl Texts {
    /// A provider's button, in the wording that the providers' own brand rules allow.
    #[must_use]
    pub fn continue_with(&self, provider: &str) -> String {
        self.continue_with.replace("{provider}", provider)
    }

    /// The fault of an address whose domain has no provider.
    #[must_use]
    pub fn corporate_unknown(&self, domain: &str) -> String {
        self.corporate_unknown.replace("{domain}", domain)
    }

    /// The button of the known-session page.
    #[must_use]
    pub fn sign_in_as(&self, user: &str) -> String {
        self.sign_in_as.replace("{user}", user)
    }

    /// Where a confirmation code went. `medium` is [`Texts::by_email`] or [`Texts::by_sms`],
    /// `destination` is masked.
    #[must_use]
    pub fn code_sent(&self, medium: &str, destination: &str) -> String {
        self.code_sent.replace("{medium}", medium).replace("{destination}", destination)
    }

    /// Where a code for a new password went; see [`Texts::code_sent`].
    #[must_use]
    pub fn reset_code_sent(&self, medium: &str, destination: &str) -> String {
        self.reset_code_sent.replace("{medium}", medium).replace("{destination}", destination)
    }

    /// The sentence of the page after a sign-out that the provider did not confirm.
    #[must_use]
    pub fn signed_out_here_only(&self, provider: &str) -> String {
        self.signed_out_here_only.replace("{provider}", provider)
    }

    /// The sentence of the forgotten-password page, naming what to enter.
    #[must_use]
    pub fn forgot_lead(&self, username_label: &str) -> String {
        self.forgot_lead.replace("{username}", &username_label.to_lowercase())
    }

    /// The checklist's rule on length.
    #[must_use]
    pub fn password_length(&self, minimum: u32) -> String {
        self.password_length.replace("{minimum}", &minimum.to_string())
    }
}

/// English, which every unknown language falls back to.
pub const ENGLISH: Texts = Texts {
    lang: "en",
    title_separator: " · ",

    username: "Username",
    email: "Email",
    phone_number: "Phone number",
    email_or_phone_number: "Email or phone number",
    password: "Password",
    new_password: "New password",
    confirm_new_password: "Enter the new password again",
    verification_code: "Verification code",
    show: "Show",
    hide: "Hide",
    show_password: "Show password",
    hide_password: "Hide password",

    sign_in: "Sign in",
    sign_in_choose_provider: "Choose how you would like to sign in.",
    forgot_password_link: "Forgot your password?",
    need_account: "Need an account?",
    sign_up: "Sign up",
    or: "or",
    other_ways: "Other ways to sign in",
    corporate_id: "Sign in with your corporate ID",
    corporate_address: "Corporate email",
    corporate_unreadable: "Enter your whole email address, such as name@example.com.",
    corporate_unknown: "There is no corporate sign-in for {domain} here. Check the address, or ask your administrator.",
    continue_with: "Continue with {provider}",
    sign_in_as: "Sign in as {user}?",
    welcome_back: "Welcome back",
    already_signed_in: "You are already signed in on this device.",
    not_you: "Not you?",
    different_user: "Sign in as a different user",

    sign_up_heading: "Sign up with a new account",
    have_account: "Already have an account?",
    phone_hint: "With the country code, for example +14155550123.",
    password_rules: "Your password needs",
    password_length: "at least {minimum} characters",
    password_lower_case: "a lower case letter",
    password_upper_case: "an upper case letter",
    password_number: "a number",
    password_symbol: "a special character or a space",
    password_trimmed: "no space at the beginning or the end",
    rule_met: "Met:",
    rule_not_met: "Not met yet:",
    rules_progress: "{met} of {all} password rules met",

    confirm_heading: "Confirm your account",
    code_sent: "We have sent a code by {medium} to {destination}. Enter it below to confirm your account.",
    code_enter: "Enter the code that we have sent you to confirm your account.",
    confirm_account: "Confirm account",
    no_code: "Didn't receive a code?",
    resend: "Resend it",
    code_resent: "We have sent a new code. Only the newest one counts.",
    registration_confirmed: "Your registration has been confirmed!",
    registration_confirmed_lead: "You can close this page and sign in.",
    by_email: "email",
    by_sms: "SMS",

    factors: &factors::ENGLISH,
    forgot_heading: "Forgot your password?",
    forgot_lead: "Enter your {username} below and we will send a message to reset your password.",
    reset_my_password: "Reset my password",
    back_to_sign_in: "Back to sign in",
    reset_heading: "Set a new password",
    reset_code_sent: "We have sent a password reset code by {medium} to {destination}. \
        Enter it below to reset your password.",
    reset_code_enter: "If the account exists, we have sent it a code. Enter it below to reset your password.",
    change_password: "Change password",
    change_lead: "Please enter your new password below.",
    password_changed: "Your password has been changed. Sign in with the new one.",
    reset_required: "You need to choose another password before you can sign in.",
    passwords_differ: "The two passwords are not the same.",
    required: "Please fill this in.",

    signed_out: "You have signed out",
    signed_out_lead: "It is safe to close this window.",
    signed_out_here_only: "You are signed out here. {provider} has not confirmed that you are signed out there too: \
        to be sure, close all windows of this browser.",
    error: "Error",
    error_heading: "We can't sign you in from here",
    error_lead: "The link that brought you here is incomplete or out of date. \
        Go back to the app and sign in from there.",
    error_back: "Back to the app",
    one_moment: "One moment",
    one_moment_lead: "You are almost there. If nothing happens, press the button.",
    hand_over_lead: "This leads you on to another site. If nothing happens, press the button.",
    go_on: "Continue",
    error_start_again: "Start again",
    for_the_developer: "For the developer",
    error_requested_page: "An error was encountered with the requested page.",
    parameter: "Parameter",
    problem: "Problem",
    remedy: "What to change",

    pages_unavailable: "Login pages unavailable",
    pages_unavailable_lead: "Please contact an administrator.",
    terms_lead: "By signing up, you agree to these documents:",
    terms_of_use: "Terms of use",
    privacy_policy: "Privacy policy",

    inbox: &inbox::ENGLISH,
    account: &account::ENGLISH,
    feedback: &feedback::ENGLISH,
    passkeys: &passkeys::ENGLISH,
    consent: &consent::ENGLISH,
};

const LANGUAGES: &[&Texts] = &[&ENGLISH];

/// The words for a `lang` parameter or the first tag of `Accept-Language`; English where it is not translated.
#[must_use]
pub fn texts(lang: &str) -> &'static Texts {
    let primary = lang.split(['-', '_']).next().unwrap_or_default();
    let found = |exact: &str| LANGUAGES.iter().find(|texts| texts.lang.eq_ignore_ascii_case(exact));
    found(lang).or_else(|| found(primary)).copied().unwrap_or(&ENGLISH)
}

#[cfg(test)]
mod tests;
