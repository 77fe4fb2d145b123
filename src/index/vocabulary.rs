//! The words that articles use, by how they sound and how they are spelt: what a mistyped word is looked up in.

use std::collections::BTreeSet;

use super::snapshot::Map;
use crate::text::normalize::is_han;
use crate::text::pinyin::syllables;

/// Characters of the Chinese words that are kept: longer ones are seldom typed wrong in one place only.
const HAN: std::ops::RangeInclusive<usize> = 2..=4;
/// Letters of the Latin words that are kept.
const LATIN: std::ops::RangeInclusive<usize> = 3..=20;

/// Words with the number of entries that use them. Cheap to clone: clones share what did not change.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    /// Chinese words by their syllables, parted by `'`.
    by_sound: Words,
    /// Chinese words by their syllables run together, as they are typed.
    by_pinyin: Words,
    /// Latin words by themselves and by what is left of them without any one letter.
    by_letters: Words,
}

/// Under each key its words, each with its count.
type Words = Map<String, imbl::OrdMap<String, u32>>;

/// The words of an entry that are kept, each once, out of all that its texts are cut into.
pub(super) fn kept(words: impl IntoIterator<Item = String>) -> Box<[String]> {
    let distinct: BTreeSet<String> = words.into_iter().filter(|word| is_chinese(word) || is_latin(word)).collect();
    distinct.into_iter().collect()
}

fn is_chinese(word: &str) -> bool {
    HAN.contains(&word.chars().count()) && word.chars().all(is_han)
}

fn is_latin(word: &str) -> bool {
    LATIN.contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase())
}

impl Vocabulary {
    /// Counts the words of an entry in (`sign` +1) or out (−1).
    pub(super) fn count(&mut self, words: &[String], sign: i64) {
        for word in words {
            if is_latin(word) {
                for key in with_one_less(word) {
                    count(&mut self.by_letters, key, word, sign);
                }
            } else if let Some(syllables) = syllables(word) {
                count(&mut self.by_sound, syllables.join("'"), word, sign);
                count(&mut self.by_pinyin, syllables.concat(), word, sign);
            }
        }
    }

    /// Chinese words that sound like `han` and have as many characters, with the number of entries that use them.
    pub fn sounding_like(&self, han: &str) -> impl Iterator<Item = (&String, u32)> {
        let key = syllables(han).map(|syllables| syllables.join("'"));
        of(key.and_then(|key| self.by_sound.get(&key)))
    }

    /// Chinese words that are typed `letters`.
    pub fn typed(&self, letters: &str) -> impl Iterator<Item = (&String, u32)> {
        of(self.by_pinyin.get(letters))
    }

    /// Latin words that share all letters but one of either with `letters`, among others: who asks compares.
    pub fn spelt_like(&self, letters: &str) -> impl Iterator<Item = (&String, u32)> {
        with_one_less(letters).into_iter().flat_map(|key| of(self.by_letters.get(&key)))
    }
}

fn of(words: Option<&imbl::OrdMap<String, u32>>) -> impl Iterator<Item = (&String, u32)> {
    words.into_iter().flatten().map(|(word, count)| (word, *count))
}

/// The word, and what is left of it without each of its letters.
fn with_one_less(word: &str) -> BTreeSet<String> {
    let without = (0..word.len()).map(|at| format!("{}{}", &word[..at], &word[at + 1..]));
    without.chain([word.to_owned()]).collect()
}

fn count(words: &mut Words, key: String, word: &str, sign: i64) {
    let under = words.entry(key.clone()).or_default();
    let now = i64::from(under.get(word).copied().unwrap_or(0)) + sign;
    if now > 0 {
        under.insert(word.to_owned(), now as u32);
        return;
    }
    under.remove(word);
    if under.is_empty() {
        words.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_and_go_with_their_entries() {
        let mut vocabulary = Vocabulary::default();
        let words = kept(["退货", "退货", "refund", "7", "的", "wh1000", "运费"].map(str::to_owned));
        assert_eq!(*words, ["refund", "运费", "退货"]);
        vocabulary.count(&words, 1);
        vocabulary.count(&words[2..], 1);
        let found = |words: Vec<(&String, u32)>| words.into_iter().map(|(word, count)| (word.clone(), count)).collect::<Vec<_>>();
        assert_eq!(found(vocabulary.sounding_like("退或").collect()), [("退货".to_owned(), 2)]);
        assert_eq!(found(vocabulary.typed("yunfei").collect()), [("运费".to_owned(), 1)]);
        assert_eq!(vocabulary.spelt_like("refnd").next().unwrap().0, "refund");
        assert_eq!(vocabulary.sounding_like("推").count() + vocabulary.typed("tui").count(), 0);
        vocabulary.count(&words, -1);
        assert_eq!(found(vocabulary.sounding_like("退货").collect()), [("退货".to_owned(), 1)]);
        assert!(vocabulary.spelt_like("refund").next().is_none() && vocabulary.by_letters.is_empty());
    }
}
