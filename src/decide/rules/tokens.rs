//! Numbers with units, product codes, negations and opposites: where question and passage carry different ones, likeness of the words
//! says nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::opposites::{Side, asked_for};
use crate::domain::locale::Locale;
use crate::domain::passage::PassageKind;
use crate::text::normalize::language;
use crate::text::numerals;

/// The tokens of a folded text that decide between look-alikes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpecificTokens {
    /// `(unit, value)` of each number with a unit; the value as written, without idle zeros.
    numbers: BTreeSet<(&'static str, String)>,
    /// `(name, number)` of each product code: `("iphone", "15")`.
    codes: BTreeSet<(String, String)>,
    /// What is negated: 退 of 不能退; `Some(true)` negated, `Some(false)` plainly stated.
    stated: BTreeSet<(String, bool)>,
    /// Sides of pairs of opposites, each with the word that says so.
    opposites: BTreeMap<Side, String>,
}

/// Which kinds of tokens differ between a question and a passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mismatch {
    /// The same unit with other values.
    pub number: bool,
    /// The same product with another number.
    pub code: bool,
    /// One denies what the other states.
    pub negation: bool,
    /// One asks for the opposite of the other.
    pub opposite: bool,
}

impl Mismatch {
    /// Whether any kind differs.
    pub fn any(self) -> bool {
        self.other_value() || self.contrary()
    }

    /// Whether the same thing is said with another number.
    pub fn other_value(self) -> bool {
        self.number || self.code
    }

    /// Whether one says the contrary of the other.
    pub fn contrary(self) -> bool {
        self.negation || self.opposite
    }
}

/// A kind of token that decides between look-alikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A number with a unit.
    Number,
    /// A product code.
    Code,
    /// Something denied or plainly stated.
    Negation,
    /// A word for the opposite of another.
    Opposite,
}

impl TokenKind {
    /// The name in explanations.
    pub const fn name(self) -> &'static str {
        match self {
            TokenKind::Number => "number",
            TokenKind::Code => "code",
            TokenKind::Negation => "negation",
            TokenKind::Opposite => "opposite",
        }
    }
}

/// A token of a question that a passage contradicts, for explanations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// Its kind.
    pub kind: TokenKind,
    /// What the question says: `7天`, `7 days`, `iphone 15`, `关闭`, `不退` (of what is denied only the action is kept).
    pub asked: String,
    /// What the passage says of the same instead, all of it.
    pub found: String,
}

static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(\d+(?:\.\d+)?)\s?(?:个)?(工作日|自然日|小时|分钟|星期|礼拜|周年|钟头|公斤|千克|毫升|厘米|毫米|英寸|天|日|周|年|月|秒|元|块|折|倍|期|次|件|瓦|克|斤|升|米|寸|岁|",
        concat!(
            r"working days?|business days?|days?|hours?|hrs?|minutes?|mins?|weeks?|months?|years?|yuan|rmb|times|items?|kg|g|",
            r"ml|cm|mm|w|gb|g|tb|inch(?:es)?|%)?"
        )
    ))
});

/// A number with commas at its thousands, as English writes it; a list of sizes in Chinese looks the same.
static THOUSANDS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b[1-9]\d{0,2}(?:,\d{3})+\b"));

static MONEY: LazyLock<Regex> = LazyLock::new(|| pattern(r"[¥$￥]\s?(\d+(?:\.\d+)?)"));

/// A name and its number: iphone 15, mate60, a Latin word before digits; Chinese may stand right beside it.
static CODE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?-u:\b)([a-z]{2,12})[\s-]?(\d{1,5})([a-z]{0,3})(?-u:\b)"));

/// What may follow a denial or a leave as the thing denied: one action of a shop.
const ACTIONS: &str = "退款|退货|退换|换货|退|换|修|补|改|取消|开票|开发票|用|叠加|发货|发|寄|送|支持|包邮|赔|保修|包|拆|参加|提现|分期|查|撤销|合并|修改|定制|安装";

