//! Owns the sentences of the page that asks before an app learns who somebody is.

/// The words of that page in one language.
#[derive(Debug)]
pub struct ConsentTexts {
    /// Window title.
    pub title: &'static str,
    heading: &'static str,
    lead: &'static str,
    /// Before the place that the browser goes to.
    pub destination: &'static str,
    /// Before the list of what the app gets.
    pub gets: &'static str,
    /// Everything about the person.
    pub profile: &'static str,
    /// The email address.
    pub email: &'static str,
    /// The phone number.
    pub phone: &'static str,
    /// Changes of the account.
    pub account: &'static str,
    /// Button that goes on.
    pub allow: &'static str,
    /// Button that does not.
    pub deny: &'static str,
    /// Why nobody is taken to such an app without their word.
    pub unchecked: &'static str,
    go_on_to: &'static str,
}

impl ConsentTexts {
    /// Who wants what.
    #[must_use]
    pub fn heading(&self, app: &str) -> String {
        self.heading.replace("{app}", app)
    }

    /// Label of a link to such an app.
    #[must_use]
    pub fn go_on_to(&self, destination: &str) -> String {
        self.go_on_to.replace("{destination}", destination)
    }

    /// Why the person is asked.
    #[must_use]
    pub fn lead(&self, pool: &str) -> String {
        self.lead.replace("{pool}", pool)
    }
}

/// English.
pub const ENGLISH: ConsentTexts = ConsentTexts {
    title: "Allow an app",
    heading: "“{app}” wants to know who you are",
    lead: "This app gave itself that name, and nobody at {pool} has checked it. Allow it only if you meant to use it.",
    destination: "It takes you on to",
    gets: "It gets:",
    profile: "Your profile: your name, email address, phone number and the like",
    email: "Your email address",
    phone: "Your phone number",
    account: "Changes of your account: your details, your password and how you sign in",
    allow: "Allow",
    deny: "Do not allow",
    unchecked: "The app that sent you here made a mistake, or must ask you something first. Nobody has checked this app. \
        Go on only if you know where this leads.",
    go_on_to: "Go on to {destination}",
};
