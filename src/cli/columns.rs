//! Lines for a terminal of 80 columns, where a Chinese character takes two.

use crate::text::normalize::is_han;

/// Columns of a line.
pub const COLUMNS: usize = 80;

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

fn width_of(c: char) -> usize {
    match u32::from(c) {
        // Joiners, variation selectors and marks that stand on the character before.
        0x200b..=0x200f | 0xfe00..=0xfe0f | 0x0300..=0x036f => 0,
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe4f | 0xff01..=0xff60 | 0xffe0..=0xffe6 => 2,
        0x1f300..=0x1faff | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// A sentence over as many lines as it needs; the first begins with `first`, the others are indented by `indent` spaces.
pub fn sentence(first: &str, indent: usize, text: &str) -> Vec<String> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut space = false;
    for c in text.chars() {
        if c.is_whitespace() {
            space = true;
            continue;
        }
        // Han text may break anywhere but before what closes or after what opens.
        let closes = matches!(c, '，' | '。' | '、' | '；' | '：' | '！' | '？' | '）' | '》' | '”' | ',' | '.' | ')' | '%');
        let joins = |last: char| {
            let wide = |c: char| is_han(c) || matches!(c, '，' | '。' | '、' | '；' | '：' | '！' | '？' | '）' | '》');
            closes || matches!(last, '“' | '《' | '（') || !(wide(last) || wide(c) || matches!(c, '“' | '《' | '（'))
        };
        match pieces.last_mut() {
            Some(piece) if !space && piece.text.chars().next_back().is_none_or(joins) => piece.text.push(c),
            _ => pieces.push(Piece { text: c.to_string(), space }),
        }
        space = false;
    }
    filled(first, indent, pieces)
}

/// Items with a dot between them, none broken.
pub fn list(first: &str, indent: usize, items: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut pieces: Vec<Piece> = Vec::new();
    for item in items {
        if let Some(before) = pieces.last_mut() {
            before.text.push_str(" ·");
        }
        pieces.push(Piece { text: item, space: true });
    }
    filled(first, indent, pieces)
}

/// What stays on one line, and whether a space parts it from what is before.
struct Piece {
    text: String,
    space: bool,
}

fn filled(first: &str, indent: usize, pieces: Vec<Piece>) -> Vec<String> {
    let mut lines = vec![first.to_owned()];
    let mut fresh = true;
    for Piece { text, space } in pieces {
        let room = COLUMNS.saturating_sub(lines.last().map_or(0, |line| width(line)));
        let space = space && !fresh;
        if !fresh && width(&text) + usize::from(space) > room {
            lines.push(" ".repeat(indent));
        } else if space && let Some(line) = lines.last_mut() {
            line.push(' ');
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(&text);
        }
        fresh = false;
    }
    lines
}

/// A text on one line of at most `columns`, the rest an ellipsis.
pub fn cut(text: &str, columns: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if width(&line) <= columns {
        return line;
    }
    let mut kept = String::new();
    let mut taken = 1;
    for c in line.chars() {
        taken += width_of(c);
        if taken > columns {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// A text with spaces up to `columns`.
pub fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// A text with spaces before it up to `columns`.
pub fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_take_the_columns_that_terminals_give_them() {
        for (text, want) in
            [("abc", 3), ("退款", 4), ("ＶＩＰ，", 8), ("“7天”", 5), ("👍🏽", 4), ("e\u{301}", 1), ("〔手机号〕", 10), ("かな", 4), ("한", 2)]
        {
            assert_eq!(width(text), want, "{text}");
        }
    }

    #[test]
    fn sentences_fill_lines_and_break_where_they_may() {
        let text = "若问题里没有“7天”（文章说的是“15天”），就会直接回答，".repeat(4);
        let lines = sentence("  · ", 4, &text);
        assert!(lines.len() > 2 && lines.iter().all(|line| width(line) <= COLUMNS), "{lines:#?}");
        assert!(lines[..lines.len() - 1].iter().all(|line| width(line) >= COLUMNS - 8), "{lines:#?}");
        assert_eq!(lines.iter().map(|line| line.trim().trim_start_matches("· ")).collect::<String>(), text);
        for line in &lines[1..] {
            let first = line.trim_start().chars().next().unwrap();
            assert!(!"，。”）".contains(first), "{line}");
        }
        let english = "with 0.04 more confidence (0.75) it would have been answered ".repeat(3);
        let lines = sentence("- ", 2, &english);
        assert!(lines.len() == 3 && lines.iter().all(|line| width(line) <= COLUMNS), "{lines:#?}");
        assert_eq!(lines.join(" ").split_whitespace().skip(1).collect::<Vec<_>>(), english.split_whitespace().collect::<Vec<_>>());
        assert_eq!(sentence("x ", 2, ""), ["x "]);
    }

    #[test]
    fn lists_keep_items_whole_and_long_texts_are_cut() {
        let lines = list("词 ", 3, (0..30).map(|n| format!("退款{n} 2.31")));
        assert!(lines.len() > 1 && lines.iter().all(|line| width(line) <= COLUMNS), "{lines:#?}");
        assert!(lines[1].starts_with("   退款") && lines[0].ends_with(" ·"), "{lines:#?}");
        assert_eq!(cut("退款 多久\n到账", 40), "退款 多久 到账");
        assert_eq!((cut("退款多久到账", 7).as_str(), width(&cut("退款多久到账", 8))), ("退款多…", 7));
        assert_eq!((padded("退款", 6).as_str(), right("退款", 6).as_str()), ("退款  ", "  退款"));
    }
}
