//! The block between two `---` lines at the head of a Markdown file: `key: value`, with lists.
//!
//! A small part of YAML, read strictly and as written: `no`, `618`, `20:30`, `0012` and dates stay text, a `#` or `: ` in an unquoted
//! value belongs to it and is pointed out. Understood are plain and quoted scalars, lists in brackets or as lines with `- `, and
//! blocks after `|` and `>`. Everything else is refused with its line, never guessed.

use crate::domain::wording::Wording;

/// The value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// One text.
    One(String),
    /// A list of texts.
    Many(Vec<String>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key as written.
    pub key: String,
    /// Its value.
    pub value: Value,
    /// Its line, from 1 in the block.
    pub line: u64,
}

/// What was wrong or odd, and in which line of the block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The line, from 1 in the block.
    pub line: u64,
    /// What was found.
    pub message: Wording,
}

/// Reads the lines of a block. Remarks are repairs; an error is a line that cannot be understood.
pub fn parse(block: &str) -> Result<(Vec<Entry>, Vec<Remark>), Remark> {
    let mut reader = Reader { lines: block.lines().zip(1..).collect(), next: 0, remarks: Vec::new() };
    let mut entries: Vec<Entry> = Vec::new();
    while let Some((line, number)) = reader.peek() {
        reader.next += 1;
        if is_blank(line) {
            continue;
        }
        if line.starts_with('\t') {
            return Err(remark(number, "行首有制表符，请改用空格", "a tab begins the line: indent with spaces"));
        }
        if line.starts_with([' ', '-']) {
            return Err(remark(number, "这一行不属于任何字段", "this line belongs to no key"));
        }
        let Some((key, rest)) = split_key(line) else {
            return Err(remark(number, "应为“字段: 值”", "expected `key: value`"));
        };
        let key = key.trim().trim_matches(['"', '\'']).to_owned();
        if entries.iter().any(|entry| entry.key == key) {
            return Err(Remark {
                line: number, message: Wording::new(format!("字段 {key} 重复"), format!("the key {key} stands twice"))
            });
        }
        let value = reader.value(rest.trim(), number)?;
        entries.push(Entry { key, value, line: number });
    }
    Ok((entries, reader.remarks))
}

fn remark(line: u64, zh: &str, en: &str) -> Remark {
    Remark { line, message: Wording::new(zh, en) }
}

fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// `key: rest`, `key:` or, as people with a Chinese keyboard type it, `key：rest`.
fn split_key(line: &str) -> Option<(&str, &str)> {
    let at = line.find([':', '：'])?;
    let (key, rest) = line.split_at(at);
    let wide = rest.starts_with('：');
    let rest = &rest[if wide { '：'.len_utf8() } else { 1 }..];
    (!key.trim().is_empty() && (wide || rest.is_empty() || rest.starts_with([' ', '\t']))).then_some((key, rest))
}

