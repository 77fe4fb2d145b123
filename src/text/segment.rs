//! Folded text into terms: one segmenter for the index, for term overlap and for any later backend.
//!
//! Chinese words come from jieba's dictionary without its guesses at unknown words, so that a term depends on the dictionary
//! alone. Words of shopping and of the editor are found beside jieba's, never instead of them: a saved word cannot take away a
//! term that an earlier question was found by. Latin words and numbers are cut here, because a product code must meet its other spellings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use jieba_rs::Jieba;
use sha2::{Digest, Sha256};

use super::normalize::is_han;
use super::{normalize, numerals};
use crate::domain::wording::Wording;
use crate::error::{Code, Coded};

/// Counts up whenever the same text gives other terms: part of [`Segmenter::fingerprint`], as is jieba's version.
const VERSION: u32 = 1;
const JIEBA: &str = "jieba-rs 0.11";

/// Words of online shopping, added like the editor's.
const SHOP_WORDS: &str = include_str!("shop_words.txt");

/// The dictionary, some 350,000 words: built once for the process, shared by every segmenter.
static DICTIONARY: LazyLock<Arc<Jieba>> = LazyLock::new(|| Arc::new(Jieba::new()));

/// A word of the editor's dictionary file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditorWord {
    /// The word, as written.
    pub word: String,
    /// Frequency as in jieba's own files; read for their sake and not used, since a word never displaces another.
    pub frequency: Option<usize>,
    /// Part of speech as in jieba's own files; read for their sake and not used.
    pub tag: Option<String>,
}

/// A line of the editor's dictionary that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("dictionary line {line}: {}: {text:?}", problem.en)]
pub struct DictionaryError {
    /// Line of the file, from 1.
    pub line: usize,
    /// The line itself, cut to 80 characters.
    pub text: String,
    /// What is wrong with it.
    pub problem: Wording,
}

impl DictionaryError {
    /// What is wrong and where, without the line itself.
    pub fn told(&self) -> Wording {
        self.problem.at_line(self.line)
    }
}

impl Coded for DictionaryError {
    fn code(&self) -> Code {
        Code::FileFormat
    }
}

/// Reads the editor's dictionary: one word per line as `word [frequency] [tag]`, `#` begins a comment.
///
/// **Errors**: a line with more than three fields, with a frequency that is no number, or with a word without letters or
/// digits or of more than 40 characters; the error names the line.
pub fn parse_dictionary(text: &str) -> Result<Vec<EditorWord>, DictionaryError> {
    let mut words = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let wrong =
            |zh: &str, en: &str| DictionaryError { line: index + 1, text: line.chars().take(80).collect(), problem: Wording::new(zh, en) };
        let content = line.trim_start_matches('\u{feff}').split('#').next().unwrap_or("").trim();
        if content.is_empty() {
            continue;
        }
        let fields: Vec<&str> = content.split_whitespace().collect();
        let (word, frequency, tag) = match fields[..] {
            [word] => (word, None, None),
            [word, second] => match second.parse::<usize>() {
                Ok(frequency) => (word, Some(frequency), None),
                Err(_) => (word, None, Some(second)),
            },
            [word, frequency, tag] => {
                (word, Some(frequency.parse().map_err(|_| wrong("词频不是数字", "the frequency is not a number"))?), Some(tag))
            }
            _ => return Err(wrong("一行最多写一个词、一个词频和一个词性", "expected a word, a frequency and a tag at most")),
        };
        if !word.chars().any(char::is_alphanumeric) {
            return Err(wrong("词里要有字母、汉字或数字", "a word needs a letter or a digit"));
        }
        if word.chars().count() > 40 {
            return Err(wrong("一个词最多 40 个字", "a word has 40 characters at most"));
        }
        words.push(EditorWord { word: word.to_owned(), frequency, tag: tag.map(str::to_owned) });
    }
    Ok(words)
}

/// Cuts folded text into terms. Cheap to clone through an `Arc`; `Send` and `Sync`.
pub struct Segmenter {
    jieba: Arc<Jieba>,
    /// Folded words of shopping and of the editor by first character, longest first.
    added: BTreeMap<char, Vec<String>>,
    fingerprint: String,
}

impl Segmenter {
    /// A segmenter with the editor's words beside the built-in dictionary.
    ///
    /// Cost: 0.3 to 1 s for the first one in a process, microseconds afterwards.
    pub fn new(editor_words: &[EditorWord]) -> Self {
        let shop_words = SHOP_WORDS.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
        let editor_words = editor_words.iter().map(|entry| entry.word.as_str());
        let folded: BTreeSet<String> = shop_words.chain(editor_words).map(normalize::fold).filter(|word| !word.is_empty()).collect();
        let mut hash = Sha256::new();
        hash.update(format!("{JIEBA};terms {VERSION};normalize {}", normalize::VERSION));
        let mut added: BTreeMap<char, Vec<String>> = BTreeMap::new();
        for word in folded {
            hash.update([0]);
            hash.update(&word);
            if let Some(first) = word.chars().next() {
                added.entry(first).or_default().push(word);
            }
        }
        for words in added.values_mut() {
            words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        }
        let fingerprint = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Segmenter { jieba: Arc::clone(&DICTIONARY), added, fingerprint }
    }

