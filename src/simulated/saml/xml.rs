//! Owns XML that is canonical as it is written (Exclusive XML Canonicalization 1.0): attributes sorted, namespaces
//! first and declared where they are used, no empty-element tags, everything escaped. It must not know SAML.

use std::fmt::Write as _;

/// An element; `content` is XML already.
#[must_use]
pub fn element(name: &str, attributes: &[(&str, &str)], content: &str) -> String {
    let mut attributes = attributes.to_vec();
    attributes.sort_by_key(|(name, _)| (!name.starts_with("xmlns"), *name));
    let mut xml = format!("<{name}");
    for (attribute, value) in attributes {
        let value = escaped(value).replace('"', "&quot;").replace('\t', "&#x9;").replace('\n', "&#xA;");
        // Writing to a string cannot fail.
        let _ = write!(xml, " {attribute}=\"{value}\"");
    }
    xml + ">" + content + "</" + name + ">"
}

/// An element with text in it.
#[must_use]
pub fn text(name: &str, attributes: &[(&str, &str)], content: &str) -> String {
    element(name, attributes, &escaped(content).replace('>', "&gt;"))
}

/// The part of escaping that attributes and text share.
fn escaped(text: &str) -> String {
    let is_allowed = |letter: &char| matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    let text: String = text.chars().filter(is_allowed).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\r', "&#xD;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_sorted_after_namespaces_and_escaped() {
        let xml = element("a:b", &[("Z", "1\"<\n"), ("A", "&>"), ("xmlns:a", "urn:a")], "");
        assert_eq!(xml, "<a:b xmlns:a=\"urn:a\" A=\"&amp;>\" Z=\"1&quot;&lt;&#xA;\"></a:b>");
        assert_eq!(text("a", &[], "<&>\u{1}\""), "<a>&lt;&amp;&gt;\"</a>");
    }
}