static DENIED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?:不能|不可以|不可|不予|不给|不准|不得|无法|没法|不让|不允许|不|未|没|唔可以|唔)(?:再|直接|办理|申请|享受|用于|自行)?({ACTIONS})"
    ))
});

/// What may be done; 支持 says so by itself of whatever follows.
static STATED: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"(?:能|可以|可|支持|允许|能够|会)(?:再|直接|办理|申请|享受|自行)?({ACTIONS})|(支持)")));

static DENIED_EN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(?:can't|cannot|can not|not|don't|doesn't|won't|isn't|aren't|no|never|unable to|without)\s(?:be\s|get\s|a\s|",
        r"an\s|the\s|allowed to\s)*(return|refund|exchange|repair|cancel|change|combine|use|ship|deliver)(?:ed|able|s|ing|",
        r"d|t)?\b"
    ))
});

static STATED_EN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(?:can|may|able to|could|will)\s(?:i\s|you\s|we\s|be\s|get\s|a\s)*(return|refund|exchange|repair|cancel|",
        r"change|combine|use|ship|deliver)(?:ed|able|s|ing|d|t)?\b"
    ))
});

/// 能不能, 要不要, 可不可以, 能退不能退: a question, no denial.
static ALTERNATIVE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "能不能够?|可不可以|可以不可以|要不要|是不是|会不会|行不行|给不给|让不让|有没有|能否|可否|是否|退不退|换不换|修不修|补不补|改不改|包不包|发不发|\
         送不送|赔不赔|用不用|开不开|寄不寄|支不支持|能退不能退|不能不|不得不|差不多|不仅|不但|不管|不论",
    )
});

/// Words in which a code's letters are a unit or a common word, not a product.
const NOT_CODES: [&str; 26] = [
    "no", "order", "top", "page", "step", "the", "to", "for", "in", "of", "at", "on", "by", "from", "than", "is", "within", "under",
    "over", "about", "only", "and", "or", "up", "after", "before",
];

impl SpecificTokens {
    /// Finds them in folded text. Chinese numerals count as digits.
    pub fn of(folded: &str) -> Self {
        SpecificTokens { opposites: asked_for(folded), ..Self::but_opposites(folded) }
    }

    fn but_opposites(folded: &str) -> Self {
        let text = in_digits(folded);
        let mut tokens = SpecificTokens::default();
        for found in NUMBER.captures_iter(&text) {
            // Digits of a code (iphone15) are no quantity.
            let start = found.get(1).map_or(0, |number| number.start());
            let after_letter = text[..start].ends_with(|c: char| c.is_ascii_alphabetic() || c == '.');
            if let Some(unit) = found.get(2).filter(|_| !after_letter).and_then(|unit| unit_of(unit.as_str())) {
                tokens.numbers.insert(in_smaller_unit(unit, plain_number(&found[1])));
            }
        }
        for found in MONEY.captures_iter(&text) {
            tokens.numbers.insert(("元", plain_number(&found[1])));
        }
        for found in CODE.captures_iter(&text) {
            if !NOT_CODES.contains(&&found[1]) {
                tokens.codes.insert((found[1].to_owned(), format!("{}{}", &found[2], &found[3])));
            }
        }
        let plain = ALTERNATIVE.replace_all(&text, "|");
        for denied in DENIED.captures_iter(&plain).chain(DENIED_EN.captures_iter(&plain)) {
            tokens.stated.insert((denied[1].to_owned(), true));
        }
        let without = DENIED.replace_all(&plain, "|");
        let without = DENIED_EN.replace_all(&without, "|");
        for stated in STATED.captures_iter(&without).chain(STATED_EN.captures_iter(&without)) {
            let action = stated.iter().skip(1).flatten().next().map_or("", |action| action.as_str());
            tokens.stated.insert((action.to_owned(), false));
        }
        tokens
    }

    /// Of a passage of an article, whose title also counts where opposites are concerned; both folded. What an article is about its
    /// phrasings tell: an answer tells how to undo what it tells how to do.
    pub fn of_passage(kind: PassageKind, folded: &str, title: &str) -> Self {
        let mut tokens = if kind == PassageKind::Answer { Self::but_opposites(folded) } else { Self::of(folded) };
        if kind != PassageKind::Title {
            for (side, word) in asked_for(title) {
                tokens.opposites.entry(side).or_insert(word);
            }
        }
        tokens
    }

