//! Which words may be synonyms of each other, by themselves.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::text::normalize::is_han;
use crate::text::segment::stem;

const FUNCTION_WORDS: &str = include_str!("function_words.txt");

static FUNCTION: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| FUNCTION_WORDS.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect());

/// Characters that count or deny: 两件 is no synonym of 多件, 不能 none of 没有.
const COUNTS_OR_DENIES: &str = "一二两三四五六七八九十百千万几每多半第零个不没无别未勿非唔冇";

/// Characters that make an opposite of the same word: 上楼 and 下楼.
const OPPOSITES: [(char, char); 25] = [
    ('上', '下'),
    ('真', '假'),
    ('前', '后'),
    ('买', '卖'),
    ('收', '发'),
    ('进', '出'),
    ('开', '关'),
    ('大', '小'),
    ('男', '女'),
    ('早', '晚'),
    ('新', '旧'),
    ('长', '短'),
    ('高', '低'),
    ('里', '外'),
    ('内', '外'),
    ('左', '右'),
    ('来', '去'),
    ('增', '减'),
    ('加', '减'),
    ('升', '降'),
    ('借', '还'),
    ('收', '给'),
    ('退', '换'),
    ('快', '慢'),
    ('到', '发'),
];

/// Whether a word of a text names something: Chinese of two characters or more, or Latin letters; no function word, number or
/// denial.
pub fn names_something(word: &str) -> bool {
    let chinese = word.chars().all(is_han) && word.chars().count() > 1 && !word.chars().any(|c| COUNTS_OR_DENIES.contains(c));
    let latin = word.len() > 2 && word.bytes().all(|b| b.is_ascii_lowercase());
    (chinese || latin) && !FUNCTION.contains(word)
}

/// Whether two words can be synonyms that a search profits from: of one script, neither within the other, no forms of one word, no
/// opposites.
pub fn may_be_synonyms(a: &str, b: &str) -> bool {
    let within = a.contains(b) || b.contains(a);
    let alike = if a.is_ascii() { forms_of_one(a, b) } else { opposites(a, b) };
    a.is_ascii() == b.is_ascii() && !within && !alike
}

/// activate and activation, paid and paying: the stem meets most such forms already, the encoder the others.
fn forms_of_one(a: &str, b: &str) -> bool {
    let shared = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    stem(a) == stem(b) || (shared >= 3 && 2 * shared + 1 >= a.len().max(b.len()))
}

/// Whether all that two words do not share is a character and its opposite.
fn opposites(a: &str, b: &str) -> bool {
    let apart = |a: &str, b: &str| a.chars().filter(|c| !b.contains(*c)).collect::<Vec<char>>();
    match (&apart(a, b)[..], &apart(b, a)[..]) {
        ([x], [y]) => OPPOSITES.contains(&(*x, *y)) || OPPOSITES.contains(&(*y, *x)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_name_something() {
        for word in ["账号", "退钱", "小朋友", "voucher", "fee"] {
            assert!(names_something(word), "{word}");
        }
        for word in ["号", "两件", "没有", "不能", "为什么", "第三", "the", "please", "ok", "iphone15", "7", "can't", ""] {
            assert!(!names_something(word), "{word}");
        }
    }

    #[test]
    fn forms_and_opposites_are_no_synonyms() {
        for (a, b) in [("账号", "账户"), ("coupon", "voucher"), ("recieved", "received"), ("收件", "取件")] {
            assert!(may_be_synonyms(a, b) && may_be_synonyms(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("上班", "下班"),
            ("收货", "发货"),
            ("真货", "假货"),
            ("楼下", "上楼"),
            ("发票", "电子发票"),
            ("coupon", "优惠券"),
            ("refunds", "refunded"),
            ("activating", "activation"),
        ] {
            assert!(!may_be_synonyms(a, b) && !may_be_synonyms(b, a), "{a} {b}");
        }
    }
}
