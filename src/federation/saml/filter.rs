//! Owns what happens before any parser sees a message: its length, its encodings, and a scan of its bytes that lets
//! through only plain elements, attributes and text in moderate numbers.
//! It must not know SAML. A message that passes costs a parser little and can name nothing outside itself.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::DeflateDecoder;

use super::fault::SamlFault;

/// The deepest nesting of elements.
pub const DEPTH: u32 = 24;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// How much a document may hold.
#[derive(Debug)]
pub struct Limits {
    /// Characters.
    characters: usize,
    /// Elements.
    elements: usize,
    /// Attributes of one element, namespace declarations included (the parser compares each with each).
    attributes: usize,
    /// Namespace declarations in all.
    namespaces: usize,
    /// Whether comments may stand between elements. Administrators paste metadata that has them.
    comments: bool,
}

/// What the browser brings.
pub const MESSAGE: Limits =
    Limits { characters: 100_000, elements: 2_000, attributes: 32, namespaces: 2_000, comments: false };
/// What an administrator configures.
pub const METADATA: Limits =
    Limits { characters: 1_000_000, elements: 5_000, attributes: 32, namespaces: 5_000, comments: true };

/// The text of a base64 message of a form.
///
/// # Errors
/// Too long, not base64, or not UTF-8.
pub fn decode(base64: &str) -> Result<String, SamlFault> {
    if base64.len() > MESSAGE.characters {
        return Err(SamlFault::TooLong);
    }
    let compact: String = base64.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    let bytes = STANDARD.decode(compact).map_err(|_| SamlFault::NotBase64)?;
    String::from_utf8(bytes).map_err(|_| SamlFault::NotUtf8)
}

/// The text of a base64 message of a query, which is deflated (SAML bindings §3.4.4.1).
///
/// # Errors
/// As [`decode`]. A message that swells beyond what is read is too long.
pub fn inflate(base64: &str) -> Result<String, SamlFault> {
    if base64.len() > MESSAGE.characters {
        return Err(SamlFault::TooLong);
    }
    let compact: String = base64.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    let deflated = STANDARD.decode(compact).map_err(|_| SamlFault::NotBase64)?;
    let mut bytes = Vec::new();
    let most = u64::try_from(MESSAGE.characters).unwrap_or(u64::MAX).saturating_add(1);
    DeflateDecoder::new(&*deflated).take(most).read_to_end(&mut bytes).map_err(|_| SamlFault::NotDeflated)?;
    if bytes.len() > MESSAGE.characters {
        return Err(SamlFault::TooLong);
    }
    String::from_utf8(bytes).map_err(|_| SamlFault::NotUtf8)
}

/// The part of `text` that a parser may see: all of it but a byte order mark.
///
/// # Errors
/// When the text is longer than `limits` allow or holds markup that they forbid.
pub fn admit<'a>(text: &'a str, limits: &Limits) -> Result<&'a str, SamlFault> {
    if text.len() > limits.characters {
        return Err(SamlFault::TooLong);
    }
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    if text.bytes().any(|byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) {
        return Err(SamlFault::Markup("a control character"));
    }
    let mut rest = after_declaration(text)?;
    let mut count = Count::default();
    while let Some((_, markup)) = rest.split_once('<') {
        rest = match markup.as_bytes().first() {
            Some(b'!') => after_comment(markup, limits)?,
            Some(b'?') => return Err(SamlFault::Markup("a processing instruction")),
            Some(b'/') => {
                count.depth = count.depth.saturating_sub(1);
                after_tag(markup)?.1
            }
            _ => {
                let (tag, rest) = after_tag(markup)?;
                count.open(tag, limits)?;
                rest
            }
        };
    }
    Ok(text)
}

#[derive(Default)]
struct Count {
    elements: usize,
    namespaces: usize,
    depth: u32,
}

impl Count {
    fn open(&mut self, tag: &str, limits: &Limits) -> Result<(), SamlFault> {
        let (attributes, namespaces) = attributes_of(tag);
        self.elements += 1;
        self.namespaces += namespaces;
        if self.elements > limits.elements {
            return Err(SamlFault::Markup("too many elements"));
        }
        if attributes > limits.attributes {
            return Err(SamlFault::Markup("too many attributes"));
        }
        if self.namespaces > limits.namespaces {
            return Err(SamlFault::Markup("too many namespace declarations"));
        }
        if self.depth >= DEPTH {
            return Err(SamlFault::Markup("nested too deeply"));
        }
        if !tag.ends_with('/') {
            self.depth += 1;
        }
        Ok(())
    }
}

/// What follows the XML declaration, which may stand only at the very beginning and names no encoding but UTF-8.
fn after_declaration(text: &str) -> Result<&str, SamlFault> {
    let Some(declaration) = text.strip_prefix("<?xml").filter(|rest| rest.starts_with([' ', '\t', '\n', '\r'])) else {
        return Ok(text);
    };
    let (declaration, rest) = declaration.split_once("?>").ok_or(SamlFault::Markup("an endless declaration"))?;
    let declaration = declaration.to_ascii_lowercase();
    if declaration.contains("encoding") && !declaration.contains("utf-8") {
        return Err(SamlFault::NotUtf8);
    }
    Ok(rest)
}

/// What follows a comment, where comments are allowed. Document types, CDATA sections and the like never are.
fn after_comment<'a>(markup: &'a str, limits: &Limits) -> Result<&'a str, SamlFault> {
    let comment = markup.strip_prefix("!--").filter(|_| limits.comments);
    let comment = comment.ok_or(SamlFault::Markup("a comment, CDATA section or document type"))?;
    comment.split_once("-->").map(|(_, rest)| rest).ok_or(SamlFault::Markup("an endless comment"))
}

/// The inside of a tag and what follows it; a `>` between quotes does not end it.
fn after_tag(markup: &str) -> Result<(&str, &str), SamlFault> {
    let mut quote = None;
    for (position, byte) in markup.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Ok((&markup[..position], &markup[position + 1..])),
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'<') => break,
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    Err(SamlFault::Markup("an endless tag"))
}

/// How many attributes a tag has, and how many of them declare namespaces.
fn attributes_of(tag: &str) -> (usize, usize) {
    let (mut attributes, mut namespaces, mut quote, mut name_start) = (0, 0, None, 0);
    for (position, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'=') => {
                attributes += 1;
                namespaces += usize::from(tag[name_start..position].trim_start().starts_with("xmlns"));
            }
            (None, b' ' | b'\t' | b'\n' | b'\r') => name_start = position,
            (Some(open), _) if open == byte => {
                quote = None;
                name_start = position + 1;
            }
            _ => {}
        }
    }
    (attributes, namespaces)
}