    /// Which tokens of a question a passage contradicts, in the order of kind and name, written in a language; where
    /// [`SpecificTokens::mismatch`] sees none there are none.
    pub fn contradictions(question: &SpecificTokens, passage: &SpecificTokens, locale: Locale) -> Vec<Contradiction> {
        let number = |unit: &&str, value: &String| locale.pick(format!("{value}{unit}"), format!("{value} {}", in_english(unit)));
        let code = |name: &String, digits: &String| format!("{name} {digits}");
        let stated = |action: &String, denied: &bool| match (denied, action.is_ascii()) {
            (false, _) => action.clone(),
            (true, false) => format!("不{action}"),
            (true, true) => format!("not {action}"),
        };
        let mut all = pairs(TokenKind::Number, &question.numbers, &passage.numbers, number);
        all.extend(pairs(TokenKind::Code, &question.codes, &passage.codes, code));
        all.extend(pairs(TokenKind::Negation, &question.stated, &passage.stated, stated));
        all.extend(question.reversed_by(passage).map(|(asked, found)| {
            let (asked, found) = (asked.clone(), found.clone());
            Contradiction { kind: TokenKind::Opposite, asked, found }
        }));
        all
    }

    /// Where a passage contradicts a question. A token that the passage lacks altogether is no mismatch unless the passage
    /// carries another value of the same kind (unit, product, action) instead.
    pub fn mismatch(question: &SpecificTokens, passage: &SpecificTokens) -> Mismatch {
        Mismatch {
            number: contradicts(&question.numbers, &passage.numbers),
            code: contradicts(&question.codes, &passage.codes),
            negation: contradicts(&question.stated, &passage.stated),
            opposite: question.reversed_by(passage).next().is_some(),
        }
    }

    /// Words of the question of which a passage has only the opposite, each with that. Where the question has both sides either will do.
    fn reversed_by<'a>(&'a self, passage: &'a SpecificTokens) -> impl Iterator<Item = (&'a String, &'a String)> {
        self.opposites.iter().filter_map(|((pair, side), word)| {
            let both = self.opposites.contains_key(&(*pair, !side)) || passage.opposites.contains_key(&(*pair, *side));
            passage.opposites.get(&(*pair, !side)).filter(|_| !both).map(|found| (word, found))
        })
    }
}

/// The contradicted tokens of one kind, as they are written.
fn pairs<K: Ord, V: Ord>(
    kind: TokenKind,
    question: &BTreeSet<(K, V)>,
    passage: &BTreeSet<(K, V)>,
    written: impl Fn(&K, &V) -> String,
) -> Vec<Contradiction> {
    let contradicted = question.iter().filter(|(key, _)| {
        let mut same_key = passage.iter().filter(|(other, _)| other == key).peekable();
        same_key.peek().is_some() && !same_key.any(|token| question.contains(token))
    });
    contradicted
        .map(|(key, value)| {
            let found: Vec<String> = passage.iter().filter(|(other, _)| other == key).map(|(k, v)| written(k, v)).collect();
            Contradiction { kind, asked: written(key, value), found: found.join(" / ") }
        })
        .collect()
}

/// Whether some kind of the question has only other values in the passage.
fn contradicts<K: Ord, V: Ord>(question: &BTreeSet<(K, V)>, passage: &BTreeSet<(K, V)>) -> bool {
    question.iter().any(|(kind, _)| {
        let same_kind = || passage.iter().filter(|(other, _)| other == kind);
        same_kind().next().is_some() && !same_kind().any(|token| question.contains(token))
    })
}

