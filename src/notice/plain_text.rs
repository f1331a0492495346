//! Owns the plain text of an HTML message, for mail programs and people that prefer it.
//! It must not know placeholders: they pass through as text.

/// What a reader of `html` sees, with line breaks where blocks end and the address behind each link's words.
pub(super) fn of(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut address: Option<&str> = None;
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(&before.replace(['\r', '\n'], " "));
        let Some((tag, following)) = end_of_tag(after) else {
            rest = "";
            break;
        };
        rest = following;
        match name(tag).as_str() {
            unseen @ ("head" | "style" | "script" | "title") => rest = behind_end_tag(rest, unseen),
            "a" => address = href(tag),
            "/a" => text.extend(address.take().map(|address| format!(" ({address})"))),
            "br" | "/p" | "/div" | "/tr" | "/li" | "/h1" | "/h2" | "/h3" | "/table" => text.push('\n'),
            _ => {}
        }
    }
    text.push_str(&rest.replace(['\r', '\n'], " "));
    tidy(&decoded(&text))
}

/// The inside of the tag or comment that `after` begins with, and what follows it.
fn end_of_tag(after: &str) -> Option<(&str, &str)> {
    let end = if after.starts_with("!--") { "-->" } else { ">" };
    after.split_once(end)
}

fn name(tag: &str) -> String {
    let word = tag.split(|letter: char| letter.is_whitespace()).next().unwrap_or_default();
    word.trim_end_matches('/').to_ascii_lowercase()
}

/// The rest behind `</name>`; nothing where it is missing.
fn behind_end_tag<'a>(rest: &'a str, name: &str) -> &'a str {
    let end = format!("</{name}");
    // ASCII lower-casing keeps every byte's place.
    let found = rest.to_ascii_lowercase().find(&end);
    found.and_then(|place| rest[place..].split_once('>')).map_or("", |(_, following)| following)
}

fn href(tag: &str) -> Option<&str> {
    let place = tag.to_ascii_lowercase().find("href=")?;
    let value = &tag[place + "href=".len()..];
    let quote = value.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
    value[1..].split_once(quote).map(|(address, _)| address)
}

fn decoded(text: &str) -> String {
    [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}

/// Single spaces, and no more than one empty line in a row.
fn tidy(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn blocks_become_lines_and_links_keep_their_address() {
        let html = "<html><head><title>T</title><style>p > b {}</style></head><body>\n<h1>Hello &amp; welcome</h1>\
                    <p>Use  {####}<br>or <a class=x href=\"https://a.example/?c={####}&amp;d\">this</a>.</p></body></html>";
        assert_eq!(of(html), "Hello & welcome\nUse {####}\nor this (https://a.example/?c={####}&d).");
    }

    #[test]
    fn broken_markup_ends_quietly() {
        for (html, text) in
            [("a <b", "a"), ("<style>x", ""), ("<!-- <p> --", ""), ("<a href=>x</a>", "x"), ("<é>é", "é")]
        {
            assert_eq!(of(html), text, "{html}");
        }
    }
}
