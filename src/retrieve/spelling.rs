//! Mistyped words of a question, by the words that articles use: 发飘 for 发票, yunfei for 运费, “copuon” for “coupon”.
//!
//! People type Chinese by sound and pick the wrong character, or none; a word then falls apart into characters that no article has
//! together. Only what no article uses is changed, only into a word that articles do use, and only where sound or letters leave little
//! doubt: customers also ask of things that the shop has never heard of.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::LazyLock;

use crate::index::snapshot::Snapshot;
use crate::index::terms::{Field, TermId};
use crate::text::normalize::is_han;
use crate::text::segment::{Run, runs, stem};

/// English words that are no slips of others: those of the project's own authored text (`models/train/words.py`).
static ENGLISH: LazyLock<HashSet<&'static str>> = LazyLock::new(|| include_str!("words.txt").lines().collect());

/// Characters that stand by themselves in any sentence: a word did not fall apart into these.
const BY_THEMSELVES: &str = "的了是在不我你您他她它们这那哪有没无想要会能可就都也还又再才只把被给让跟和与或对从去来上下里外前后个些件点几多少人家着得地过么吗\
                             呢啊吧呀嘛哦很太更最好吃看打用找谁啥一二两三四五六七八九十";

/// Letters from which a run of letters may be a Chinese word typed by its sound.
const PINYIN: usize = 4;
/// Letters of words whose neighbours may be swapped, that may lack or double a letter, and that may have a wrong one: names that are short are
/// near to too much.
const SWAPPED: usize = 4;
const ONE_MORE: usize = 6;
const ONE_WRONG: usize = 7;
/// Characters of a mistyped Chinese word.
const HAN_MAX: usize = 4;

/// A folded question with its mistyped words put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corrected {
    /// The text.
    pub text: String,
    /// What was put right: as it was, as it is.
    pub words: Vec<(String, String)>,
}

/// Puts mistyped words right. What is right already comes back as it is.
///
/// **Cost**: some lookups a word; microseconds.
pub fn corrected(folded: &str, snapshot: &Snapshot) -> Corrected {
    let runs = runs(folded);
    let mut words = runs.iter().filter_map(|run| word(folded, run));
    // Among Chinese any word may be typed by its sound; a text in letters alone is either all so or English.
    let by_sound = folded.chars().any(is_han) || words.all(|word| is_known(word, snapshot) || typed_by_sound(word, snapshot).is_some());
    let mut corrected = Corrected { text: String::with_capacity(folded.len()), words: Vec::new() };
    let mut done = 0;
    for run in &runs {
        let (Run::Han(at, text) | Run::Latin(at, text)) = *run;
        corrected.text.push_str(&folded[done..at]);
        done = at + text.len();
        match run {
            Run::Han(..) => han_run(text, snapshot, &mut corrected),
            Run::Latin(..) => {
                let unknown = word(folded, run).filter(|word| !is_known(word, snapshot));
                corrected.put(text, unknown.and_then(|word| latin_word(word, by_sound, snapshot)));
            }
        }
    }
    corrected.text.push_str(&folded[done..]);
    corrected
}

impl Corrected {
    fn put(&mut self, word: &str, right: Option<String>) {
        let Some(right) = right else { return self.text.push_str(word) };
        self.text.push_str(&right);
        self.words.push((word.to_owned(), right));
    }
}

/// A run of lower-case letters alone, no part of an address or of anything else that signs hold together. A product code (iphone15,
/// wh-1000xm5) is no word either.
fn word<'a>(folded: &str, run: &Run<'a>) -> Option<&'a str> {
    let Run::Latin(at, text) = *run else { return None };
    let held = folded[..at].ends_with(['-', '\'', '_', '.', '/', '@']) || folded[at + text.len()..].starts_with('@');
    (!held && text.bytes().all(|b| b.is_ascii_lowercase())).then_some(text)
}

fn is_known(word: &str, snapshot: &Snapshot) -> bool {
    ENGLISH.contains(word) || snapshot.stats().document_frequency(TermId::of(Field::Word, &stem(word))) > 0
}

fn latin_word(word: &str, by_sound: bool, snapshot: &Snapshot) -> Option<String> {
    typed_by_sound(word, snapshot).filter(|_| by_sound).or_else(|| {
        let near = snapshot.vocabulary().spelt_like(word).filter(|(right, _)| one_slip(word, right));
        most_used(near)
    })
}

fn typed_by_sound(word: &str, snapshot: &Snapshot) -> Option<String> {
    most_used(snapshot.vocabulary().typed(word)).filter(|_| word.len() >= PINYIN)
}

/// The word that most entries use; of equals the first by its characters.
fn most_used<'a>(words: impl Iterator<Item = (&'a String, u32)>) -> Option<String> {
    words.max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0))).map(|(word, _)| word.clone())
}

/// Whether one slip of the fingers makes `word` of `right`: two neighbours swapped or, between the first letter and the last, one left out,
/// one too many or a wrong one.
fn one_slip(word: &str, right: &str) -> bool {
    let (a, b) = (word.as_bytes(), right.as_bytes());
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let ends = a.first() == b.first() && a.last() == b.last();
    match a.len().cmp(&b.len()) {
        Ordering::Equal if same == a.len() => false,
        Ordering::Equal => {
            let swapped = same + 1 < a.len() && a[same] == b[same + 1] && a[same + 1] == b[same] && a[same + 2..] == b[same + 2..];
            (swapped && a.len() >= SWAPPED) || (ends && a.len() >= ONE_WRONG && a[same + 1..] == b[same + 1..])
        }
        Ordering::Less => ends && b.len() >= ONE_MORE && b.len() - a.len() == 1 && a[same..] == b[same + 1..],
        Ordering::Greater => ends && b.len() >= ONE_MORE && a.len() - b.len() == 1 && a[same + 1..] == b[same..],
    }
}

