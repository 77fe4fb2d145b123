//! An answer in Markdown into passages short enough to embed.

use super::markdown::{self, Block};

/// Counts up whenever an answer is cut another way: part of the index fingerprint.
pub const VERSION: u32 = 1;

/// The length that passages aim to stay within, in characters: the encoder reads about this much, and one passage should
/// answer one thing.
const MAX_CHARS: usize = 220;

/// Cuts a Markdown answer into plain passages of at most about 220 characters, at headings, paragraphs, list items and sentence
/// ends. Short neighbours under one heading share a passage, which begins with the heading. A sentence that is too long is cut
/// after a comma, at a space or between Han characters, never inside a Latin word or a number, so that one such word may exceed
/// the length. No letter is lost; an empty answer has no passages.
pub fn answer_passages(markdown: &str) -> Vec<String> {
    let mut passages = Vec::new();
    let mut open = String::new();
    for block in markdown::blocks(markdown) {
        if matches!(block, Block::Heading(_)) {
            close(&mut open, &mut passages);
        }
        let mut first = true;
        for piece in pieces(block.text()) {
            let gap = usize::from(first && !open.is_empty());
            if !open.is_empty() && chars(&open) + gap + chars(piece.trim_end()) > MAX_CHARS {
                close(&mut open, &mut passages);
            }
            if first && !open.is_empty() {
                open.push('\n');
            }
            open.push_str(piece);
            first = false;
        }
    }
    close(&mut open, &mut passages);
    passages
}

fn close(open: &mut String, passages: &mut Vec<String>) {
    let text = open.trim();
    if !text.is_empty() {
        passages.push(text.to_owned());
    }
    open.clear();
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

/// A block as sentences, the too long ones cut further.
fn pieces(block: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    for sentence in cut_after(block, ends_sentence) {
        if chars(sentence) <= MAX_CHARS {
            pieces.push(sentence);
            continue;
        }
        for clause in cut_after(sentence, |c, next| matches!(c, '，' | '；' | '：' | '、') || (matches!(c, ',' | ';') && is_space(next)))
        {
            if chars(clause) <= MAX_CHARS {
                pieces.push(clause);
            } else {
                pieces.extend(cut_between_words(clause));
            }
        }
    }
    pieces
}

/// Cuts after each character for which `ends` holds, given the character and the next one.
fn cut_after(text: &str, ends: impl Fn(char, Option<char>) -> bool) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((_, c)) = chars.next() {
        let next = chars.peek().map(|&(_, next)| next);
        if !ends(c, next) {
            continue;
        }
        // Closing marks and white space belong to what they close.
        while chars.peek().is_some_and(|&(_, c)| c.is_whitespace() || matches!(c, '”' | '’' | '"' | '）' | ')' | '」' | '』' | '！' | '？'))
        {
            chars.next();
        }
        let end = chars.peek().map_or(text.len(), |&(at, _)| at);
        parts.push(&text[start..end]);
        start = end;
    }
    if start < text.len() {
        parts.push(&text[start..]);
    }
    parts
}

fn ends_sentence(c: char, next: Option<char>) -> bool {
    match c {
        '。' | '！' | '？' | '\n' => true,
        '!' | '?' => next.is_none_or(|next| !next.is_ascii_alphanumeric()),
        // A full stop in 3.5, e.g.com or a file name ends nothing.
        '.' => is_space(next),
        _ => false,
    }
}

fn is_space(next: Option<char>) -> bool {
    next.is_none_or(char::is_whitespace)
}

/// Cuts into parts of the greatest length, moving each cut back to where no Latin word or number is parted.
fn cut_between_words(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut last_gap = None;
    let mut count = 0;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let inside_word = is_word(before) && is_word(c);
        if at > start && !inside_word {
            last_gap = Some(at);
        }
        if count >= MAX_CHARS
            && let Some(gap) = last_gap.filter(|&gap| gap > start)
        {
            parts.push(&text[start..gap]);
            count = chars(&text[gap..at]);
            start = gap;
            last_gap = None;
        }
        count += 1;
        before = c;
    }
    if start < text.len() {
        parts.push(&text[start..]);
    }
    parts
}

fn is_word(c: char) -> bool {
    (c.is_alphanumeric() && !super::normalize::is_han(c)) || matches!(c, '-' | '.' | '_' | '/' | ':' | '@' | '%' | '\'')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::markdown::to_plain;

    fn letters(text: &str) -> String {
        text.chars().filter(|c| c.is_alphanumeric()).collect()
    }

    #[test]
    fn headings_begin_passages_and_short_neighbours_share_one() {
        let answer = "签收后 7 天内可退。\n\n## 怎么退\n1. 打开订单\n2. 点“申请售后”\n\n## 运费\n质量问题我们出。";
        assert_eq!(answer_passages(answer), ["签收后 7 天内可退。", "怎么退\n打开订单\n点“申请售后”", "运费\n质量问题我们出。"]);
        assert!(answer_passages(" \n\n").is_empty());
    }

    #[test]
    fn long_paragraphs_are_cut_at_sentence_ends() {
        let sentence = "退款审核通过后，款项按原路退回，微信和支付宝一般 1–3 个工作日到账，银行卡 3–7 个工作日。";
        let passages = answer_passages(&sentence.repeat(12));
        assert!(passages.len() > 1);
        for passage in &passages {
            assert!(passage.ends_with('。') && passage.chars().count() <= MAX_CHARS, "{passage}");
        }
        let english = "We refund within 3.5 days e.g. on Monday. ".repeat(12);
        for passage in answer_passages(&english) {
            assert!(passage.ends_with('.') && passage.chars().count() <= MAX_CHARS && !passage.ends_with("e.g."), "{passage}");
        }
    }

    #[test]
    fn no_word_is_cut() {
        let long = "x".repeat(300);
        assert_eq!(answer_passages(&long), std::slice::from_ref(&long));
        let han = "退".repeat(500);
        assert_eq!(answer_passages(&han).iter().map(|p| p.chars().count()).collect::<Vec<_>>(), [220, 220, 60]);
        let words = "supercalifragilistic ".repeat(40);
        for passage in answer_passages(&words) {
            assert!(passage.split_whitespace().all(|word| word == "supercalifragilistic"), "{passage}");
        }
    }

    proptest! {
        #[test]
        fn no_letter_is_lost(markdown in "([退款运费a-z0-9。！？，,. \n#*|>`_\\-\\[\\]()<]{0,60}\n?){0,12}") {
            let passages = answer_passages(&markdown);
            prop_assert_eq!(letters(&passages.concat()), letters(&to_plain(&markdown)));
            prop_assert!(passages.iter().all(|p| !p.trim().is_empty()));
        }
    }
}