    /// Identifies the terms that this segmenter gives: equal fingerprints, equal terms for any text.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The words of folded text in the order of the text, for the word field: Chinese words with the finer words inside them,
    /// Latin words as stems, numbers (七天 gives 7 too), product codes whole and in parts, and the editor's words. Repeats are kept.
    pub fn words(&self, folded: &str) -> Vec<String> {
        let mut terms: Vec<(usize, String)> = Vec::new();
        for run in runs(folded) {
            match run {
                Run::Han(start, text) => {
                    let tokens = self.jieba.cut_for_search(text, false);
                    terms.extend(tokens.into_iter().map(|token| (start + token.byte_start, token.word.to_owned())));
                    terms.extend(numerals::found_in(text).into_iter().map(|(at, _, number)| (start + at, number.to_string())));
                }
                Run::Latin(start, text) => latin_terms(text, |term| terms.push((start, term))),
            }
        }
        self.added_words(folded, &mut terms);
        terms.sort_by_key(|term| term.0);
        terms.into_iter().map(|term| term.1).collect()
    }

    /// The overlapping pairs of Han characters (a run of one gives the character), with the Latin words and numbers of
    /// [`Segmenter::words`], in the order of the text: for the bigram field.
    pub fn bigrams(&self, folded: &str) -> Vec<String> {
        let mut terms = Vec::new();
        for run in runs(folded) {
            match run {
                Run::Han(_, text) => {
                    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
                    match starts.len() {
                        2 => terms.push(text.to_owned()),
                        _ => terms.extend(starts.windows(3).map(|pair| text[pair[0]..pair[2]].to_owned())),
                    }
                }
                Run::Latin(_, text) => latin_terms(text, |term| terms.push(term)),
            }
        }
        terms
    }

    /// The words of folded text in its order, none overlapping another, Latin words as they are written: what a reader would call its
    /// words. Words of shopping and of the editor go before jieba's, the longest at each place.
    pub fn cut(&self, folded: &str) -> Vec<String> {
        let mut words = Vec::new();
        for run in runs(folded) {
            match run {
                Run::Latin(_, text) => words.push(text.to_owned()),
                Run::Han(_, text) => {
                    let mut between = 0;
                    for (at, first) in text.char_indices() {
                        let mut added = self.added.get(&first).into_iter().flatten();
                        if let Some(word) = added.find(|word| at >= between && text[at..].starts_with(word.as_str())) {
                            self.cut_plainly(&text[between..at], &mut words);
                            words.push(word.clone());
                            between = at + word.len();
                        }
                    }
                    self.cut_plainly(&text[between..], &mut words);
                }
            }
        }
        words
    }

    fn cut_plainly(&self, text: &str, words: &mut Vec<String>) {
        words.extend(self.jieba.cut(text, false).into_iter().map(|token| token.word.to_owned()));
    }

    /// Adds the words of shopping and of the editor that jieba did not give at their place already.
    fn added_words(&self, folded: &str, terms: &mut Vec<(usize, String)>) {
        if self.added.is_empty() {
            return;
        }
        let known = terms.len();
        for (at, first) in folded.char_indices() {
            for word in self.added.get(&first).into_iter().flatten() {
                let found = folded[at..].starts_with(word.as_str())
                    && !cuts_latin(folded, at)
                    && !cuts_latin(folded, at + word.len())
                    && !terms[..known].iter().any(|term| term.0 == at && term.1 == *word);
                if found {
                    terms.push((at, word.clone()));
                }
            }
        }
    }
}

/// Whether a cut at `at` would part a Latin word or a number.
fn cuts_latin(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    at > 0 && at < bytes.len() && bytes[at - 1].is_ascii_alphanumeric() && bytes[at].is_ascii_alphanumeric()
}

/// A stretch of text of one script, with its place.
pub enum Run<'a> {
    /// Han characters.
    Han(usize, &'a str),
    /// Letters and digits of any other script, with the connectors between them.
    Latin(usize, &'a str),
}

/// The stretches of a text, in its order; what stands between them is in none.
pub fn runs(text: &str) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut open: Option<(usize, bool)> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|&(_, next)| next);
        let kind = if is_han(c) {
            Some(true)
        } else {
            let connects = matches!(open, Some((_, false))) && is_connector(c) && next.is_some_and(|n| n.is_alphanumeric() && !is_han(n));
            (c.is_alphanumeric() || connects).then_some(false)
        };
        if let Some((start, han)) = open
            && kind != Some(han)
        {
            runs.push(run(start, han, &text[start..at]));
            open = None;
        }
        if open.is_none() {
            open = kind.map(|han| (at, han));
        }
    }
    if let Some((start, han)) = open {
        runs.push(run(start, han, &text[start..]));
    }
    runs
}