struct Reader<'a> {
    lines: Vec<(&'a str, u64)>,
    next: usize,
    remarks: Vec<Remark>,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<(&'a str, u64)> {
        self.lines.get(self.next).copied()
    }

    fn value(&mut self, text: &str, number: u64) -> Result<Value, Remark> {
        match text.chars().next() {
            None | Some('#') => self.list(),
            Some('[') => self.flow(text, number).map(Value::Many),
            Some('|' | '>') => {
                let style = text.split(" #").next().unwrap_or(text).trim_end();
                if style.len() <= 3 && style[1..].bytes().all(|b| matches!(b, b'-' | b'+' | b'0'..=b'9')) {
                    return Ok(Value::One(self.block(style.starts_with('>'))));
                }
                self.scalar(text, number).map(Value::One)
            }
            Some(_) => {
                let value = self.scalar(text, number)?;
                self.no_continuation()?;
                Ok(Value::One(value))
            }
        }
    }

    /// Lines with `- `; none of them is an empty text.
    fn list(&mut self) -> Result<Value, Remark> {
        let mut items = Vec::new();
        while let Some((line, number)) = self.peek() {
            if is_blank(line) {
                self.next += 1;
                continue;
            }
            let content = line.trim_start_matches(' ');
            if content.starts_with('\t') {
                return Err(remark(number, "行首有制表符，请改用空格", "a tab begins the line: indent with spaces"));
            }
            let Some(item) = content.strip_prefix('-').filter(|item| item.is_empty() || item.starts_with([' ', '\t'])) else {
                if content.len() < line.len() {
                    return Err(remark(number, "应为列表项“- 值”", "expected a list entry `- value`"));
                }
                break;
            };
            self.next += 1;
            let item = item.trim();
            if !item.is_empty() && !item.starts_with('#') {
                items.push(self.scalar(item, number)?);
                self.no_deeper(line.len() - content.len())?;
            }
        }
        Ok(if items.is_empty() { Value::One(String::new()) } else { Value::Many(items) })
    }

    fn no_continuation(&mut self) -> Result<(), Remark> {
        self.no_deeper(0)
    }

    /// Refuses a line that continues the value above it: joining it would be a guess.
    fn no_deeper(&mut self, indent: usize) -> Result<(), Remark> {
        while let Some((line, number)) = self.peek() {
            if line.trim().is_empty() {
                self.next += 1;
                continue;
            }
            let content = line.trim_start_matches(' ');
            let deeper = line.len() - content.len() > indent;
            if deeper && !content.starts_with('#') {
                return Err(remark(
                    number,
                    "值不能换行续写：请写在一行，或用引号、| 块",
                    "a value cannot go on in the next line: write it on one line or as a `|` block",
                ));
            }
            break;
        }
        Ok(())
    }

    /// A plain or quoted scalar that ends with its line.
    fn scalar(&mut self, text: &str, number: u64) -> Result<String, Remark> {
        if text.starts_with(['"', '\'']) {
            match quoted(text, number)? {
                Some((value, rest)) if rest.trim().is_empty() || rest.trim_start().starts_with('#') => return Ok(value),
                // `"激活" 是什么`: quotes that are part of the text.
                Some(_) => {
                    self.repaired(number);
                    return Ok(text.to_owned());
                }
                None => return Err(remark(number, "引号没有闭合", "the quote is not closed")),
            }
        }
        if text.contains(" #") || text.contains(": ") || text.ends_with(':') {
            self.repaired(number);
        }
        Ok(text.to_owned())
    }

    fn repaired(&mut self, number: u64) {
        self.remarks.push(remark(
            number,
            "未加引号的值里有冒号、# 或引号，已按原文整段读取；建议加双引号",
            "an unquoted value holds a colon, `#` or quotes: taken whole as written; better put it in double quotes",
        ));
    }

    /// `[a, "b, c"]`, on one line or several.
    fn flow(&mut self, first: &str, number: u64) -> Result<Vec<String>, Remark> {
        let mut items = Vec::new();
        let mut line = first[1..].to_owned();
        let mut number = number;
        loop {
            let mut rest = line.trim();
            loop {
                if let Some(after) = rest.strip_prefix(']') {
                    let after = after.trim();
                    if after.is_empty() || after.starts_with('#') {
                        return Ok(items);
                    }
                    return Err(remark(number, "方括号之后还有内容", "text follows the closing bracket"));
                }
                if rest.is_empty() || rest.starts_with('#') {
                    break;
                }
                if rest.starts_with(['[', '{']) {
                    return Err(remark(number, "列表里不能再套列表", "a list inside a list is not supported"));
                }
                let item;
                if rest.starts_with(['"', '\'']) {
                    let Some((value, after)) = quoted(rest, number)? else {
                        return Err(remark(number, "引号没有闭合", "the quote is not closed"));
                    };
                    (item, rest) = (value, after.trim_start());
                } else {
                    let end = rest.find([',', '，', ']']).unwrap_or(rest.len());
                    (item, rest) = (rest[..end].trim().to_owned(), &rest[end..]);
                }
                if !item.is_empty() {
                    items.push(item);
                }
                match rest.chars().next() {
                    Some(c @ (',' | '，')) => rest = rest[c.len_utf8()..].trim_start(),
                    Some(']') | None => {}
                    Some(_) => return Err(remark(number, "列表项之间缺少逗号", "a comma is missing between two entries")),
                }
            }
            let Some((next, at)) = self.peek().filter(|(next, _)| next.starts_with(' ') || next.starts_with(']') || next.trim().is_empty())
            else {
                return Err(remark(number, "方括号没有闭合", "the bracket is not closed"));
            };
            self.next += 1;
            (line, number) = (next.to_owned(), at);
        }
    }

    /// The indented lines after `|` (kept) or `>` (joined by spaces).
    fn block(&mut self, folded: bool) -> String {
        let mut lines: Vec<&str> = Vec::new();
        while let Some((line, _)) = self.peek().filter(|(line, _)| line.starts_with(' ') || line.trim().is_empty()) {
            lines.push(line);
            self.next += 1;
        }
        let indent = lines.iter().filter(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start_matches(' ').len()).min();
        let lines: Vec<&str> = lines.iter().map(|line| line.get(indent.unwrap_or(0)..).unwrap_or_default()).collect();
        lines.join(if folded { " " } else { "\n" }).trim_end().to_owned()
    }
}

