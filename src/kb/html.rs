//! Answers that come as HTML: found out by their tags, converted to Markdown.
//!
//! An answer is HTML if it begins and ends with a tag, or has tags and nothing that Markdown would mark up. Other answers keep the
//! tags that they have (pages show them as text or leave them out), but for scripts and styles, which are always dropped with
//! their content. Tags inside code, and behind a backslash, are text.

use std::ops::Range;

use htmd::HtmlToMarkdown;
use htmd::options::{BulletListMarker, Options};

use crate::text::normalize::clean;

/// Deepest nesting that is converted: far beyond any real answer, and far from the end of the stack.
const DEPTH_MAX: usize = 100;

const INLINE: &[&str] = &[
    "a", "b", "strong", "i", "em", "u", "s", "del", "strike", "sub", "sup", "small", "mark", "span", "font", "br", "img", "code", "label",
];
const BLOCK: &[&str] = &[
    "p",
    "div",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "td",
    "th",
    "caption",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "blockquote",
    "pre",
    "section",
    "article",
    "header",
    "footer",
    "main",
    "nav",
    "center",
    "html",
    "head",
    "body",
    "title",
    "meta",
    "link",
    "figure",
    "figcaption",
    "details",
    "summary",
    "video",
    "audio",
    "iframe",
    "object",
    "embed",
    "form",
    "input",
    "button",
];
const DROPPED: &[&str] = &["script", "style", "noscript", "template"];
/// Elements without content, which do not nest.
const VOID: &[&str] = &["br", "img", "hr", "meta", "link", "input", "embed"];

/// Markdown of a cleaned answer: HTML is converted, Markdown stays as it is. Idempotent.
pub fn to_markdown(text: &str) -> String {
    if !text.contains('<') {
        return text.to_owned();
    }
    let text = clean(&without_scripts(text.to_owned()));
    let tags = tags(&text);
    if tags.is_empty() || !is_html(&text, &tags) || depth(&text) > DEPTH_MAX {
        return text;
    }
    let has_blocks = tags.iter().any(|tag| BLOCK.contains(&tag.name.as_str()) || tag.name == "br");
    let html = if has_blocks { text } else { text.replace('\n', "<br>") };
    let options = Options { bullet_list_marker: BulletListMarker::Dash, ul_bullet_spacing: 1, ol_number_spacing: 1, ..Options::default() };
    let skipped: Vec<&str> = DROPPED.iter().copied().chain(["title", "iframe", "object"]).collect();
    let converter = HtmlToMarkdown::builder().options(options).skip_tags(skipped).build();
    match converter.convert(&html) {
        Ok(markdown) => escape_tags(&clean(&markdown)),
        // The converter only fails on reading its input, which is in memory; the tags are then kept as text.
        Err(_) => escape_tags(&html),
    }
}

struct Tag {
    range: Range<usize>,
    name: String,
    closing: bool,
}

/// The tags of known elements outside code.
fn tags(text: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut at = 0;
    let bytes = text.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'`' => at = after_code(text, at),
            b'~' if text[at..].starts_with("~~~") && is_line_start(text, at) => at = after_fence(text, at, b'~'),
            b'<' => match tag(text, at) {
                Some(tag) => {
                    at = tag.range.end;
                    tags.push(tag);
                }
                None => at += 1,
            },
            _ => at += 1,
        }
    }
    tags
}

fn is_line_start(text: &str, at: usize) -> bool {
    text[..at].rsplit('\n').next().is_some_and(|before| before.len() <= 3 && before.bytes().all(|b| b == b' '))
}

/// The end of a fenced block that begins at `at`, or of the text if it never closes.
fn after_fence(text: &str, at: usize, mark: u8) -> usize {
    let run = text.as_bytes()[at..].iter().take_while(|b| **b == mark).count();
    let mut end = at;
    for (number, line) in text[at..].split_inclusive('\n').enumerate() {
        end += line.len();
        let content = line.trim();
        if number > 0 && content.len() >= run && content.bytes().all(|b| b == mark) {
            return end;
        }
    }
    text.len()
}

/// The end of a code span or fenced block that begins at `at`; just behind the marks if it never closes.
fn after_code(text: &str, at: usize) -> usize {
    let run = text.as_bytes()[at..].iter().take_while(|b| **b == b'`').count();
    if run >= 3 && is_line_start(text, at) {
        return after_fence(text, at, b'`');
    }
    let mut end = at + run;
    while let Some(next) = text[end..].find('`') {
        let next = end + next;
        let found = text.as_bytes()[next..].iter().take_while(|b| **b == b'`').count();
        end = next + found;
        if found == run {
            return end;
        }
    }
    at + run
}

/// The tag at `at`, if one of a known element stands there.
fn tag(text: &str, at: usize) -> Option<Tag> {
    let inner = &text[at + 1..];
    let closing = inner.starts_with('/');
    let inner = &inner[usize::from(closing)..];
    let name_end = inner.find(|c: char| !c.is_ascii_alphanumeric())?;
    let name = inner[..name_end].to_ascii_lowercase();
    if ![INLINE, BLOCK, DROPPED].iter().any(|names| names.contains(&name.as_str())) {
        return None;
    }
    let mut quote = None;
    for (offset, c) in inner[name_end..].char_indices() {
        match (quote, c) {
            (None, '>') => {
                let end = at + 1 + usize::from(closing) + name_end + offset + 1;
                return Some(Tag { range: at..end, name, closing });
            }
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, '<') => return None,
            (None, c) if offset == 0 && !c.is_whitespace() && c != '/' => return None,
            _ => {}
        }
    }
    None
}

