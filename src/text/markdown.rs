//! Markdown answers as HTML that is safe to show and as plain blocks.

use std::fmt::Write as _;

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, TextMergeStream, html};

use super::normalize::is_han;

const LINK_SCHEMES: [&str; 4] = ["http://", "https://", "mailto:", "tel:"];
const IMAGE_SCHEMES: [&str; 2] = ["http://", "https://"];

/// HTML of an answer. Raw HTML is shown as text; links keep only http, https, mailto and tel and open apart from the page;
/// images keep only http and https; bare addresses become links that stop before `，。）` and other marks.
pub fn to_html(markdown: &str) -> String {
    let mut safe: Vec<Event<'_>> = Vec::new();
    // What the open links and images became: whether their end is to be written.
    let mut links: Vec<bool> = Vec::new();
    let mut image: Option<(String, String)> = None;
    let mut code = false;
    for event in events(markdown) {
        if let Some((source, alt)) = &mut image {
            match event {
                Event::Text(text) | Event::Code(text) => alt.push_str(&text),
                Event::End(TagEnd::Image) => {
                    safe.push(image_event(source, alt));
                    image = None;
                }
                _ => {}
            }
            continue;
        }
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => {
                let keep = has_scheme(&dest_url, &LINK_SCHEMES);
                links.push(keep);
                if keep {
                    safe.push(Event::InlineHtml(open_link(&dest_url).into()));
                }
            }
            Event::End(TagEnd::Link) => {
                if links.pop() == Some(true) {
                    safe.push(Event::InlineHtml("</a>".into()));
                }
            }
            Event::Start(Tag::Image { dest_url, .. }) => image = Some((dest_url.into_string(), String::new())),
            Event::Start(Tag::CodeBlock(kind)) => {
                code = true;
                safe.push(Event::Start(Tag::CodeBlock(kind)));
            }
            Event::End(TagEnd::CodeBlock) => {
                code = false;
                safe.push(Event::End(TagEnd::CodeBlock));
            }
            Event::Start(Tag::HtmlBlock) => safe.push(Event::Start(Tag::Paragraph)),
            Event::End(TagEnd::HtmlBlock) => safe.push(Event::End(TagEnd::Paragraph)),
            Event::Html(text) | Event::InlineHtml(text) if is_line_break(&text) => safe.push(Event::HardBreak),
            Event::Html(text) | Event::InlineHtml(text) => safe.push(Event::Text(text)),
            Event::Text(text) if links.is_empty() && !code => auto_link(text, &mut safe),
            other => safe.push(other),
        }
    }
    let mut page = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut page, safe.into_iter());
    page
}

/// The words of an answer without its marks: one line per paragraph, list item, heading and table row.
#[cfg(test)]
pub(super) fn to_plain(markdown: &str) -> String {
    blocks(markdown).iter().map(Block::text).collect::<Vec<_>>().join("\n")
}

/// A piece of an answer that stands on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph, a list item, a table row (its cells parted by spaces), a block of code.
    Text(String),
}

impl Block {
    pub(super) fn text(&self) -> &str {
        match self {
            Block::Heading(text) | Block::Text(text) => text,
        }
    }
}

/// The blocks of an answer in order, plain, none of them empty.
pub(super) fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open = String::new();
    let mut soft_break = false;
    for event in events(markdown) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::InlineHtml(text) | Event::Html(text) => {
                // Chinese lines join without a gap, others with one.
                if std::mem::take(&mut soft_break) && !(open.ends_with(is_chinese) && text.starts_with(is_chinese)) {
                    open.push(' ');
                }
                open.push_str(if is_line_break(&text) { "\n" } else { &text });
            }
            Event::SoftBreak => soft_break = true,
            Event::HardBreak => open.push('\n'),
            Event::End(TagEnd::TableCell) => open.push(' '),
            Event::End(TagEnd::Heading(_)) => close(&mut open, &mut blocks, Block::Heading),
            Event::End(end) if end_of_block(end) => close(&mut open, &mut blocks, Block::Text),
            // What stands in an item before an inner list or paragraph is a block of its own.
            Event::Start(
                Tag::List(_) | Tag::Item | Tag::Paragraph | Tag::CodeBlock(_) | Tag::BlockQuote(_) | Tag::Table(_) | Tag::Heading { .. },
            ) => {
                close(&mut open, &mut blocks, Block::Text);
            }
            _ => {}
        }
    }
    close(&mut open, &mut blocks, Block::Text);
    blocks
}

fn close(open: &mut String, blocks: &mut Vec<Block>, kind: fn(String) -> Block) {
    let text = open.trim();
    if !text.is_empty() {
        blocks.push(kind(text.to_owned()));
    }
    open.clear();
}

fn end_of_block(end: TagEnd) -> bool {
    use TagEnd::{BlockQuote, CodeBlock, HtmlBlock, Item, Paragraph, TableHead, TableRow};
    matches!(end, Paragraph | Item | CodeBlock | TableRow | TableHead | HtmlBlock | BlockQuote(_))
}

fn events(markdown: &str) -> impl Iterator<Item = Event<'_>> {
    TextMergeStream::new(Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH))
}

fn is_chinese(c: char) -> bool {
    is_han(c) || matches!(c, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}' | '“' | '”' | '‘' | '’' | '…' | '—')
}

/// `<br>` is the one tag that editors write by hand and mean.
fn is_line_break(tag: &str) -> bool {
    matches!(tag.trim(), "<br>" | "<br/>" | "<br />" | "<BR>")
}

