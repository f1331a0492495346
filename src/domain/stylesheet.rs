//! Owns the stylesheets that operators give to the classic pages: what may stand in them, and the text that is served.
//! Nothing of the given text reaches a browser: it is parsed, and what was understood is written anew. So a hostile
//! stylesheet can fetch nothing and send nothing away.

use std::fmt::Write as _;

/// The classes that may be styled (Cognito's list).
const CLASSES: [&str; 15] = [
    "background-customizable",
    "banner-customizable",
    "errorMessage-customizable",
    "idpButton-customizable",
    "idpDescription-customizable",
    "inputField-customizable",
    "label-customizable",
    "legalText-customizable",
    "logo-customizable",
    "passwordCheck-notValid-customizable",
    "passwordCheck-valid-customizable",
    "redirect-customizable",
    "socialButton-customizable",
    "submitButton-customizable",
    "textDescription-customizable",
];
/// States of a class that may be styled.
const STATES: [&str; 3] = ["hover", "focus", "active"];
/// Functions that compute a colour or a length, and reach nothing.
const FUNCTIONS: [&str; 8] = ["rgb", "rgba", "hsl", "hsla", "calc", "min", "max", "linear-gradient"];

/// The stylesheet to serve.
///
/// # Errors
/// What is not allowed.
pub fn rewrite(css: &str) -> Result<String, String> {
    let plain = without_comments(css)?;
    let mut rest = plain.trim();
    let mut written = String::with_capacity(plain.len());
    while !rest.is_empty() {
        let (selectors, after) = rest.split_once('{').ok_or("CSS: a rule has no block")?;
        let (block, after) = after.split_once('}').ok_or("CSS: a block does not end")?;
        rest = after.trim();
        let selectors = selectors.split(',').map(selector).collect::<Result<Vec<_>, _>>()?;
        let declarations: Result<Vec<_>, _> =
            block.split(';').map(str::trim).filter(|text| !text.is_empty()).map(declaration).collect();
        // Writing to a text cannot fail.
        _ = writeln!(written, "{} {{ {} }}", selectors.join(", "), declarations?.join(" "));
    }
    Ok(written)
}

fn without_comments(css: &str) -> Result<String, String> {
    let mut plain = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, comment)) = rest.split_once("/*") {
        plain.push_str(before);
        plain.push(' ');
        rest = comment.split_once("*/").ok_or("CSS: a comment does not end")?.1;
    }
    plain.push_str(rest);
    Ok(plain)
}

fn selector(text: &str) -> Result<String, String> {
    let text = text.trim();
    let refusal = || format!("CSS: the selector {text} is not allowed");
    if text.starts_with('@') {
        return Err(format!("CSS: {} is not allowed", text.split_whitespace().next().unwrap_or("@")));
    }
    let (class, state) = text.split_once(':').map_or((text, None), |(class, state)| (class, Some(state)));
    let class = class.strip_prefix('.').filter(|class| CLASSES.contains(class)).ok_or_else(refusal)?;
    match state {
        None => Ok(format!(".{class}")),
        Some(state) if STATES.contains(&state) => Ok(format!(".{class}:{state}")),
        Some(_) => Err(refusal()),
    }
}

fn declaration(text: &str) -> Result<String, String> {
    let refusal = || format!("CSS: the declaration {text} is not allowed");
    let (property, value) = text.split_once(':').ok_or_else(refusal)?;
    let (property, value) = (property.trim().to_ascii_lowercase(), value.trim());
    let is_property = property.bytes().next().is_some_and(|first| first.is_ascii_lowercase())
        && property.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        && property != "behavior";
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b" #.,%()+-*/!\"'\t\r\n".contains(&byte);
    if !is_property || value.is_empty() || !value.bytes().all(is_plain) || !has_known_functions(value) {
        return Err(refusal());
    }
    let words: Vec<_> = value.split_whitespace().collect();
    Ok(format!("{property}: {};", words.join(" ")))
}

/// Whether every opening parenthesis belongs to a function that reaches nothing, and is closed.
fn has_known_functions(value: &str) -> bool {
    let is_balanced = value.matches('(').count() == value.matches(')').count();
    let are_quotes_closed = ['"', '\''].iter().all(|quote| value.matches(*quote).count() % 2 == 0);
    let mut before = value.split('(');
    let last = before.next_back();
    let name = |text: &str| {
        let start = text.rfind(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').map_or(0, |at| at + 1);
        text[start..].to_ascii_lowercase()
    };
    let are_known = before.all(|text| {
        let name = name(text);
        name.is_empty() || FUNCTIONS.contains(&name.as_str())
    });
    last.is_some() && is_balanced && are_quotes_closed && are_known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cognito_allows_is_written_anew() {
        let css = "/* mine */ .label-customizable { font-weight: 400; }\n\
            .submitButton-customizable:hover{color:#fff;background-color:rgb(40, 96, 144)}";
        assert_eq!(
            rewrite(css).unwrap(),
            ".label-customizable { font-weight: 400; }\n\
             .submitButton-customizable:hover { color: #fff; background-color: rgb(40, 96, 144); }\n"
        );
        assert_eq!(rewrite("").unwrap(), "");
    }

    #[test]
    fn hostile_stylesheets_are_refused() {
        for css in [
            "@import 'https://evil.example/x.css';",
            "@media print { .label-customizable { color: red } }",
            "body { display: none }",
            ".label-customizable, body { color: red }",
            ".label-customizable input { color: red }",
            ".label-customizable[value^=a] { color: red }",
            ".unknown { color: red }",
            ".logo-customizable { background: url(https://evil.example/) }",
            ".logo-customizable { background: URL( 'https://evil.example/' ) }",
            ".logo-customizable { background: u/**/rl(https://evil.example/) }",
            ".logo-customizable { background: \\75rl(https://evil.example/) }",
            ".logo-customizable { background: image-set('https://evil.example/' 1x) }",
            ".logo-customizable { background: src('x') }",
            ".logo-customizable { width: expression(alert(1)) }",
            ".logo-customizable { behavior: x }",
            ".logo-customizable { color: red } </style><script>alert(1)</script>",
            ".logo-customizable { color: red",
            ".logo-customizable { color: \"red }",
            ".logo-customizable { --x: 1 }",
            ".logo-customizable:visited { color: red }",
            ".logo-customizable { content: attr(value) }",
        ] {
            assert!(rewrite(css).is_err(), "{css}");
        }
    }
}
