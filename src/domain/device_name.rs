//! Owns what people call the browser or the program behind a user agent. It must not know what is done with it, and
//! nothing may depend on it: whoever sends a user agent can write anything.

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

/// What people call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceName {
    /// A browser on a system.
    BrowserOn(&'static str, &'static str),
    /// A browser, a system, or the name with which another program introduces itself.
    Named(String),
    /// Nothing.
    Unknown,
}

/// What people call the device of a user agent.
#[must_use]
pub fn of(user_agent: &str) -> DeviceName {
    let find = |marks: &[(&str, &'static str)]| {
        marks.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => DeviceName::BrowserOn(browser, system),
        (Some(name), None) | (None, Some(name)) => DeviceName::Named(name.to_owned()),
        (None, None) => {
            let name: String = user_agent.split(['/', ' ']).next().unwrap_or_default().chars().take(40).collect();
            if name.is_empty() || name == "unknown" { DeviceName::Unknown } else { DeviceName::Named(name) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart_and_programs_say_their_name() {
        let program = |name: &str| DeviceName::Named(name.to_owned());
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        let edge = format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/120.0 Safari/537.36 Edg/120.0");
        assert_eq!(of(&edge), DeviceName::BrowserOn("Edge", "Windows"));
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
        assert_eq!(of(firefox), DeviceName::BrowserOn("Firefox", "Linux"));
        let phone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1 Version/17.0 Safari/604.1";
        assert_eq!(of(phone), DeviceName::BrowserOn("Safari", "iPhone"));
        assert_eq!(of("python-requests/2.31"), program("python-requests"));
        assert_eq!((of("unknown"), of("")), (DeviceName::Unknown, DeviceName::Unknown));
        assert_eq!(of(&"x".repeat(2000)), program(&"x".repeat(40)));
    }
}