/// One name per unit, whatever the language.
fn unit_of(unit: &str) -> Option<&'static str> {
    Some(match unit {
        "天" | "日" | "自然日" | "day" | "days" => "天",
        "工作日" | "working day" | "working days" | "business day" | "business days" => "工作日",
        "小时" | "钟头" | "hour" | "hours" | "hr" | "hrs" => "小时",
        "分钟" | "minute" | "minutes" | "min" | "mins" => "分钟",
        "秒" => "秒",
        "周" | "星期" | "礼拜" | "week" | "weeks" => "周",
        // 三周年 is no length of time that anything takes.
        "周年" => return None,
        "月" | "month" | "months" => "月",
        "年" | "year" | "years" => "年",
        "元" | "块" | "yuan" | "rmb" => "元",
        "折" => "折",
        "倍" => "倍",
        "期" => "期",
        "次" | "times" => "次",
        "件" | "item" | "items" => "件",
        "瓦" | "w" => "瓦",
        "公斤" | "千克" | "kg" => "公斤",
        "斤" => "斤",
        "克" => "克",
        "升" => "升",
        "毫升" | "ml" => "毫升",
        "米" => "米",
        "厘米" | "cm" => "厘米",
        "毫米" | "mm" => "毫米",
        "寸" | "英寸" | "inch" | "inches" => "寸",
        "g" | "gb" => "gb",
        "tb" => "tb",
        "岁" => "岁",
        "%" => "%",
        _ => return None,
    })
}

/// Weeks as days and years as months, which people take for each other.
fn in_smaller_unit(unit: &'static str, value: String) -> (&'static str, String) {
    let times = |factor: f64| value.parse::<f64>().map_or_else(|_| value.clone(), |number| (number * factor).to_string());
    match unit {
        "周" => ("天", times(7.0)),
        "年" => ("月", times(12.0)),
        _ => (unit, value),
    }
}

/// The English name of a unit that [`unit_of`] gives; one that needs none is its own.
fn in_english(unit: &str) -> &str {
    match unit {
        "天" => "days",
        "工作日" => "business days",
        "小时" => "hours",
        "分钟" => "minutes",
        "秒" => "seconds",
        "月" => "months",
        "元" => "yuan",
        "折" => "tenths of the price",
        "倍" => "times as much",
        "期" => "instalments",
        "次" => "times",
        "件" => "items",
        "瓦" => "W",
        "公斤" => "kg",
        "斤" => "half-kilos",
        "克" => "g",
        "升" => "l",
        "毫升" => "ml",
        "米" => "m",
        "厘米" => "cm",
        "毫米" => "mm",
        "寸" => "inches",
        "岁" => "years old",
        other => other,
    }
}

/// `7`, `7.0` and `007` are one.
fn plain_number(digits: &str) -> String {
    let digits = if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
    let whole = digits.trim_start_matches('0');
    if whole.is_empty() || whole.starts_with('.') { format!("0{whole}") } else { whole.to_owned() }
}

/// Half a month and half a year, but not one and a half.
static HALF: LazyLock<Regex> = LazyLock::new(|| pattern("(^|[^个年上下前后])半(?:个(月)|(月|年))"));

/// A number in English words before what it counts.
static ENGLISH_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    let small = format!("({})", UP_TO_NINETEEN.join("|"));
    let (tens, digit) = (format!("({})", TENS.join("|")), format!("({})", UP_TO_NINETEEN[..9].join("|")));
    let counted = "working|business|days?|hours?|hrs?|minutes?|mins?|weeks?|months?|years?|yuan|times|items?";
    pattern(&format!(r"(?-u:\b)(?:{small}|{tens}(?:[\s-]{digit})?)\s({counted})(?-u:\b)"))
});