/// A quoted scalar and what follows it; `None` if the quote does not close on this line.
fn quoted(text: &str, number: u64) -> Result<Option<(String, &str)>, Remark> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    let Some((_, quote)) = chars.next() else { return Ok(None) };
    while let Some((at, c)) = chars.next() {
        match c {
            '\'' if quote == '\'' => {
                if !text[at + 1..].starts_with('\'') {
                    return Ok(Some((value, &text[at + 1..])));
                }
                chars.next();
                value.push('\'');
            }
            '"' if quote == '"' => return Ok(Some((value, &text[at + 1..]))),
            '\\' if quote == '"' => {
                let Some((_, escape)) = chars.next() else { return Ok(None) };
                value.push(match escape {
                    '"' | '\\' | '/' | ' ' => escape,
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'x' | 'u' | 'U' => {
                        let digits = match escape {
                            'x' => 2,
                            'u' => 4,
                            _ => 8,
                        };
                        let hex: String = chars.by_ref().take(digits).map(|(_, c)| c).collect();
                        let code = u32::from_str_radix(&hex, 16).ok().filter(|_| hex.len() == digits);
                        code.and_then(char::from_u32).ok_or_else(|| bad_escape(number))?
                    }
                    _ => return Err(bad_escape(number)),
                });
            }
            c => value.push(c),
        }
    }
    Ok(None)
}

fn bad_escape(number: u64) -> Remark {
    remark(
        number,
        "双引号里的反斜杠转义无效：请写成 \\\\，或改用单引号",
        "an unknown escape in double quotes: write `\\\\` or use single quotes",
    )
}

