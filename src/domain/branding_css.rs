//! Owns how the settings of a managed login style become a stylesheet: colours and lengths for the custom properties
//! of the pages, and pictures for their places. Only what was parsed as a colour or a length gets in.

use std::fmt::Write as _;

use crate::domain::branding::{AssetKey, BrandingSettings};

/// A custom property of the pages, or a rule's property, and the setting that it comes from; `*` is the mode.
const PROPERTIES: [(&str, &str); 35] = [
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
    ("--header", "components.pageHeader.*.background.color"),
    ("--header-line", "components.pageHeader.*.borderColor"),
    ("--footer", "components.pageFooter.*.background.color"),
    ("--footer-line", "components.pageFooter.*.borderColor"),
    ("--link-hover", "componentClasses.link.*.hover.textColor"),
    ("--focus", "componentClasses.focusState.*.borderColor"),
    ("--hint", "componentClasses.inputDescription.*.textColor"),
    ("--quiet", "components.secondaryButton.*.defaults.backgroundColor"),
    ("--quiet-line", "components.secondaryButton.*.defaults.borderColor"),
    ("--quiet-text", "components.secondaryButton.*.defaults.textColor"),
    ("--quiet-hover", "components.secondaryButton.*.hover.backgroundColor"),
    ("--provider", "components.idpButton.standard.*.defaults.backgroundColor"),
    ("--provider-line", "components.idpButton.standard.*.defaults.borderColor"),
    ("--provider-text", "components.idpButton.standard.*.defaults.textColor"),
    ("--provider-hover", "components.idpButton.standard.*.hover.backgroundColor"),
];

/// Where the colours above that the pages themselves do not know are used.
const RULES: &str = "\
    .label { color: var(--label); }\n.hint { color: var(--hint); }\n.card { border: 1px solid var(--card-line); }\n\
    a:hover { color: var(--link-hover); }\n:focus-visible { outline-color: var(--focus); }\n\
    .page-header { background-color: var(--header); border-color: var(--header-line); }\n\
    .page-footer { background-color: var(--footer); border-color: var(--footer-line); }\n\
    .button-quiet { background-color: var(--quiet); border-color: var(--quiet-line); color: var(--quiet-text); }\n\
    .button-quiet:hover { background-color: var(--quiet-hover); color: var(--quiet-text); }\n\
    .provider { background-color: var(--provider); border-color: var(--provider-line); color: var(--provider-text); }\n\
    .provider:hover { background-color: var(--provider-hover); color: var(--provider-text); }\n\
    .amazon-letter { fill: currentColor; }\n";

/// Tighter spaces.
const COMPACT: &str = "\
    .content { gap: .875rem; padding-top: 1.25rem; }\n.form, .ways, .way { gap: .75rem; }\n\
    .input { height: 2.5rem; }\n.button, .provider { min-height: 2.5rem; padding-top: .4375rem; padding-bottom: .4375rem; }\n";

/// Where a picture stands, and the switch that shows it.
const PLACES: [(&str, &str, &str); 4] = [
    ("PAGE_BACKGROUND", "components.pageBackground.image.enabled", "body"),
    ("FORM_BACKGROUND", "components.form.backgroundImage.enabled", ".card"),
    ("PAGE_HEADER_BACKGROUND", "components.pageHeader.backgroundImage.enabled", ".page-header"),
    ("PAGE_FOOTER_BACKGROUND", "components.pageFooter.backgroundImage.enabled", ".page-footer"),
];

/// Where a logo stands, whose address the page names: the one of the other mode takes its place here.
const LOGOS: [(&str, &str); 3] =
    [("FORM_LOGO", ".logo"), ("PAGE_HEADER_LOGO", ".page-header img"), ("PAGE_FOOTER_LOGO", ".page-footer img")];

/// The logo above a form that is a card of its own.
const LOGO_OUTSIDE: &str = "\
    main.card { background: none; border-color: transparent; box-shadow: none; overflow: visible; }\n\
    .brand { padding: 0 0 1.5rem; }\n.brand > :first-child { margin-left: 0; }\n.brand > :last-child { margin-right: 0; }\n\
    .content { padding-top: clamp(1.5rem, 7vw, 2.5rem); background-color: var(--card); border: 1px solid var(--card-line);\
    border-radius: var(--radius); box-shadow: var(--shadow); }\n";

