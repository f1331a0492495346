//! Owns what people call the browser or the program behind a user agent. It must not know what is done with it, and
//! nothing may depend on it: whoever sends a user agent can write anything.

use super::texts::AccountTexts;

/// Marks of browsers, the more particular ones first: many call themselves Chrome or Safari as well.
const BROWSERS: [(&str, &str); 6] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Marks of systems, the more particular ones first.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// `Firefox on Linux`; of other programs the name with which they introduce themselves.
#[must_use]
pub fn of(user_agent: &str, texts: &AccountTexts) -> String {
    let find = |marks: &[(&str, &'static str)]| {
        marks.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => texts.on_device(browser, system),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => {
            let name: String = user_agent.split(['/', ' ']).next().unwrap_or_default().chars().take(40).collect();
            if name.is_empty() || name == "unknown" { texts.unknown_device.to_owned() } else { name }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::texts::ENGLISH;

    #[test]
    fn browsers_are_told_apart_and_programs_say_their_name() {
        let named = |text: &str| of(text, ENGLISH.account);
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        let edge = format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/120.0 Safari/537.36 Edg/120.0");
        assert_eq!(named(&edge), "Edge on Windows");
        assert_eq!(named("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"), "Firefox on Linux");
        let phone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1 Version/17.0 Safari/604.1";
        assert_eq!(named(phone), "Safari on iPhone");
        assert_eq!(named("python-requests/2.31"), "python-requests");
        assert_eq!((named("unknown"), named("")), ("Unknown device".to_owned(), "Unknown device".to_owned()));
        assert_eq!(named(&"x".repeat(2000)).len(), 40);
    }
}