const UP_TO_NINETEEN: [&str; 19] = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// The text with its numerals, Chinese and English, written in digits.
fn in_digits(folded: &str) -> String {
    let written = if language(folded) == Locale::En { THOUSANDS.replace_all(folded, without_commas) } else { folded.into() };
    let half = HALF.replace_all(&written, |found: &regex::Captures<'_>| {
        let months = if found.get(3).is_some_and(|unit| unit.as_str() == "年") { "6个月" } else { "15天" };
        format!("{}{months}", &found[1])
    });
    let place = |list: &[&str], word: Option<regex::Match<'_>>| word.and_then(|word| list.iter().position(|w| *w == word.as_str()));
    let folded = ENGLISH_NUMBER.replace_all(&half, |found: &regex::Captures<'_>| {
        let small = place(&UP_TO_NINETEEN, found.get(1)).or(place(&UP_TO_NINETEEN, found.get(3))).map_or(0, |at| at + 1);
        let tens = place(&TENS, found.get(2)).map_or(0, |at| (at + 2) * 10);
        format!("{} {}", tens + small, &found[4])
    });
    let folded = &*folded;
    let mut text = String::with_capacity(folded.len());
    let mut from = 0;
    for (start, end, value) in numerals::found_in(folded) {
        text.push_str(&folded[from..start]);
        text.push_str(&value.to_string());
        from = end;
    }
    text.push_str(&folded[from..]);
    text
}

fn without_commas(found: &regex::Captures<'_>) -> String {
    found[0].replace(',', "")
}