/// The logo below the form.
const LOGO_BELOW: &str = "\
    main.card { display: grid; grid-template-columns: minmax(0, 1fr); }\n\
    .brand { order: 1; padding: 0 0 clamp(1.5rem, 7vw, 2.5rem); }\n";

/// The logo below a form that is a card of its own.
const LOGO_BELOW_OUTSIDE: &str = "\
    main.card { display: grid; grid-template-columns: minmax(0, 1fr); }\n.brand { order: 1; padding: 1.5rem 0 0; }\n";

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
    let banner = settings.pixels("components.alert.borderRadius").unwrap_or(12.0);
    _ = writeln!(css, ".button, .provider {{ border-radius: {button}px; }}\n.banner {{ border-radius: {banner}px; }}");
    css.push_str(RULES);
    css.push_str(&arrangement(settings));
    let logo = Logo::of(settings, assets);
    css.push_str(&logo.css());
    let light = colors(settings, "lightMode") + &pictures((settings, logo), assets, "LIGHT", &address);
    let dark = colors(settings, "darkMode") + &pictures((settings, logo), assets, "DARK", &address);
    match scheme(settings) {
        Scheme::Light => css.push_str(&light),
        Scheme::Dark => _ = writeln!(css, "{dark}:root:root {{ color-scheme: dark; }}"),
        Scheme::Dynamic => _ = writeln!(css, "{light}@media (prefers-color-scheme: dark) {{\n{dark}}}"),
    }
    css
}

/// Where the form and the logos are, how much space is between, whether providers' marks are shown.
fn arrangement(settings: &BrandingSettings) -> String {
    let mut css = String::new();
    let side = |path: &str| match settings.word(path) {
        Some("START") => Some("start"),
        Some("END") => Some("end"),
        _ => None,
    };
    let horizontal = side("categories.form.location.horizontal").unwrap_or("center");
    let vertical = side("categories.form.location.vertical").unwrap_or("center");
    _ = writeln!(css, "main.card:not(.card-list) {{ justify-self: {horizontal}; align-self: {vertical}; }}");
    for (path, place) in [
        ("components.form.logo.location", ".brand"),
        ("components.pageHeader.logo.location", ".page-header"),
        ("components.pageFooter.logo.location", ".page-footer"),
    ] {
        let is_centred = settings.word(path) == Some("CENTER");
        let justify = if is_centred { "center" } else { side(path).unwrap_or("start") };
        _ = writeln!(css, "{place} {{ justify-content: {justify}; }}");
    }
    if !settings.is_on("componentClasses.idpButtons.icons.enabled") {
        css.push_str(".provider-mark { display: none; }\n.provider span { margin-left: .875rem; }\n");
    }
    if settings.word("categories.global.spacingDensity") == Some("COMPACT") {
        css.push_str(COMPACT);
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

/// Where the logo of the form stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Logo {
    is_outside: bool,
    is_below: bool,
}

impl Logo {
    fn of(settings: &BrandingSettings, assets: &[AssetKey]) -> Self {
        let is_there = assets.iter().any(|key| key.category == "FORM_LOGO");
        let is_shown = is_there && settings.is_on("components.form.logo.enabled");
        let says = |path: &str, word: &str| is_shown && settings.word(path) == Some(word);
        Self {
            is_outside: says("components.form.logo.formInclusion", "OUT"),
            is_below: says("components.form.logo.position", "BOTTOM"),
        }
    }

    fn css(self) -> String {
        let outside = if self.is_outside { LOGO_OUTSIDE } else { "" };
        let below = match (self.is_below, self.is_outside) {
            (false, _) => "",
            (true, false) => LOGO_BELOW,
            (true, true) => LOGO_BELOW_OUTSIDE,
        };
        outside.to_owned() + below
    }
}

fn pictures(
    (settings, logo): (&BrandingSettings, Logo),
    assets: &[AssetKey],
    mode: &str,
    address: &impl Fn(&AssetKey) -> String,
) -> String {
    let mut css = String::new();
    for (category, switch, place) in PLACES {
        if let Some(key) = picture(assets, category, mode).filter(|_| settings.is_on(switch)) {
            let place = if place == ".card" && logo.is_outside { ".content" } else { place };
            _ = writeln!(css, "{place} {{ background-image: url(\"{}\"); background-size: cover; }}", address(key));
        }
    }
    for (category, place) in LOGOS {
        if let Some(key) = picture(assets, category, mode) {
            _ = writeln!(css, "{place} {{ content: url(\"{}\"); }}", address(key));
        }
    }
    css
}
