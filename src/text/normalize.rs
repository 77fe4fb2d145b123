//! One spelling for texts that mean the same: cleaned for showing, folded for searching, reduced to a key for comparing.

use std::sync::LazyLock;

use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;
use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use crate::domain::locale::Locale;

/// Counts up whenever [`fold`] gives another result for any text: part of the index fingerprint.
pub const VERSION: u32 = 2;

/// Share of Han letters from which a text counts as Chinese: product names bring many Latin letters into Chinese questions.
const HAN_SHARE: f64 = 0.2;

/// Traditional to simplified. Building it takes a few milliseconds, once.
static TO_SIMPLIFIED: LazyLock<OpenCC> =
    LazyLock::new(|| OpenCC::from_config(BuiltinConfig::T2s).expect("the built-in conversion tables are part of the program"));

/// Cleaned for storing and showing: NFC, without byte-order marks, zero-width characters, bidi controls and other control
/// characters but newline and tab (a joiner inside an emoji stays), every kind of newline as `\n`, no-break spaces as plain
/// ones, trimmed. Idempotent.
pub fn clean(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut last = '\0';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let c = match c {
            '\r' if chars.peek() == Some(&'\n') => continue,
            '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
            '\u{a0}' | '\u{2007}' | '\u{202f}' => ' ',
            '\u{200d}' if is_emoji_part(last) && chars.peek().copied().is_some_and(is_emoji_part) => c,
            // Flags of regions are spelled with tag characters behind a black flag; anywhere else they only hide text.
            '\u{e0020}'..='\u{e007f}' if last == '\u{1f3f4}' || ('\u{e0020}'..'\u{e007f}').contains(&last) => c,
            '\n' | '\t' => c,
            c if c.is_control() || is_invisible(c) => continue,
            c => c,
        };
        kept.push(c);
        last = c;
    }
    let composed = if unicode_normalization::is_nfc(&kept) { kept } else { kept.nfc().collect() };
    composed.trim().to_owned()
}

/// Folded for searching and embedding: [`clean`], then NFKC (full-width to half-width, ① to 1), traditional to simplified,
/// lower case, one dash, one pair of quotes, one space for a run of white space and none between Han characters, runs of the
/// same punctuation mark as one mark, runs of an interjection (哈哈哈哈) as two. Emoji stay. Idempotent.
///
/// Cost: about 5 µs for a customer's message.
pub fn fold(text: &str) -> String {
    let mut folded = fold_once(text);
    // One step may enable another (a converted character that has a compatibility form); two passes are the rule, and a
    // bound keeps a freak of the conversion tables from looping.
    for _ in 0..3 {
        let again = fold_once(&folded);
        if again == folded {
            break;
        }
        folded = again;
    }
    folded
}

fn fold_once(text: &str) -> String {
    let mut text: String = clean(text).nfkc().filter(|c| !matches!(c, '\u{fe0e}' | '\u{fe0f}' | '\u{20e3}')).collect();
    if text.chars().any(is_han) {
        text = TO_SIMPLIFIED.convert(&text);
    }
    let mut folded = String::with_capacity(text.len());
    let mut last = '\0';
    let mut run = 0;
    let mut space = false;
    for c in text.chars().flat_map(char::to_lowercase).map(unify) {
        if c.is_whitespace() {
            space = true;
            continue;
        }
        if space {
            space = false;
            let within_han = is_han(last) && is_han(c);
            if !folded.is_empty() && !within_han {
                folded.push(' ');
                last = ' ';
            }
        }
        run = if c == last { run + 1 } else { 1 };
        last = c;
        let most = if is_mark(c) {
            1
        } else if is_interjection(c) {
            2
        } else {
            usize::MAX
        };
        if run <= most {
            folded.push(c);
        }
    }
    folded
}