fn without_scripts(mut text: String) -> String {
    loop {
        let tags = tags(&text);
        let Some(open) = tags.iter().find(|tag| DROPPED.contains(&tag.name.as_str())) else { return text };
        let start = open.range.start;
        // A script's own text may hold backticks and quotes, so its end is looked for in the plain text.
        let end = if open.closing {
            open.range.end
        } else {
            let close = format!("</{}", open.name);
            let lower = text[open.range.end..].to_ascii_lowercase();
            lower.find(&close).map_or(text.len(), |found| {
                let from = open.range.end + found;
                text[from..].find('>').map_or(text.len(), |end| from + end + 1)
            })
        };
        text.replace_range(start..end, "");
    }
}

fn is_html(text: &str, tags: &[Tag]) -> bool {
    let trimmed = text.trim();
    let begins = text.len() - text.trim_start().len();
    let ends = begins + trimmed.len();
    if tags.first().is_some_and(|tag| tag.range.start == begins) && tags.last().is_some_and(|tag| tag.range.end == ends) {
        return true;
    }
    let mut plain = String::with_capacity(text.len());
    let mut from = 0;
    for tag in tags {
        plain.push_str(&text[from..tag.range.start]);
        from = tag.range.end;
    }
    plain.push_str(&text[from..]);
    !has_markdown(&plain)
}

/// Whether a text has marks that Markdown would act on.
fn has_markdown(text: &str) -> bool {
    ["**", "](", "`", "~~~", "__", "\\"].iter().any(|mark| text.contains(mark))
        || text.lines().any(|line| {
            let line = line.trim_start();
            let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
            ["- ", "* ", "+ ", "#", "> ", "|", "---"].iter().any(|mark| line.starts_with(mark))
                || (number.len() < line.len() && (number.starts_with(". ") || number.starts_with(") ")))
        })
}

/// An upper bound of how deep elements nest, of any name.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0usize);
    for part in text.split('<').skip(1) {
        let name: String = part.chars().take_while(char::is_ascii_alphanumeric).collect();
        if part.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else if !name.is_empty() && !VOID.contains(&name.to_ascii_lowercase().as_str()) {
            depth += 1;
            deepest = deepest.max(depth);
        }
    }
    deepest
}

/// Makes text of the tags that a text still has.
fn escape_tags(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut from = 0;
    for tag in tags(text) {
        escaped.push_str(&text[from..tag.range.start]);
        escaped.push('\\');
        from = tag.range.start;
    }
    escaped.push_str(&text[from..]);
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn html_becomes_markdown() {
        for (html, want) in [
            ("<p>亲，您好</p><p>点<strong>退货</strong></p>", "亲，您好\n\n点**退货**"),
            ("亲，您好<br>点<b>退货</b>即可", "亲，您好  \n点**退货**即可"),
            ("<ul><li>一</li><li>二</li></ul>", "- 一\n- 二"),
            ("<ol>\n\n<li>一</li>\n\n<li>二</li></ol>", "1. 一\n2. 二"),
            ("<p>看<a href=\"https://a.example/x?b=1\">说明</a></p>", "看[说明](https://a.example/x?b=1)"),
            ("<div><img src='https://a.example/1.png' alt='图'></div>", "![图](https://a.example/1.png)"),
            ("<p>5 &gt; 3&nbsp;&amp; 好</p>", "5 > 3 & 好"),
            ("<SCRIPT>alert('<p>')</SCRIPT><P>好</P><style>p{}</style>", "好"),
            ("第一行\n<b>第二行</b>好", "第一行  \n**第二行**好"),
        ] {
            assert_eq!(to_markdown(html), want, "{html}");
        }
    }

    #[test]
    fn markdown_stays_as_it_is() {
        for text in [
            "**注意**<br>7 天内",
            "`<p>` 是段落标签",
            "```html\n<p>a</p>\n```",
            "用 \\<b> 包起来",
            "a < b 且 c > d",
            "见 <https://a.example/b>",
            "1. 一\n2. <u>二</u> 好",
        ] {
            assert_eq!(to_markdown(text), text);
        }
        assert_eq!(to_markdown("1. 一\n<script>x()</script>2. 二"), "1. 一\n2. 二");
    }

    #[test]
    fn deep_nesting_is_left_alone() {
        let deep = format!("{}好{}", "<div>".repeat(20_000), "</div>".repeat(20_000));
        assert_eq!(to_markdown(&deep).len(), deep.len());
        let fine = format!("{}好{}", "<div>".repeat(DEPTH_MAX), "</div>".repeat(DEPTH_MAX));
        assert_eq!(to_markdown(&fine), "好");
    }

    #[test]
    fn a_mark_that_only_a_script_kept_apart_is_gone_at_once() {
        let once = to_markdown("<p>- <script>x()");
        assert_eq!(to_markdown(&once), once);
    }

    proptest! {
        #[test]
        fn converting_twice_changes_nothing(parts in prop::collection::vec(prop::sample::select(vec![
            "<p>", "</p>", "<br>", "<b>", "</b>", "<li>", "<ul>", "<script>", "</script>", "<scr", "ipt>", "&lt;p&gt;", "<pre>", "</pre>",
            "<code>", "</code>", "<table>", "<td>", "退货", " ", "\n", "`", "```\n", "**", "- ", "<", ">", "\\", "&", "~~~",
            "\"", "</", "<a href='x'>",
        ]), 0..12)) {
            let once = to_markdown(&clean(&parts.concat()));
            prop_assert_eq!(to_markdown(&once), once.clone());
            prop_assert_eq!(clean(&once), once);
        }
    }
}