/// Chinese falls apart where a word is mistyped: from words of one character, with or without their neighbours, the longest stretch that
/// sounds like a word of the articles and shares a character with it.
fn han_run(run: &str, snapshot: &Snapshot, corrected: &mut Corrected) {
    let words = snapshot.segmenter().cut(run);
    let mut at = 0;
    while at < words.len() {
        // No word is shorter than a character: what is longer than that cannot be a stretch.
        let furthest = words.len().min(at + HAN_MAX);
        let found = (at + 1..=furthest).rev().find_map(|end| {
            let stretch = &words[at..end];
            let text = stretch.concat();
            let characters = text.chars().count();
            let alone = |word: &&String| word.chars().count() == 1;
            let falls_apart = stretch.len() > 1
                && stretch.iter().any(|word| alone(&word))
                && !stretch.iter().filter(alone).any(|word| BY_THEMSELVES.contains(word.as_str()));
            if characters > HAN_MAX || !falls_apart || is_written(&text, snapshot) {
                return None;
            }
            let like = snapshot.vocabulary().sounding_like(&text).filter(|(word, _)| shares(&text, word));
            most_used(like).map(|right| (text.clone(), right, end))
        });
        match found {
            Some((text, right, end)) => {
                corrected.put(&text, Some(right));
                at = end;
            }
            None => {
                corrected.text.push_str(&words[at]);
                at += 1;
            }
        }
    }
}

/// Whether articles have each two characters of a stretch beside each other somewhere: then it is their wording, not a slip.
fn is_written(text: &str, snapshot: &Snapshot) -> bool {
    let characters: Vec<char> = text.chars().collect();
    characters.windows(2).all(|pair| {
        let pair: String = pair.iter().collect();
        snapshot.stats().document_frequency(TermId::of(Field::Bigram, &pair)) > 0
    })
}

fn shares(a: &str, b: &str) -> bool {
    a != b && a.chars().zip(b.chars()).any(|(x, y)| x == y)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::article::Article;
    use crate::domain::ids::KbRevision;
    use crate::domain::locale::Locale;
    use crate::index::entry::{Entry, passages};
    use crate::index::writer::{Edit, IndexWriter};
    use crate::text::segment::Segmenter;

    fn snapshot() -> Arc<Snapshot> {
        let segmenter = Arc::new(Segmenter::new(&[]));
        let article = |id: &str, locale, title: &str, answer: &str| {
            let article = Article::new(id.parse().unwrap(), locale, title, answer);
            let list = passages(&article);
            let vectors = list.iter().map(|_| None).collect();
            Edit::Put(Arc::new(Entry::new(Arc::new(article), 1, list, vectors, &segmenter).unwrap()))
        };
        let edits = [
            article("invoice", Locale::ZhCn, "怎么开发票", "在订单页申请发票，运费不开票。"),
            article("freight", Locale::ZhCn, "退货运费谁出", "退货运费由买家承担，质量问题除外。优惠券不能抵。"),
            article(
                "coupon",
                Locale::En,
                "How do I use a coupon?",
                "Choose the coupon at checkout. Points and coupons cannot be combined.",
            ),
        ];
        IndexWriter::in_memory(segmenter.clone()).unwrap().apply(&edits, KbRevision(1)).unwrap()
    }

    #[test]
    fn slips_are_put_right() {
        let snapshot = snapshot();
        for (text, want) in [
            ("发漂怎么开", "发票怎么开"),
            ("运肥多少", "运费多少"),
            ("优慧券怎么用", "优惠券怎么用"),
            ("tuihuo运废谁出呀", "退货运费谁出呀"),
            ("yunfei 多少", "运费 多少"),
            ("tuihuo yunfei", "退货 运费"),
            ("how do i use a copuon", "how do i use a coupon"),
            ("my cupon, please", "my coupon, please"),
            ("坏了能tuihuo吗", "坏了能退货吗"),
            ("do ponts expire at chekout?", "do points expire at checkout?"),
        ] {
            assert_eq!(corrected(text, &snapshot).text, want);
        }
        let found = corrected("运肥 copuon", &snapshot);
        assert_eq!(found.words, [("运肥".to_owned(), "运费".to_owned()), ("copuon".to_owned(), "coupon".to_owned())]);
        let again = corrected(&found.text, &snapshot);
        assert!(again.words.is_empty() && again.text == found.text);
    }

    #[test]
    fn what_the_shop_never_heard_of_stays() {
        let snapshot = snapshot();
        for text in [
            "比特币能付款吗",
            "do you like dance music",
            "iphone15 copuon2",
            "我想 dance",
            "wh-1000xm5",
            "he couples chance, fred's point",
            "出了票就发",
            "退货运费",
            "e.g. it's",
            "🎫",
            "",
        ] {
            let found = corrected(text, &snapshot);
            assert!(found.words.is_empty() && found.text == text, "{found:?}");
        }
    }

    #[test]
    fn a_long_message_without_a_break_takes_no_longer_than_its_length() {
        let snapshot = snapshot();
        let begun = std::time::Instant::now();
        let endless = "退".repeat(5_000);
        assert_eq!(corrected(&endless, &snapshot).text, endless);
        // With every stretch to the end of the message it took a quarter of an hour; one of the length of a word takes some milliseconds.
        assert!(begun.elapsed().as_secs() < 60);
    }
}