fn run(start: usize, han: bool, text: &str) -> Run<'_> {
    if han { Run::Han(start, text) } else { Run::Latin(start, text) }
}

fn is_connector(c: char) -> bool {
    matches!(c, '-' | '.' | '_' | '/' | '\'')
}

/// The terms of a Latin run. `wh-1000xm5` gives `wh1000xm5` (so that it meets the spelling without a dash), `wh`, `1000xm5`,
/// `1000`, `xm`, `5`; `3.5` stays a number; `customer's` is `customer`.
fn latin_terms(run: &str, mut give: impl FnMut(String)) {
    if is_decimal(run) {
        return give(run.to_owned());
    }
    let run = run.strip_suffix("'s").unwrap_or(run);
    let parts: Vec<&str> = run.split(is_connector).filter(|part| !part.is_empty()).collect();
    let has_letter = run.chars().any(char::is_alphabetic);
    if parts.len() > 1 && parts.len() <= 4 && has_letter {
        let joined = parts.concat();
        give(if joined.chars().all(|c| c.is_ascii_alphabetic()) { stem(&joined) } else { joined });
        if run.contains('\'') {
            return;
        }
    }
    for part in parts {
        if part.chars().all(|c| c.is_ascii_alphabetic()) {
            give(stem(part));
            continue;
        }
        give(part.to_owned());
        let pieces = letter_digit_pieces(part);
        if pieces.len() > 1 {
            pieces.into_iter().for_each(|piece| give(stem(piece)));
        }
    }
}

fn is_decimal(run: &str) -> bool {
    run.split_once('.').is_some_and(|(whole, rest)| [whole, rest].iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit())))
}

fn letter_digit_pieces(part: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut last: Option<bool> = None;
    for (at, c) in part.char_indices() {
        let digit = c.is_numeric();
        if last.is_some_and(|last| last != digit) {
            pieces.push(&part[start..at]);
            start = at;
        }
        last = Some(digit);
    }
    pieces.push(&part[start..]);
    pieces
}