/// Folded text without the punctuation at its end: “发票怎么开？” and “发票怎么开” are one question to the encoder too.
pub fn bare(folded: &str) -> &str {
    let bare = folded.trim_end_matches(|c: char| {
        c.is_whitespace() || matches!(c, '?' | '？' | '!' | '！' | '.' | '。' | '~' | '…' | ',' | '，' | ';' | '；')
    });
    if bare.is_empty() { folded } else { bare }
}

/// Key under which two phrasings are the same question: the letters and digits of the folded text; the folded text itself
/// when it has none.
pub fn phrasing_key(text: &str) -> String {
    let folded = fold(text);
    let key: String = folded.chars().filter(|c| c.is_alphanumeric()).collect();
    if key.is_empty() { folded } else { key }
}

/// What may stand before and after a question without changing it.
static COURTESIES: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    let regex = |pattern| Regex::new(pattern).expect("fixed and tested");
    [
        regex(
            "^(?:(?:请问一下|请问下|请问|[你您]们?好[啊呀]?|亲|麻烦问一下|麻烦问下|我?想问一下|我?想问下|我?想问问|问一下|问下|请教一下|请教下|请教|\
             (?:早上|上午|中午|下午|晚上|傍晚)好|早安|晚安|哈喽|哈啰|嗨|(?:非常|十分)?感谢[你您]?|(?:多谢|谢谢)[你您]?|辛苦[你您]?了|麻烦[你您]?了|打扰一?下|不好意思|顺便问一?下|再问一?下|对了|\
             (?:好的|好|嗯+|哦+|早|喂|在吗|在么|那|另外|还有|打扰了|有个问题|有人吗)[\\s,.。!?:~]|\
             (?:hi|hello|hey|please|pls|excuse me|good (?:morning|afternoon|evening|day)|morning|thank you(?: so much| very much)?|thanks(?: a lot| so much)?|thx|\
             sorry to bother you|sorry|by the way|btw|quick question|one (?:more )?question)\\b|\
             (?:ok|okay|great|oh|so|and|also|well)[\\s]*[,.!:~])[\\s,.。!?:~]*)+",
        ),
        regex(
            "(?:[\\s,.。!?~]*(?:呢|啊|呀|哦|嘛|吧|哈|吗|啦|(?:多谢|谢谢|感谢)[你您]?啦?|谢了|麻烦[你您]?了|辛苦[你您]?了|\
             \\b(?:please|pls|thanks(?: a lot| so much| in advance)?|thank you(?: so much| very much)?|thx|ty|cheers)))+[\\s,.。!?~]*$",
        ),
    ]
});

/// The same without courtesies and without particles that ask nothing: 退货运费谁出 and “请问退货的运费谁出呢？” have one. What is nothing
/// else has its [`phrasing_key`].
pub fn plain_key(text: &str) -> String {
    let folded = fold(text);
    let bare = COURTESIES.iter().fold(folded.clone(), |text, courtesy| courtesy.replace(&text, "").into_owned());
    let key: String = bare.chars().filter(|c| c.is_alphanumeric() && *c != '的').collect();
    if key.is_empty() { phrasing_key(&folded) } else { key }
}

/// The language of a text by its letters: Chinese from a fifth of Han characters on, and where there are no letters at all.
pub fn language(text: &str) -> Locale {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let han = text.chars().filter(|&c| is_han(c)).count();
    if letters == 0 || han as f64 >= HAN_SHARE * letters as f64 { Locale::ZhCn } else { Locale::En }
}

/// Whether a character is Han, the iteration mark and 〇 included.
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{323af}' | '\u{f900}'..='\u{faff}'
        | '\u{3005}' | '\u{3007}')
}

/// Whether a character is drawn as a picture, roughly: the blocks of pictographs, symbols and dingbats.
pub fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{2190}'..='\u{21ff}'
        | '\u{2300}'..='\u{23ff}')
}

