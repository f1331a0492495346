//! Owns what somebody chose on a picker page: who to be, and what shall go wrong. It must not know protocols.

use super::parameters::Parameters;
use super::people::Person;

/// What the submitted page says.
#[derive(Debug, Clone)]
pub enum Choice {
    /// The person says no.
    Denied,
    /// The person says yes.
    Accepted(Box<Decision>),
    /// The typed address is none.
    Unclear,
}

/// Who signs in, and how.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Who; with the switches for the address applied.
    pub person: Person,
    /// Whether the address is told.
    pub has_email: bool,
    /// Whether the provider takes its time.
    pub is_slow: bool,
    /// Whether the token is spoiled.
    pub is_broken: bool,
}

impl Choice {
    /// Reads the form: `person` (a sample's address), or `email` for somebody else, and the switches `deny`,
    /// `no_email`, `unverified_email`, `slow`, `broken_token`.
    #[must_use]
    pub fn read(form: &Parameters) -> Self {
        if form.is_on("deny") {
            return Self::Denied;
        }
        let email = form.get("person").or_else(|| form.get("email")).unwrap_or_default();
        let Some(mut person) = Person::of(email) else { return Self::Unclear };
        person.email_verified &= !form.is_on("unverified_email");
        Self::Accepted(Box::new(Decision {
            person,
            has_email: !form.is_on("no_email"),
            is_slow: form.is_on("slow"),
            is_broken: form.is_on("broken_token"),
        }))
    }
}

impl Decision {
    /// `person` without anything going wrong.
    #[must_use]
    pub const fn plain(person: Person) -> Self {
        Self { person, has_email: true, is_slow: false, is_broken: false }
    }

    /// The address, unless kept back.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.has_email.then_some(self.person.email.as_str())
    }
}