pub(super) fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("the patterns of the rules are fixed and tested")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normalize::{fold, language};

    fn mismatch(question: &str, passage: &str) -> (bool, bool, bool) {
        let found = SpecificTokens::mismatch(&SpecificTokens::of(&fold(question)), &SpecificTokens::of(&fold(passage)));
        let named = contradictions(question, passage);
        let has = |kind| named.iter().any(|(k, _, _)| *k == kind);
        let kinds = [TokenKind::Number, TokenKind::Code, TokenKind::Negation, TokenKind::Opposite];
        assert_eq!(kinds.map(has), [found.number, found.code, found.negation, found.opposite], "{question} / {passage}");
        assert_eq!(found.any(), !named.is_empty());
        (found.number, found.code, found.negation)
    }

    fn contradictions(question: &str, passage: &str) -> Vec<(TokenKind, String, String)> {
        let locale = language(question);
        let (question, passage) = (SpecificTokens::of(&fold(question)), SpecificTokens::of(&fold(passage)));
        SpecificTokens::contradictions(&question, &passage, locale).into_iter().map(|c| (c.kind, c.asked, c.found)).collect()
    }

    #[test]
    fn contradictions_are_named() {
        for (question, passage, want) in [
            ("７天内能退吗", "15天或三十天内可换", vec![(TokenKind::Number, "7天", "15天 / 30天")]),
            ("iPhone 15 Pro 保修", "iphone14 保修一年", vec![(TokenKind::Code, "iphone 15", "iphone 14")]),
            ("打折商品能退吗", "特价商品不能退", vec![(TokenKind::Negation, "退", "不退")]),
            (
                "mate60 买了7天不能退吗",
                "mate 40 15天可以退",
                vec![(TokenKind::Number, "7天", "15天"), (TokenKind::Code, "mate 60", "mate 40"), (TokenKind::Negation, "不退", "退")],
            ),
            ("怎么退货", "运费多少", vec![]),
            ("within 7 days", "15天内可换", vec![(TokenKind::Number, "7 days", "15 days")]),
            ("I can't return it", "you can return it", vec![(TokenKind::Negation, "not return", "return")]),
            ("怎么取消自动续费", "自动续费怎么开通", vec![(TokenKind::Opposite, "取消", "开通")]),
            ("how to turn off auto-renewal", "怎么开通自动续费", vec![(TokenKind::Opposite, "turn off", "开通")]),
        ] {
            let want: Vec<_> = want.into_iter().map(|(kind, asked, found)| (kind, asked.to_owned(), found.to_owned())).collect();
            assert_eq!(contradictions(question, passage), want, "{question} / {passage}");
        }
    }

    #[test]
    fn contradictions_are_found() {
        for (question, passage, want) in [
            ("7天内能退吗", "15天内可换", (true, false, false)),
            ("七天无理由", "7天无理由退货", (false, false, false)),
            ("15天能退吗", "支持七天无理由，15天可换货", (false, false, false)),
            ("iPhone 15 保修", "iphone14 保修一年", (false, true, false)),
            ("iPhone15 保修", "iPhone 15 保修一年", (false, false, false)),
            ("mate60 有货吗", "iphone 14 有货", (false, false, false)),
            ("打折商品能退吗", "特价商品不能退", (false, false, true)),
            ("为什么不能退", "可以退货吗，怎么退", (false, false, false)),
            ("不能退款吗", "可以退款", (false, false, true)),
            ("能不能退", "能退", (false, false, false)),
            ("能不能退", "不能退", (false, false, false)),
            ("要不要开发票", "不开发票", (false, false, false)),
            ("100元券", "满200元可用", (true, false, false)),
            ("¥100 coupon", "100 元券", (false, false, false)),
            ("7 days return", "within 15 days", (true, false, false)),
            ("24小时内发货吗", "退款 24 小时内审核", (false, false, false)),
            ("can I return it", "you cannot return food", (false, false, true)),
            ("怎么退货", "运费多少", (false, false, false)),
            ("７２小时", "七十二小时", (false, false, false)),
            ("iPhone14电池保修多久", "iPhone15电池保修多久", (false, true, false)),
            ("我的iPhone14怎么保修", "iPhone 15 怎么保修", (false, true, false)),
            ("华为Mate50怎么贴膜", "华为Mate60怎么贴膜", (false, true, false)),
            ("iPhone15电池保修多久", "iPhone 15 电池怎么保修", (false, false, false)),
            ("Can I return within sixty days?", "Can I return within 30 days?", (true, false, false)),
            ("thirty-five days", "35天", (false, false, false)),
            ("is it free over 1,500 yuan", "free over 1500 yuan", (false, false, false)),
            ("cash on delivery for 12,500 yuan", "cash on delivery up to 500 yuan", (true, false, false)),
            ("100,110,120尺码有吗 500元", "120,500元", (false, false, false)),
            ("is it one of them, and where are the two", "7 days", (false, false, false)),
            ("半个月无理由退货怎么办理", "7天无理由退货怎么办理", (true, false, false)),
            ("两周内能退吗", "14天内可退", (false, false, false)),
            ("两周内能退吗", "7天内可退", (true, false, false)),
            ("保修半年吗", "保修六个月", (false, false, false)),
            ("保修一年半吗", "保修六个月", (true, false, false)),
            ("保修12个月", "保修一年", (false, false, false)),
            ("三周年活动", "7天无理由", (false, false, false)),
            ("哪些商品不支持货到付款", "哪些商品支持货到付款", (false, false, true)),
            ("支不支持货到付款", "不支持货到付款", (false, false, false)),
        ] {
            assert_eq!(mismatch(question, passage), want, "{question} / {passage}");
        }
    }

    #[test]
    fn opposites_are_told_apart() {
        let reversed = |question: &str, passage: &str, title: &str, kind| {
            let passage = SpecificTokens::of_passage(kind, &fold(passage), &fold(title));
            SpecificTokens::mismatch(&SpecificTokens::of(&fold(question)), &passage).opposite
        };
        use PassageKind::{Answer, Title, Variant};
        for (question, passage, title, kind, want) in [
            ("花呗怎么关闭", "花呗怎么开通", "花呗怎么开通", Title, true),
            ("充值要手续费吗", "提现收手续费吗", "提现收手续费吗", Title, true),
            ("还没付款能改地址吗", "付款之后还能换地址吗", "付款后怎么改地址", Variant, true),
            // The title covers both, or the question names both.
            ("怎么开通自动续费", "自动续费在哪里关掉", "自动续费怎么开通、怎么关闭", Variant, false),
            ("注销了还能重新开通吗，怎么注销", "怎么开通", "怎么开通", Title, false),
            // An answer tells how to undo what it is about.
            ("怎么开通自动续费", "不需要时在同一页关闭", "自动续费说明", Answer, false),
            ("怎么开通自动续费", "不需要时在同一页关闭", "自动续费怎么关", Answer, false),
            ("怎么开通自动续费", "在我的页面操作", "怎么关闭自动续费", Answer, true),
            ("开通了会员想退款", "会员怎么取消", "会员怎么取消", Title, false),
            ("怎么开通", "运费多少", "运费多少", Title, false),
        ] {
            assert_eq!(reversed(question, passage, title, kind), want, "{question} / {passage}");
        }
    }
}
