//! Owns the people who can sign in at the simulated providers: six samples, and whoever else is typed in.
//! It must not know protocols: each provider names and numbers people in its own way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::crypto::digest;

/// The longest address that is accepted (RFC 5321 §4.5.3.1.3, less the angle brackets).
const LONGEST_EMAIL: usize = 254;

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The address; what tells people apart here, even where a sign-in keeps it back.
    pub email: String,
    /// Whether the provider has verified the address.
    pub email_verified: bool,
    /// The full name.
    pub name: String,
    /// The given name.
    pub given_name: String,
    /// The family name; may be empty.
    pub family_name: String,
    /// The language, BCP 47.
    pub locale: String,
    /// The colour of the picture, six hexadecimal digits; `None` for somebody without a picture.
    pub color: Option<&'static str>,
    /// The groups, for providers that tell them.
    pub groups: Vec<String>,
}

/// One row of the samples.
struct Sample {
    email: &'static str,
    email_verified: bool,
    names: (&'static str, &'static str),
    locale: &'static str,
    color: Option<&'static str>,
    groups: &'static [&'static str],
}

/// Chosen so that each tries something: capitals in an address, two given names, letters beyond ASCII, a family name
/// written first, no picture, no groups, an address that nobody verified.
const SAMPLES: [Sample; 6] = [
    Sample {
        email: "ada@example.com",
        email_verified: true,
        names: ("Ada", "Example"),
        locale: "en-GB",
        color: Some("7a4fb5"),
        groups: &["admins", "engineers"],
    },
    Sample {
        email: "grace@example.com",
        email_verified: true,
        names: ("Grace", "Sample"),
        locale: "en-US",
        color: Some("0f766e"),
        groups: &["engineers"],
    },
    Sample {
        email: "Linus.Muster@Example.org",
        email_verified: true,
        names: ("Linus", "Muster"),
        locale: "de-CH",
        color: Some("b45309"),
        groups: &["staff"],
    },
    Sample {
        email: "maria.ejemplo@example.net",
        email_verified: true,
        names: ("María José", "Ejemplo Núñez"),
        locale: "es-MX",
        color: Some("be185d"),
        groups: &["engineers", "poets & painters"],
    },
    Sample {
        email: "hanako@example.com",
        email_verified: true,
        names: ("花子", "見本"),
        locale: "ja-JP",
        color: None,
        groups: &[],
    },
    Sample {
        email: "noor@example.net",
        email_verified: false,
        names: ("Noor", "Voorbeeld"),
        locale: "nl-NL",
        color: None,
        groups: &["staff"],
    },
];

impl Person {
    /// The sample people.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        SAMPLES.iter().map(Self::from).collect()
    }

    /// The person with this address: a sample, or somebody whose name is made from the address. `None` if the text
    /// is no address.
    #[must_use]
    pub fn of(email: &str) -> Option<Self> {
        let email = email.trim();
        let sample = SAMPLES.iter().find(|sample| sample.email.eq_ignore_ascii_case(email));
        sample.map(Self::from).or_else(|| Self::someone_else(email))
    }

    /// Whether this is one of the samples.
    #[must_use]
    pub fn is_sample(&self) -> bool {
        SAMPLES.iter().any(|sample| sample.email == self.email)
    }

    /// The picture as a `data:` address, so that it shows without a network.
    #[must_use]
    pub fn picture(&self) -> Option<String> {
        let color = self.color?;
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 96 96\"><rect width=\"96\" height=\"96\" \
             fill=\"#{color}\"/><circle cx=\"48\" cy=\"38\" r=\"17\" fill=\"#fff\"/><path d=\"M14 96a34 34 0 0 1 68 0z\" \
             fill=\"#fff\"/></svg>"
        );
        Some(format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg)))
    }

    /// The first letter of the name, for where there is no picture.
    #[must_use]
    pub fn initial(&self) -> String {
        self.name.chars().next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default()
    }

    /// Lasting bytes that stand for this person within `realm`, from which providers make their identifiers.
    #[must_use]
    pub fn fingerprint(&self, realm: &str) -> [u8; digest::DIGEST_LENGTH] {
        digest::sha256(format!("{realm}\n{}", self.email.to_lowercase()).as_bytes())
    }

    fn someone_else(email: &str) -> Option<Self> {
        let (local, domain) = email.rsplit_once('@')?;
        let is_plain = |c: char| !c.is_control() && !c.is_whitespace() && !"<>\"".contains(c);
        if local.is_empty() || domain.is_empty() || email.len() > LONGEST_EMAIL || !email.chars().all(is_plain) {
            return None;
        }
        let words: Vec<String> =
            local.split(['.', '_', '-', '+']).filter(|word| !word.is_empty()).map(capitalized).collect();
        let given_name = words.first().cloned().unwrap_or_else(|| local.to_owned());
        let family_name = words.get(1..).unwrap_or_default().join(" ");
        Some(Self {
            email: email.to_owned(),
            email_verified: true,
            name: format!("{given_name} {family_name}").trim().to_owned(),
            given_name,
            family_name,
            locale: "en".to_owned(),
            color: None,
            groups: Vec::new(),
        })
    }
}

impl From<&Sample> for Person {
    fn from(sample: &Sample) -> Self {
        let (given_name, family_name) = sample.names;
        let name = if sample.locale.starts_with("ja") {
            format!("{family_name} {given_name}")
        } else {
            format!("{given_name} {family_name}")
        };
        Self {
            email: sample.email.to_owned(),
            email_verified: sample.email_verified,
            name,
            given_name: given_name.to_owned(),
            family_name: family_name.to_owned(),
            locale: sample.locale.to_owned(),
            color: sample.color,
            groups: sample.groups.iter().map(|group| (*group).to_owned()).collect(),
        }
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_found_by_its_address_in_any_case() {
        assert_eq!(Person::of(" linus.muster@example.ORG ").unwrap().name, "Linus Muster");
        assert!(Person::of("ADA@example.com").unwrap().is_sample());
    }

    #[test]
    fn somebody_else_gets_a_name_from_the_address() {
        let person = Person::of("zoe.van-dam@shop.example").unwrap();
        assert_eq!((person.given_name.as_str(), person.family_name.as_str()), ("Zoe", "Van Dam"));
        assert!(person.email_verified && !person.is_sample());
        assert_eq!(Person::of("x@y.example").unwrap().name, "X");
    }

    #[test]
    fn what_is_no_address_is_nobody() {
        for text in ["", "ada", "@example.com", "ada@", "a da@example.com", "a<b@example.com", &"a".repeat(300)] {
            assert_eq!(Person::of(text), None, "{text}");
        }
    }

    #[test]
    fn pictures_fit_into_an_attribute() {
        assert!(Person::samples().iter().filter_map(Person::picture).all(|picture| picture.len() < 2048));
    }

    #[test]
    fn identifiers_differ_by_person_and_realm_and_last() {
        let [ada, grace] = ["ada@example.com", "grace@example.com"].map(|email| Person::of(email).unwrap());
        assert_eq!(ada.fingerprint("a"), Person::of("ADA@example.com").unwrap().fingerprint("a"));
        assert_ne!(ada.fingerprint("a"), ada.fingerprint("b"));
        assert_ne!(ada.fingerprint("a"), grace.fingerprint("a"));
    }
}
