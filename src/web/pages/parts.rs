//! Owns what several hosted pages share: the frame, a form's field, a password's rules, a link.
//! It must not know which page shows them.

use askama::Template;

use crate::web::texts::Texts;

/// Whose pages these are.
#[derive(Debug, Clone)]
pub struct Brand {
    /// The pool's or the application's name.
    pub pool_name: String,
    /// Its picture, if it has one: a path of this server or a `data:` URL, as the content security policy demands.
    pub logo_url: Option<String>,
}

/// What every page needs, whatever it is about.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The words of the person's language.
    pub texts: &'static Texts,
    /// Whose page it is.
    pub brand: Brand,
    /// The client's own stylesheet, linked after ours: it sets the custom properties at the top of `site.css`
    /// or Cognito's `…-customizable` classes.
    pub stylesheet: Option<String>,
    /// Whether that stylesheet knows only light pages, as Cognito's classic customisations do.
    pub light_only: bool,
    /// The page's icon and its media type, where it is not ours.
    pub icon: Option<(String, &'static str)>,
    /// The bar above the card.
    pub header: Option<Bar>,
    /// The bar below the card.
    pub footer: Option<Bar>,
    /// The double-submit value of every form.
    pub csrf: String,
}

/// A bar above or below the card.
#[derive(Debug, Clone)]
pub struct Bar {
    /// Its picture, see [`Brand::logo_url`].
    pub logo_url: Option<String>,
}

/// A link with its words.
#[derive(Debug, Clone)]
pub struct Link {
    /// The words.
    pub label: String,
    /// Where it leads.
    pub href: String,
}

/// One rule of a password policy, as the checklist shows it.
#[derive(Debug, Clone)]
pub struct PasswordRule {
    /// What the page's script tests: `length`, `lower`, `upper`, `number`, `symbol` or `trimmed`.
    pub kind: &'static str,
    /// The least length, for `length`; otherwise 0.
    pub minimum: u32,
    /// The rule in words.
    pub text: String,
}

impl PasswordRule {
    /// At least `minimum` characters.
    #[must_use]
    pub fn length(texts: &Texts, minimum: u32) -> Self {
        Self { kind: "length", minimum, text: texts.password_length(minimum) }
    }

    /// A lower case letter.
    #[must_use]
    pub fn lower_case(texts: &Texts) -> Self {
        Self::plain("lower", texts.password_lower_case)
    }

    /// An upper case letter.
    #[must_use]
    pub fn upper_case(texts: &Texts) -> Self {
        Self::plain("upper", texts.password_upper_case)
    }

    /// A digit.
    #[must_use]
    pub fn number(texts: &Texts) -> Self {
        Self::plain("number", texts.password_number)
    }

    /// One of Cognito's special characters, or a space inside.
    #[must_use]
    pub fn symbol(texts: &Texts) -> Self {
        Self::plain("symbol", texts.password_symbol)
    }

    /// No space at either end, which Cognito demands of every password.
    #[must_use]
    pub fn trimmed(texts: &Texts) -> Self {
        Self::plain("trimmed", texts.password_trimmed)
    }

    fn plain(kind: &'static str, text: &str) -> Self {
        Self { kind, minimum: 0, text: text.to_owned() }
    }
}

/// One field of a form: label, hint, input and fault, tied together for screen readers.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/field.html")]
pub struct Field {
    /// The field's name in the posted form.
    pub name: String,
    /// The input's id; unique in its page.
    pub id: String,
    /// The words above it.
    pub label: String,
    /// The input's `type`; `hidden` shows nothing at all.
    pub kind: &'static str,
    /// The `autocomplete` token, by which browsers and password managers know the field (WCAG 1.3.5).
    pub autocomplete: &'static str,
    /// The touch keyboard, `""` for the type's own.
    pub inputmode: &'static str,
    /// What the person entered before; never set for a password.
    pub value: String,
    /// A sentence that helps to fill it in.
    pub hint: Option<String>,
    /// What is wrong with the value.
    pub fault: Option<String>,
    /// The id of further text that describes the input, such as the password rules.
    pub described_by: &'static str,
    /// Whether the cursor starts here.
    pub autofocus: bool,
    /// Whether it may be left empty.
    pub is_optional: bool,
}

/// A field writes escaped HTML by itself.
impl askama::filters::HtmlSafe for Field {}

impl Field {
    /// The `username` of every page but sign-in. `label` says what the pool signs in with.
    #[must_use]
    pub fn username(label: &str, value: &str) -> Self {
        let field = Self::new("username", label, value);
        Self { autocomplete: "username", ..field }
    }

    /// The `username` of the sign-in page, with Cognito's id.
    #[must_use]
    pub fn sign_in_username(label: &str, value: &str) -> Self {
        Self { id: "signInFormUsername".to_owned(), autofocus: true, ..Self::username(label, value) }
    }

    /// The `password` of the sign-in page, with Cognito's id.
    #[must_use]
    pub fn sign_in_password(texts: &Texts) -> Self {
        let field = Self::new("password", texts.password, "");
        Self { id: "signInFormPassword".to_owned(), kind: "password", autocomplete: "current-password", ..field }
    }

    /// The password until now, of somebody who changes it.
    #[must_use]
    pub fn current_password(texts: &Texts) -> Self {
        let field = Self::new("current_password", texts.account.current_password, "");
        Self { kind: "password", autocomplete: "current-password", autofocus: true, ..field }
    }

