//! Owns the sentences of the account page.

/// The words of the account page in one language.
#[derive(Debug)]
pub struct AccountTexts {
    /// Heading, and the link to the page.
    pub heading: &'static str,
    /// Link to the app.
    pub back: &'static str,
    /// Link from a part of it to the whole page.
    pub back_here: &'static str,
    /// Notice on the sign-in page before a change that needs a fresh sign-in.
    pub sign_in_again: &'static str,
    /// Notice after a change.
    pub saved: &'static str,

    /// Heading of the password.
    pub password: &'static str,
    /// Where there is one.
    pub has_password: &'static str,
    /// Where there is none.
    pub no_password: &'static str,
    /// Button where there is none.
    pub set_password: &'static str,
    /// Label of the password until now.
    pub current_password: &'static str,
    /// Fault of a current password that is wrong.
    pub wrong_password: &'static str,
    /// Notice after a change.
    pub password_changed: &'static str,

    /// Heading of the passkeys.
    pub passkeys: &'static str,
    /// Where there is none.
    pub no_passkeys: &'static str,
    /// Button that makes one.
    pub add_passkey: &'static str,
    /// Button that deletes one.
    pub delete: &'static str,
    /// Notice after one was made.
    pub passkey_added: &'static str,
    /// Notice after one was deleted.
    pub passkey_deleted: &'static str,
    /// When it was made.
    pub added: &'static str,
    /// When it was last used.
    pub last_used: &'static str,

    /// Heading of the second factors.
    pub factors: &'static str,
    /// What they are for.
    pub factors_lead: &'static str,
    /// Badge of a factor that is asked for.
    pub on: &'static str,
    /// Badge of a factor that is not asked for.
    pub off: &'static str,
    /// Badge of the factor that is asked for without a choice.
    pub preferred: &'static str,
    /// Switches a factor on.
    pub turn_on: &'static str,
    /// Switches a factor off.
    pub turn_off: &'static str,
    /// Prefers a factor.
    pub prefer: &'static str,
    /// Sets up an authenticator app.
    pub set_up: &'static str,
    /// Sets up another one.
    pub replace: &'static str,
    /// Why the last factor stays.
    pub needed: &'static str,
    /// What passkeys among the factors are for.
    pub passkey_is_enough: &'static str,
    /// Where the account has no such address.
    pub no_address: &'static str,

    /// Heading of the accounts at providers.
    pub providers: &'static str,
    /// Unties one.
    pub unlink: &'static str,
    /// Why it stays.
    pub only_way: &'static str,
    /// Notice afterwards.
    pub unlinked: &'static str,

    /// Heading of the devices.
    pub devices: &'static str,
    /// What they are.
    pub devices_lead: &'static str,
    /// A device without a name.
    pub nameless_device: &'static str,
    /// Badge of a device that is trusted at sign-in.
    pub trusted: &'static str,
    /// Forgets one.
    pub forget: &'static str,
    /// Notice afterwards.
    pub forgotten: &'static str,

    /// Heading of the sessions.
    pub sessions: &'static str,
    /// Where they are not tracked.
    pub sessions_lead: &'static str,
    /// Badge of the session of this browser.
    pub this_browser: &'static str,
    /// A browser or a device that does not say what it is.
    pub unknown_device: &'static str,
    on_device: &'static str,
    /// From which address it was used.
    pub address: &'static str,
    /// Ends one.
    pub sign_out: &'static str,
    /// Ends this one.
    pub sign_out_here: &'static str,
    /// Ends all.
    pub sign_out_everywhere: &'static str,
    /// Notice afterwards.
    pub session_ended: &'static str,
    /// Notice on the sign-in page after the end of all.
    pub ended_everywhere: &'static str,
}

impl AccountTexts {
    /// A browser or an app on a device: `Firefox on Linux`.
    #[must_use]
    pub fn on_device(&self, program: &str, device: &str) -> String {
        self.on_device.replace("{program}", program).replace("{device}", device)
    }
}

/// English.
pub const ENGLISH: AccountTexts = AccountTexts {
    heading: "Your account",
    back: "Back to the app",
    back_here: "Back to your account",
    sign_in_again: "For your safety, please sign in again. Then make the change once more.",
    saved: "Your change is saved.",

    password: "Password",
    has_password: "Choose one that you use nowhere else.",
    no_password: "You have no password here.",
    set_password: "Set a password",
    current_password: "Current password",
    wrong_password: "That is not your current password.",
    password_changed: "Your password has been changed.",

    passkeys: "Passkeys",
    no_passkeys: "A passkey lets you sign in with your fingerprint, your face or your screen lock.",
    add_passkey: "Add a passkey",
    delete: "Delete",
    passkey_added: "Your passkey is ready.",
    passkey_deleted: "The passkey is deleted. Remove it from your device too.",
    added: "Added",
    last_used: "Last used",

    factors: "Two-step sign-in",
    factors_lead: "A code in the second step makes sure that it is you, even if somebody knows your password.",
    on: "On",
    off: "Off",
    preferred: "Asked first",
    turn_on: "Turn on",
    turn_off: "Turn off",
    prefer: "Ask first",
    set_up: "Set up",
    replace: "Set up again",
    needed: "A second step is required here, so this one stays on.",
    passkey_is_enough: "Signing in with a passkey needs no second step.",
    no_address: "Your account has no address for this.",

    providers: "Linked accounts",
    unlink: "Unlink",
    only_way: "This is how you sign in, so it stays.",
    unlinked: "The account is no longer linked.",

    devices: "Remembered devices",
    devices_lead: "Apps on these devices may skip the second step.",
    nameless_device: "A device",
    trusted: "Trusted",
    forget: "Forget",
    forgotten: "The device is forgotten.",

    sessions: "Where you are signed in",
    sessions_lead: "Signing out everywhere ends your sessions in all browsers and apps, this one included.",
    this_browser: "This browser",
    unknown_device: "Unknown device",
    on_device: "{program} on {device}",
    address: "From",
    sign_out: "Sign out",
    sign_out_here: "Sign out here",
    sign_out_everywhere: "Sign out everywhere",
    session_ended: "That session has ended.",
    ended_everywhere: "You are signed out everywhere.",
};
