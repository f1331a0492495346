//! Owns the levels of assurance between apps and an OpenID Connect provider: an app asks for the pool's levels, the
//! provider is asked in its own words (`AcrMapping`), and what it answers becomes a level again. Pure.

use std::collections::BTreeMap;

/// What the pool calls its levels, before a number from 1 to 4 (API model, AcrConfiguration).
const LEVEL: &str = "urn:cognito:loa:";

/// `asked` in the provider's words, in the same order; what has none is left out. `None` where nothing is left.
pub(super) fn to_provider(mapping: &BTreeMap<String, String>, asked: &str) -> Option<String> {
    let words = asked.split_ascii_whitespace().filter_map(|name| name.strip_prefix(LEVEL));
    let words: Vec<&str> =
        words.filter_map(|level| mapping.get(&format!("Level{level}"))).map(String::as_str).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The pool's level for what the provider answered: the lowest for what is not mapped, `None` where the provider has
/// no mapping at all.
pub(super) fn from_provider(mapping: &BTreeMap<String, String>, answered: Option<&str>) -> Option<String> {
    if mapping.is_empty() {
        return None;
    }
    let level = answered.and_then(|answered| mapping.iter().rev().find(|(_, word)| *word == answered));
    let level = level.and_then(|(level, _)| level.strip_prefix("Level")).unwrap_or("1");
    Some(format!("{LEVEL}{level}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping() -> BTreeMap<String, String> {
        let pairs = [("Level1", "basic"), ("Level2", "phr"), ("Level4", "phrh")];
        pairs.into_iter().map(|(level, word)| (level.to_owned(), word.to_owned())).collect()
    }

    #[test]
    fn levels_go_out_in_the_providers_words() {
        assert_eq!(to_provider(&mapping(), "urn:cognito:loa:4 urn:cognito:loa:2").as_deref(), Some("phrh phr"));
        assert_eq!(to_provider(&mapping(), "urn:cognito:loa:3 other"), None);
        assert_eq!(to_provider(&BTreeMap::new(), "urn:cognito:loa:1"), None);
    }

    #[test]
    fn an_unmapped_answer_is_the_lowest_level() {
        for (answered, level) in [(Some("phrh"), 4), (Some("phr"), 2), (Some("else"), 1), (None, 1)] {
            assert_eq!(from_provider(&mapping(), answered), Some(format!("urn:cognito:loa:{level}")));
        }
        assert_eq!(from_provider(&BTreeMap::new(), Some("phrh")), None);
    }
}