/// A scalar that [`parse`] and any reader of YAML reads as `text`: plain where that is safe, else in double quotes.
pub fn write_scalar(text: &str) -> String {
    let plain = !text.is_empty()
        && text.chars().next().is_some_and(char::is_alphanumeric)
        && text.trim() == text
        && !text.ends_with(':')
        && ![": ", " #", "\t"].iter().any(|mark| text.contains(mark))
        && !text.chars().any(|c| c.is_control() || matches!(c, '[' | ']' | '{' | '}' | ',' | '，' | '"' | '\'' | '：'))
        && !is_typed(text);
    if plain {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => quoted.push_str(&format!("\\U{:08x}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether another reader would take the text for a number, a date, a truth value or nothing.
fn is_typed(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    matches!(lower.as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "null" | "nan" | "inf")
        || lower.starts_with(|c: char| c.is_ascii_digit()) && lower.chars().all(|c| c.is_ascii_hexdigit() || "xo_.:+-tz ".contains(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(block: &str) -> String {
        match &parse(block).unwrap().0[0].value {
            Value::One(text) => text.clone(),
            Value::Many(list) => format!("{list:?}"),
        }
    }

    #[test]
    fn scalars_are_taken_as_written() {
        for (line, want) in [
            ("title: no", "no"),
            ("title: 618", "618"),
            ("title: 20:30 截单吗", "20:30 截单吗"),
            ("id: 0012", "0012"),
            ("valid_until: 2026-11-26", "2026-11-26"),
            ("title: ~", "~"),
            ("title: '你''好 # 1'", "你'好 # 1"),
            (r#"title: "a: \"b\" \\ \u9000" # note"#, r#"a: "b" \ 退"#),
            ("title：怎么退", "怎么退"),
            ("title:", ""),
            ("title: # note", ""),
            ("title: https://a.example/#x", "https://a.example/#x"),
            ("answer: |\n  第一行\n    第二行\n\nid: 1", "第一行\n  第二行"),
            ("answer: >-\n  a\n  b", "a b"),
            ("title: > 50 元包邮吗", "> 50 元包邮吗"),
        ] {
            assert_eq!(one(line), want, "{line}");
        }
    }

    #[test]
    fn colons_and_hashes_are_kept_and_pointed_out() {
        for text in ["退货: 怎么退", "用 # 开头的单号", "激活：失败 #2 怎么办:", "\"激活\" 是什么意思"] {
            let (entries, remarks) = parse(&format!("id: a\ntitle: {text}")).unwrap();
            assert_eq!(entries[1].value, Value::One(text.into()));
            assert_eq!(remarks.iter().map(|r| r.line).collect::<Vec<_>>(), [2], "{text}");
        }
    }

    #[test]
    fn lists_stand_in_lines_or_brackets() {
        let (entries, _) = parse(
            "variants:\n  - 能退吗\n  - \"a, b\"\n  -\n- 20:30\ntags: [退货, '运费, 包邮', 7天]\nrelated: [\n  a,\n  b # c\n]\nchannels: []\n",
        )
        .unwrap();
        let lists: Vec<Value> = entries.into_iter().map(|entry| entry.value).collect();
        let many = |items: &[&str]| Value::Many(items.iter().map(|item| item.to_string()).collect());
        assert_eq!(lists, [many(&["能退吗", "a, b", "20:30"]), many(&["退货", "运费, 包邮", "7天"]), many(&["a", "b # c"]), many(&[])]);
    }

    #[test]
    fn what_cannot_be_understood_names_its_line() {
        for (block, line) in [
            ("id: a\ntitle", 2),
            ("id: a\n\ttitle: b", 2),
            ("id: a\n  more", 2),
            ("id: a\nid: b", 2),
            ("title: \"open", 1),
            ("tags: [a, b", 1),
            ("tags: [[a]]", 1),
            ("variants:\n  - a\n    b", 3),
            ("variants:\n  a: b", 2),
            (r#"title: "C:\盘""#, 1),
            ("- a", 1),
            ("\ttitle: a", 1),
        ] {
            assert_eq!(parse(block).unwrap_err().line, line, "{block:?}");
        }
    }

    proptest! {
        #[test]
        fn written_scalars_read_back(text in r#"[-"'#:：\[\]{},，&*!|>%@`~?0-9a-zé退 \\\n\t😀]{0,12}"#) {
            let scalar = write_scalar(&text);
            prop_assert_eq!(one(&format!("title: {scalar}\nid: x")), text.clone(), "{}", scalar);
            let (entries, remarks) = parse(&format!("tags: [{scalar}, z]\nvariants:\n  - {scalar}\n  - z\n")).unwrap();
            let want = Value::Many(if text.is_empty() { vec!["z".into()] } else { vec![text, "z".into()] });
            prop_assert_eq!(&entries[0].value, &want);
            prop_assert!(remarks.is_empty(), "{}", scalar);
        }

        #[test]
        fn nothing_panics(block in r#"[-"'#:\[\],|>\\ \n\ta退]{0,40}"#) {
            let _ = parse(&block);
        }
    }
}