/// A conservative English stem: refund, refunds, refunded and refunding meet, and so do charge, charged and charging; words
/// of fewer than four letters stay. Both sides pass here, so a stem need not be a word.
pub fn stem(word: &str) -> String {
    if word.len() < 4 || !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return word.to_owned();
    }
    let has_vowel = |stem: &str| stem.bytes().any(|b| b"aeiouy".contains(&b));
    let mut stem = word.to_owned();
    if let Some(root) = word.strip_suffix("ies").or_else(|| word.strip_suffix("ied")).filter(|root| root.len() >= 2) {
        stem = format!("{root}y");
    } else if let Some(root) = word.strip_suffix("sses").or_else(|| word.strip_suffix("ss")) {
        stem = format!("{root}s");
    } else if let Some(root) =
        word.strip_suffix("es").filter(|root| root.ends_with(['x', 'z']) || root.ends_with("ch") || root.ends_with("sh"))
    {
        stem = root.to_owned();
    } else if word.ends_with('s') && !word.ends_with("us") && !word.ends_with("is") {
        stem.pop();
    } else if let Some(root) = word.strip_suffix("ing").filter(|root| root.len() >= 3 && has_vowel(root)) {
        stem = root.to_owned();
    } else if let Some(root) = word.strip_suffix("ed").filter(|root| root.len() >= 3 && !root.ends_with('e') && has_vowel(root)) {
        stem = root.to_owned();
    }
    // charge and charg(ing), sell and sel(ling): a last e and a doubled last consonant fall on both sides.
    if stem.len() >= 5 && stem.ends_with('e') {
        stem.pop();
    }
    let bytes = stem.as_bytes();
    let doubled = bytes.len() >= 4 && bytes[bytes.len() - 1] == bytes[bytes.len() - 2] && !b"aeiou".contains(&bytes[bytes.len() - 1]);
    if doubled {
        stem.pop();
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        Segmenter::new(&[]).words(&normalize::fold(text))
    }

    #[test]
    fn a_cut_has_each_character_once() {
        let cut = |words: &str, text: &str| editor(words).cut(&normalize::fold(text));
        assert_eq!(cut("", "退货运费谁出，Refunded?"), ["退货", "运费", "谁", "出", "refunded"]);
        assert_eq!(cut("", "iPhone15的订单号"), ["iphone15", "的", "订单号"]);
        assert_eq!(cut("", "青禾会员"), ["青", "禾", "会员"]);
        assert_eq!(cut("青禾", "青禾会员"), ["青禾", "会员"]);
        assert_eq!(cut("青禾 1\n青禾会员", "青禾会员"), ["青禾会员"], "the longest");
        assert!(cut("", "？！").is_empty());
    }

    fn editor(words: &str) -> Segmenter {
        Segmenter::new(&parse_dictionary(words).unwrap())
    }

    #[test]
    fn words_stand_in_text_order_with_finer_words() {
        assert_eq!(words("退货运费谁出"), ["退", "退货", "货运", "货运费", "运费", "谁", "出"]);
        assert_eq!(words("退款"), ["退款"]);
        for finer in ["中华人民共和国", "中华", "人民", "共和国"] {
            assert!(words("中华人民共和国").contains(&finer.to_owned()), "{finer}");
        }
        assert_eq!(words("請問怎麼退貨"), words("请问怎么退货"));
        assert!(words("！？…😀").is_empty());
    }

    #[test]
    fn codes_meet_their_other_spellings() {
        for (text, want) in [
            ("iPhone15", vec!["iphone15", "iphon", "15"]),
            ("WH-1000XM5", vec!["wh1000xm5", "wh", "1000xm5", "1000", "xm", "5"]),
            ("wh1000xm5", vec!["wh1000xm5", "wh", "1000", "xm", "5"]),
            ("3.5mm", vec!["35mm", "3", "5mm", "5", "mm"]),
            ("3.5", vec!["3.5"]),
            ("400-620-8899", vec!["400", "620", "8899"]),
            ("customer's don't", vec!["customer", "dont"]),
        ] {
            assert_eq!(words(text), want, "{text}");
        }
        assert!(words("七十二小时").contains(&"72".to_owned()) && words("七天无理由").contains(&"7".to_owned()));
    }

    #[test]
    fn stems_meet_and_short_words_stay() {
        for family in [
            &["refund", "refunds", "refunded", "refunding"][..],
            &["charge", "charged", "charges", "charging"],
            &["ship", "shipped", "shipping", "ships"],
            &["cancel", "canceled", "cancelled", "cancelling"],
            &["delivery", "deliveries"],
            &["address", "addresses"],
            &["box", "boxes"],
            &["exchange", "exchanges", "exchanged", "exchanging"],
            &["sell", "selling", "sells"],
        ] {
            for word in family {
                assert_eq!(stem(word), stem(family[0]), "{word}");
            }
        }
        for word in ["is", "bus", "need", "this", "gas", "red", "king", "status"] {
            assert_eq!(stem(word), word);
        }
        assert_ne!(stem("ship"), stem("shop"));
    }

    #[test]
    fn bigrams_cover_every_pair() {
        let segmenter = Segmenter::new(&[]);
        assert_eq!(segmenter.bigrams("退款多久"), ["退款", "款多", "多久"]);
        assert_eq!(segmenter.bigrams("退 ok货物"), ["退", "ok", "货物"]);
        assert_eq!(segmenter.bigrams(""), Vec::<String>::new());
    }

    #[test]
    fn the_editors_words_add_and_never_take_away() {
        let text = "能退货吗，花呗分期免息怎么开";
        let plain = Segmenter::new(&[]).words(text);
        let with = editor("# 自家词\n能退 20000 v\n花呗分期\n").words(text);
        assert!(with.contains(&"能退".to_owned()) && with.contains(&"花呗分期".to_owned()), "{with:?}");
        let mut left = with.clone();
        for word in &plain {
            let at = left.iter().position(|w| w == word).unwrap_or_else(|| panic!("{word} was lost"));
            left.remove(at);
        }
        assert_eq!(editor("phone").words("iphone 15"), words("iphone 15"));
    }

    #[test]
    fn the_fingerprint_follows_the_words() {
        let plain = Segmenter::new(&[]);
        assert_eq!(plain.fingerprint(), Segmenter::new(&[]).fingerprint());
        assert_ne!(plain.fingerprint(), editor("青禾优选").fingerprint());
        assert_eq!(editor("青禾\n优选 5").fingerprint(), editor("优选\n青禾 n\n青禾").fingerprint());
    }

    #[test]
    fn a_wrong_line_is_named() {
        let read = parse_dictionary("# c\n退款 100 v\n运费险 n\nplus会员\n").unwrap();
        assert_eq!(read[0], EditorWord { word: "退款".into(), frequency: Some(100), tag: Some("v".into()) });
        assert_eq!(read[1].tag.as_deref(), Some("n"));
        for (text, line) in [("好\n！！！\n", 2), ("a b c d", 1), ("\n\na x n", 3), (&"长".repeat(41), 1)] {
            assert_eq!(parse_dictionary(text).unwrap_err().line, line, "{text}");
        }
    }
}