    /// The address of the corporate box. The browser's own check is enough only with ours behind it.
    #[must_use]
    pub fn corporate_address(texts: &Texts, name: &str, value: &str) -> Self {
        let field = Self::new(name, texts.corporate_address, value);
        Self { kind: "email", autocomplete: "email", ..field }
    }

    /// A password that is being chosen; the page shows the rules beside it.
    #[must_use]
    pub fn new_password(name: &str, label: &str) -> Self {
        let field = Self::repeated_password(name, label);
        Self { described_by: "password-rules", ..field }
    }

    /// The same password once more.
    #[must_use]
    pub fn repeated_password(name: &str, label: &str) -> Self {
        Self { kind: "password", autocomplete: "new-password", ..Self::new(name, label, "") }
    }

    /// A code that was sent to the person.
    #[must_use]
    pub fn code(texts: &Texts, name: &str, value: &str) -> Self {
        let field = Self::new(name, texts.verification_code, value);
        Self { autocomplete: "one-time-code", inputmode: "numeric", autofocus: value.is_empty(), ..field }
    }

    /// A value that travels with the form unseen. A hidden `username` tells password managers whose password it is.
    #[must_use]
    pub fn hidden(name: &str, value: &str) -> Self {
        let autocomplete = if name == "username" { "username" } else { "off" };
        Self { kind: "hidden", autocomplete, ..Self::new(name, "", value) }
    }

    /// The field of a user attribute, named `requiredAttributes[<attribute>]` as Cognito's pages name it.
    #[must_use]
    pub fn attribute(texts: &Texts, attribute: &str, value: &str) -> Self {
        let (kind, autocomplete) = attribute_input(attribute);
        Self {
            id: format!("attribute-{}", attribute.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-")),
            kind,
            autocomplete,
            hint: (kind == "tel").then(|| texts.phone_hint.to_owned()),
            ..Self::new(&format!("requiredAttributes[{attribute}]"), &attribute_label(texts, attribute), value)
        }
    }

    /// The same field with what is wrong with its value.
    #[must_use]
    pub fn with_fault(self, fault: Option<String>) -> Self {
        Self { autofocus: self.autofocus || fault.is_some(), fault, ..self }
    }

    fn new(name: &str, label: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            id: name.replace('_', "-"),
            label: label.to_owned(),
            kind: "text",
            autocomplete: "off",
            inputmode: "",
            value: value.to_owned(),
            hint: None,
            fault: None,
            described_by: "",
            autofocus: false,
            is_optional: false,
        }
    }

    /// The ids of all text that describes the input (ARIA 1.2, `aria-describedby`).
    fn descriptions(&self) -> String {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.id));
        let fault = self.fault.as_ref().map(|_| format!("{}-fault", self.id));
        let rules = (!self.described_by.is_empty()).then(|| self.described_by.to_owned());
        [fault, hint, rules].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// Type and autofill token of a standard attribute (HTML §4.10.18.7.1).
fn attribute_input(attribute: &str) -> (&'static str, &'static str) {
    match attribute {
        "email" => ("email", "email"),
        "phone_number" => ("tel", "tel"),
        "birthdate" => ("date", "bday"),
        "website" | "profile" => ("url", "url"),
        "picture" => ("url", "photo"),
        "name" => ("text", "name"),
        "given_name" => ("text", "given-name"),
        "middle_name" => ("text", "additional-name"),
        "family_name" => ("text", "family-name"),
        "nickname" | "preferred_username" => ("text", "nickname"),
        "gender" => ("text", "sex"),
        "address" => ("text", "street-address"),
        "locale" => ("text", "language"),
        _ => ("text", "off"),
    }
}

/// `family_name` becomes `Family name`, `custom:shoe-size` becomes `Shoe size`.
fn attribute_label(texts: &Texts, attribute: &str) -> String {
    match attribute {
        "email" => return texts.email.to_owned(),
        "phone_number" => return texts.phone_number.to_owned(),
        _ => {}
    }
    let plain = attribute.trim_start_matches("custom:").replace(['_', '-'], " ");
    let mut letters = plain.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::texts::ENGLISH;

    #[test]
    fn attributes_get_words_and_the_right_keyboard() {
        let email = Field::attribute(&ENGLISH, "email", "");
        assert_eq!((email.kind, email.autocomplete, email.label.as_str()), ("email", "email", "Email"));
        assert_eq!(email.name, "requiredAttributes[email]");
        let custom = Field::attribute(&ENGLISH, "custom:shoe-size", "");
        assert_eq!((custom.label.as_str(), custom.id.as_str()), ("Shoe size", "attribute-custom-shoe-size"));
        assert!(Field::attribute(&ENGLISH, "phone_number", "").hint.is_some());
    }

    #[test]
    fn a_fault_describes_its_input() {
        let field = Field::new_password("password", "Password").with_fault(Some("Too short.".to_owned()));
        assert_eq!(field.descriptions(), "password-fault password-rules");
        let page = field.render().unwrap();
        assert!(page.contains(r#"aria-invalid="true""#) && page.contains(r#"id="password-fault""#), "{page}");
    }

    #[test]
    fn a_password_never_comes_back_to_the_page() {
        let field = Field { value: "hunter2".to_owned(), ..Field::sign_in_password(&ENGLISH) };
        assert!(!field.render().unwrap().contains("hunter2"));
    }
}