fn has_scheme(address: &str, schemes: &[&str]) -> bool {
    schemes.iter().any(|scheme| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

fn open_link(address: &str) -> String {
    format!("<a href=\"{}\" target=\"_blank\" rel=\"noopener noreferrer\">", escape(address))
}

fn image_event<'a>(source: &str, alt: &str) -> Event<'a> {
    if !has_scheme(source, &IMAGE_SCHEMES) {
        return Event::Text(alt.to_owned().into());
    }
    Event::InlineHtml(format!("<img src=\"{}\" alt=\"{}\" loading=\"lazy\">", escape(source), escape(alt)).into())
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if c.is_control() => {
                let _ = write!(safe, "%{:02X}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    safe
}

/// Pushes a text with its bare web addresses as links.
fn auto_link<'a>(text: CowStr<'a>, events: &mut Vec<Event<'a>>) {
    let mut from = 0;
    while let Some((start, end)) = find_address(&text[from..]) {
        let address = text[from + start..from + end].to_owned();
        if start > 0 {
            events.push(Event::Text(text[from..from + start].to_owned().into()));
        }
        events.push(Event::InlineHtml(open_link(&address).into()));
        events.push(Event::Text(address.into()));
        events.push(Event::InlineHtml("</a>".into()));
        from += end;
    }
    if from == 0 {
        events.push(Event::Text(text));
    } else if from < text.len() {
        events.push(Event::Text(text[from..].to_owned().into()));
    }
}

/// The first `http(s)://…` in a text: it ends before white space, any character that is not ASCII, quotes and angle brackets,
/// and leaves out closing punctuation, as well as a bracket that was opened before it.
fn find_address(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(colon) = text[from..].find("://").map(|at| from + at) {
        from = colon + 3;
        let scheme = ["https", "http"].into_iter().find(|scheme| {
            text[..colon].len() >= scheme.len()
                && text.is_char_boundary(colon - scheme.len())
                && text[colon - scheme.len()..colon].eq_ignore_ascii_case(scheme)
        });
        let Some(scheme) = scheme else { continue };
        let start = colon - scheme.len();
        if text[..start].ends_with(|c: char| c.is_ascii_alphanumeric()) {
            continue;
        }
        let rest = &text[from..];
        let length = rest
            .find(|c: char| !c.is_ascii_graphic() || matches!(c, '"' | '<' | '>' | '`' | '|' | '\\' | '^' | '{' | '}'))
            .unwrap_or(rest.len());
        let mut host = &rest[..length];
        while let Some(last) = host.chars().next_back() {
            let open_before = last == ')' && host.matches(')').count() > host.matches('(').count();
            if !open_before && !matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '~' | ']') {
                break;
            }
            host = &host[..host.len() - last.len_utf8()];
        }
        if host.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return Some((start, from + host.len()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_made_safe() {
        for (markdown, want) in [
            ("**7 天**内可退", "<p><strong>7 天</strong>内可退</p>\n"),
            ("a <script>alert(1)</script>", "<p>a &lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
            ("<div onclick=\"x()\">hi</div>", "<p>&lt;div onclick=\"x()\"&gt;hi&lt;/div&gt;</p>\n"),
            ("a<br>b", "<p>a<br />\nb</p>\n"),
            ("[点这里](javascript:alert(1))", "<p>点这里</p>\n"),
            ("[点](JaVaScRiPt:x) [d](data:text/html,x) [r](/orders)", "<p>点 d r</p>\n"),
            ("![图](data:image/svg+xml,x)", "<p>图</p>\n"),
            ("`http://a.cn`", "<p><code>http://a.cn</code></p>\n"),
        ] {
            assert_eq!(to_html(markdown), want, "{markdown}");
        }
        let image = to_html("![尺码\"表](https://a.cn/x.png \"t\")");
        assert!(image.contains("<img src=\"https://a.cn/x.png\" alt=\"尺码&quot;表\""), "{image}");
        let phone = to_html("[客服](tel:400-620-8899)");
        assert!(phone.contains("href=\"tel:400-620-8899\"") && phone.contains("rel=\"noopener"), "{phone}");
        assert!(!to_html("[x](https://a.cn/\"onmouseover=\"x)").contains("\"onmouseover"));
    }

    #[test]
    fn bare_addresses_stop_before_punctuation() {
        for (markdown, address) in [
            ("请看https://a.cn/帮助。", "https://a.cn/"),
            ("（https://a.cn/help?x=1&y=2）", "https://a.cn/help?x=1&amp;y=2"),
            ("见 http://a.cn/x，谢谢", "http://a.cn/x"),
            ("see (https://a.cn/x_(1)).", "https://a.cn/x_(1)"),
            ("HTTPS://A.CN!", "HTTPS://A.CN"),
        ] {
            let page = to_html(markdown);
            assert!(page.contains(&format!("<a href=\"{address}\" ")) && page.contains(&format!(">{address}</a>")), "{page}");
        }
        for markdown in ["http:// x", "xhttp://a.cn", "ftp://a.cn", "://", "https://。"] {
            assert!(!to_html(markdown).contains("<a "), "{markdown}");
        }
        assert_eq!(to_html("[https://a.cn](https://b.cn)").matches("<a ").count(), 1);
    }

    #[test]
    fn plain_text_keeps_the_words() {
        let markdown = "## 怎么退\n第一行\n第二行 *重点*\n\n1. 打开[订单](https://a.cn)\n2. 点“退款”\n   - 选原因\n\n\
            | 方式 | 时间 |\n|--|--|\n| 微信 | 1–3 天 |\n\n> 注意\n\n`code`<br>x";
        let want = "怎么退\n第一行第二行 重点\n打开订单\n点“退款”\n选原因\n方式 时间\n微信 1–3 天\n注意\ncode\nx";
        assert_eq!(to_plain(markdown), want);
        assert_eq!(to_plain("one\ntwo"), "one two");
    }
}