fn is_emoji_part(c: char) -> bool {
    is_emoji(c) || c == '\u{fe0f}'
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// One character for the many that look and mean the same.
fn unify(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2e3a}' | '\u{2e3b}' | '\u{fe58}' | '\u{30fc}' => '-',
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{00b4}' | '`' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{00ab}' | '\u{00bb}' | '「' | '」' | '『' | '』' => '"',
        '\u{301c}' | '\u{223c}' => '~',
        '\u{b7}' | '\u{2022}' | '\u{30fb}' => '·',
        c => c,
    }
}

/// Marks of which a run says no more than one does. Brackets and quotes come in pairs and signs carry meaning: they stay.
fn is_mark(c: char) -> bool {
    matches!(c, '!' | '?' | '.' | ',' | ';' | ':' | '~' | '。' | '、' | '·' | '-' | '_' | '*' | '^' | '…')
}

fn is_interjection(c: char) -> bool {
    matches!(
        c,
        '哈' | '呵'
            | '嘿'
            | '嘻'
            | '啊'
            | '呀'
            | '哦'
            | '噢'
            | '喔'
            | '嗯'
            | '唔'
            | '呃'
            | '额'
            | '哎'
            | '唉'
            | '诶'
            | '欸'
            | '哇'
            | '呜'
            | '嘤'
            | '哼'
            | '喂'
            | '嗨'
            | '啦'
            | '呢'
            | '吧'
            | '嘛'
            | '哒'
            | '耶'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cleaning_keeps_what_is_seen() {
        for (text, want) in [
            ("\u{feff} 退\u{200b}款\u{a0}多久\u{202e} ", "退款 多久"),
            ("a\r\nb\rc\u{2028}d", "a\nb\nc\nd"),
            ("x\u{0}y\u{7}z\tw", "xyz\tw"),
            ("👨\u{200d}👩\u{200d}👧 ok", "👨\u{200d}👩\u{200d}👧 ok"),
            ("❤\u{fe0f}\u{200d}🔥", "❤\u{fe0f}\u{200d}🔥"),
            ("退\u{200d}款", "退款"),
            ("e\u{301}", "é"),
            ("退款\u{e0041}\u{e0042}", "退款"),
            ("🏴\u{e0067}\u{e0062}\u{e007f}", "🏴\u{e0067}\u{e0062}\u{e007f}"),
            ("  \n ", ""),
        ] {
            assert_eq!(clean(text), want, "{text:?}");
        }
    }

    #[test]
    fn folding_unifies_spellings() {
        for (text, want) in [
            ("ＩＰｈｏｎｅ　１５　保修？", "iphone 15 保修?"),
            ("請問運費險怎麼理賠", "请问运费险怎么理赔"),
            ("頭髮乾了", "头发干了"),
            ("人 工 客 服", "人工客服"),
            ("退款 abc  多久\n到账", "退款 abc 多久到账"),
            ("退款！！！！！？？", "退款!?"),
            ("哈哈哈哈哈哈", "哈哈"),
            ("①号—②号", "1号-2号"),
            ("“七天”无理由", "\"七天\"无理由"),
            ("wi–fi", "wi-fi"),
            ("谢谢😀😀❤️", "谢谢😀😀❤"),
            ("2️⃣", "2"),
            ("好的……", "好的."),
            ("XXXXL 5000", "xxxxl 5000"),
        ] {
            assert_eq!(fold(text), want, "{text:?}");
        }
    }

    #[test]
    fn the_same_question_has_one_key() {
        let key = phrasing_key("退款多久到账？");
        for same in ["退款 多久到账", "【退款】多久到账！！", "退款多久到賬", "退款多久到账😀", "　退款，多久\u{200b}到账。"]
        {
            assert_eq!(phrasing_key(same), key, "{same:?}");
        }
        assert_ne!(phrasing_key("退款多久"), key);
        assert_eq!(phrasing_key("？？"), "?");
        assert_eq!(phrasing_key("👍"), "👍");
        assert_eq!(phrasing_key(""), "");
    }

    #[test]
    fn courtesies_and_particles_ask_nothing() {
        let key = plain_key("退货的运费谁出？");
        for same in ["退货运费谁出", "请问退货运费谁出呢", "你好，请问一下，退货的运费谁出啊？谢谢！", "退貨運費誰出嗎"]
        {
            assert_eq!(plain_key(same), key, "{same:?}");
        }
        let key = plain_key("How long does a refund take?");
        for same in
            ["Hi, how long does a refund take please", "how long does a refund take? Thanks!", "Hello! Please: how long does a refund take"]
        {
            assert_eq!(plain_key(same), key, "{same:?}");
        }
        for (same, question) in [
            ("早上好，请问发票怎么开", "发票怎么开"),
            ("晚上好，发票怎么开", "发票怎么开"),
            ("下午好，退货的运费谁出", "退货运费谁出"),
            ("谢谢！对了发票怎么开", "发票怎么开"),
            ("好的，那，发票怎么开呀，辛苦您了", "发票怎么开"),
            ("不好意思，打扰一下，发票怎么开", "发票怎么开"),
            ("Good morning, how do I get an invoice?", "how do I get an invoice"),
            ("Thanks! By the way, how do I get an invoice", "how do I get an invoice"),
            ("ok, how do I get an invoice, thanks a lot", "how do I get an invoice"),
        ] {
            assert_eq!(plain_key(same), plain_key(question), "{same}");
        }
        // Words that only begin like a courtesy belong to the question.
        for (text, kept) in [
            ("早教机怎么用", "早教机怎么用"),
            ("还有货吗", "还有货"),
            ("好的眼霜有推荐吗", "好眼霜有推荐"),
            ("那款裙子多少钱", "那款裙子多少钱"),
            ("also available in red?", "alsoavailableinred"),
            ("ok google speaker", "okgooglespeaker"),
            ("morningside delivery", "morningsidedelivery"),
        ] {
            assert_eq!(plain_key(text), kept);
        }
        for other in ["退货运费", "退货了运费谁出", "不退货运费谁出", "history of refunds"] {
            assert!(
                plain_key(other).len() > 6 && ![plain_key("退货的运费谁出"), plain_key("story of refunds")].contains(&plain_key(other))
            );
        }
        assert_eq!(["你好", "谢谢", "吗", "please", "？"].map(plain_key), ["你好", "谢谢", "吗", "please", "?"]);
    }

    #[test]
    fn the_language_is_that_of_the_letters() {
        for (text, want) in [
            ("退款多久", Locale::ZhCn),
            ("AirPods Pro 坏了怎么保修", Locale::ZhCn),
            ("how long does a refund take", Locale::En),
            ("do you have the 青禾 PLUS membership card in stock", Locale::En),
            ("123 ???", Locale::ZhCn),
            ("", Locale::ZhCn),
        ] {
            assert_eq!(language(text), want, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn folding_and_cleaning_are_idempotent(text in "\\PC{0,24}|[退款運費險 　！!？a-cＡ-Ｃ哈啊\u{200d}👨❤\u{fe0f}\\-—…\n]{0,40}") {
            let cleaned = clean(&text);
            prop_assert_eq!(clean(&cleaned), cleaned.clone());
            let folded = fold(&text);
            prop_assert_eq!(fold(&folded), folded.clone());
            prop_assert_eq!(fold(&cleaned), folded);
        }

        #[test]
        fn punctuation_never_changes_a_key(words in prop::collection::vec("[退款运费多久a-z0-9]{1,4}", 1..5),
            marks in prop::collection::vec("[，。！？、…,.!?~—：；]{1,3}", 5)) {
            let plain: String = words.concat();
            let marked: String = words.iter().zip(&marks).flat_map(|(word, mark)| [word.as_str(), mark]).collect();
            prop_assert_eq!(phrasing_key(&marked), phrasing_key(&plain));
        }
    }
}
