//! Owns how the settings of a managed login style become a stylesheet: colours and lengths for the custom properties
//! of the pages, and pictures for their places. Only what was parsed as a colour or a length gets in.

use std::fmt::Write as _;

use crate::domain::branding::{AssetKey, BrandingSettings};

/// A custom property of the pages, or a rule's property, and the setting that it comes from; `*` is the mode.
const PROPERTIES: [(&str, &str); 20] = [
    ("--page", "components.pageBackground.*.color"),
    ("--glow", "components.pageBackground.*.color"),
    ("--card", "components.form.*.backgroundColor"),
    ("--line", "componentClasses.divider.*.borderColor"),
    ("--text", "components.pageText.*.headingColor"),
    ("--muted", "components.pageText.*.bodyColor"),
    ("--accent", "components.primaryButton.*.defaults.backgroundColor"),
    ("--accent-hover", "components.primaryButton.*.hover.backgroundColor"),
    ("--on-accent", "components.primaryButton.*.defaults.textColor"),
    ("--link", "componentClasses.link.*.defaults.textColor"),
    ("--input", "componentClasses.input.*.defaults.backgroundColor"),
    ("--input-line", "componentClasses.input.*.defaults.borderColor"),
    ("--danger", "components.alert.*.error.borderColor"),
    ("--danger-soft", "components.alert.*.error.backgroundColor"),
    ("--danger-line", "components.alert.*.error.borderColor"),
    ("--good", "componentClasses.statusIndicator.*.success.indicatorColor"),
    ("--good-soft", "componentClasses.statusIndicator.*.success.backgroundColor"),
    ("--good-line", "componentClasses.statusIndicator.*.success.borderColor"),
    ("--label", "componentClasses.inputLabel.*.textColor"),
    ("--card-line", "components.form.*.borderColor"),
];

/// Which colours a style shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// The light ones.
    Light,
    /// The dark ones.
    Dark,
    /// As the browser wishes.
    Dynamic,
}

/// The scheme of merged settings.
#[must_use]
pub fn scheme(settings: &BrandingSettings) -> Scheme {
    match settings.word("categories.global.colorSchemeMode") {
        Some("DARK") => Scheme::Dark,
        Some("DYNAMIC") => Scheme::Dynamic,
        _ => Scheme::Light,
    }
}

/// The picture for a purpose in a mode, else one for both modes.
#[must_use]
pub fn picture<'a>(assets: &'a [AssetKey], category: &str, mode: &str) -> Option<&'a AssetKey> {
    let of_mode = |mode: &str| assets.iter().find(|key| key.category == category && key.color_mode == mode);
    of_mode(mode).or_else(|| of_mode("DYNAMIC"))
}

/// The stylesheet of merged settings; `address` tells where a picture is served.
#[must_use]
pub fn stylesheet(settings: &BrandingSettings, assets: &[AssetKey], address: impl Fn(&AssetKey) -> String) -> String {
    let mut css = String::new();
    let radius = |path: &str| settings.pixels(path).unwrap_or(8.0);
    let (card, small) = (radius("components.form.borderRadius"), radius("componentClasses.input.borderRadius"));
    let button = radius("componentClasses.buttons.borderRadius");
    // Writing to a text cannot fail.
    _ = writeln!(css, ":root:root {{ --radius: {card}px; --radius-small: {small}px; }}");
    _ = writeln!(css, ".button, .provider {{ border-radius: {button}px; }}\n.label {{ color: var(--label); }}");
    _ = writeln!(css, ".card {{ border: 1px solid var(--card-line); }}");
    let light = colors(settings, "lightMode") + &pictures(settings, assets, "LIGHT", &address);
    let dark = colors(settings, "darkMode") + &pictures(settings, assets, "DARK", &address);
    match scheme(settings) {
        Scheme::Light => css.push_str(&light),
        Scheme::Dark => _ = writeln!(css, "{dark}:root:root {{ color-scheme: dark; }}"),
        Scheme::Dynamic => _ = writeln!(css, "{light}@media (prefers-color-scheme: dark) {{\n{dark}}}"),
    }
    css
}

fn colors(settings: &BrandingSettings, mode: &str) -> String {
    let mut rule = String::from(":root:root:root {");
    for (property, path) in PROPERTIES {
        if let Some(color) = settings.color(&path.replace('*', mode)) {
            _ = write!(rule, " {property}: {color};");
        }
    }
    rule + " }\n"
}

fn pictures(
    settings: &BrandingSettings,
    assets: &[AssetKey],
    mode: &str,
    address: &impl Fn(&AssetKey) -> String,
) -> String {
    let places = [
        ("PAGE_BACKGROUND", "components.pageBackground.image.enabled", "body"),
        ("FORM_BACKGROUND", "components.form.backgroundImage.enabled", ".card"),
    ];
    let mut css = String::new();
    for (category, switch, place) in places {
        if let Some(key) = picture(assets, category, mode).filter(|_| settings.is_on(switch)) {
            _ = writeln!(css, "{place} {{ background-image: url(\"{}\"); background-size: cover; }}", address(key));
        }
    }
    if let Some(key) = picture(assets, "FORM_LOGO", mode) {
        _ = writeln!(css, ".logo {{ content: url(\"{}\"); }}", address(key));
    }
    css
}
