//! What a customer's message says before anything is searched: which rules it meets, its language, whether it is a question at
//! all.

use std::sync::LazyLock;

use regex::Regex;

use crate::decide::policy::RuleHits;
use crate::decide::rules::{self, BlockedTopics, RuleInput};
use crate::domain::decision::Reason;
use crate::domain::locale::Locale;
use crate::text::normalize::{fold, is_han, language};
use crate::text::redact::FindingKind;

/// What the rules see in a message: as written, folded, and with personal data masked.
pub fn rule_hits(clean: &str, masked: &str, folded: &str, blocked: &BlockedTopics) -> RuleHits {
    let input = RuleInput { text: clean, folded };
    RuleHits {
        unsafe_input: rules::unsafe_input(input),
        wants_person: rules::wants_person(input),
        blocked_topic: blocked_topic(masked, blocked).is_some(),
        personal_order: rules::personal_order(input),
        chitchat: rules::chitchat(input),
        rejects_options: rules::rejects_options(input),
    }
}

/// The topic for people that a masked message touches.
pub(super) fn blocked_topic<'t>(masked: &str, blocked: &'t BlockedTopics) -> Option<&'t str> {
    // A telephone or card number may hold 110 or 12315 by chance.
    let text = without_long_numbers(&searchable(masked));
    rules::blocked_topic(RuleInput { text: &text, folded: &fold(&text) }, blocked)
}

/// The text with every run of six digits and more as a space.
fn without_long_numbers(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_digit() {
            run.push(c);
            continue;
        }
        if run.len() < 6 {
            kept.push_str(&run)
        } else {
            kept.push(' ')
        }
        run.clear();
        kept.push(c);
    }
    kept.pop();
    kept
}

/// The language of a reply: the one asked for, else the message's own where it clearly has one, else the conversation's.
pub(super) fn reply_locale(asked: Option<Locale>, text: &str, conversation: Locale) -> Locale {
    let english_words = text.split_whitespace().filter(|word| word.chars().filter(char::is_ascii_alphabetic).count() >= 2).count();
    asked.unwrap_or_else(|| match language(text) {
        Locale::ZhCn if text.chars().any(is_han) => Locale::ZhCn,
        Locale::En if english_words >= 2 => Locale::En,
        _ => conversation,
    })
}

/// A topic without a question (“退款”, “gift card”): a few Han characters, or one or two English words and nothing else, most of which
/// stand in the best candidate.
pub(super) fn is_topic_word(folded: &str, overlap: f32) -> bool {
    let han = folded.chars().filter(|c| is_han(*c)).count();
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect();
    // One letter or a number alone names nothing.
    let is_word = |word: &&str| word.len() >= 3 && word.bytes().all(|b| b.is_ascii_alphabetic());
    let english = (1..=2).contains(&words.len()) && words.iter().all(is_word);
    ((2..=6).contains(&han) || english) && overlap >= 0.5
}

/// Masked text without the placeholders and without clauses that only refuse a person: neither names what is asked.
pub(super) fn searchable(masked: &str) -> String {
    rules::without_refusals(&FindingKind::ALL.iter().fold(masked.to_owned(), |text, kind| text.replace(kind.placeholder(), " ")))
}

/// A thing without anything said of it: 我前天买的裙子, 昨天下单的那双鞋.
static THING: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:买|拍|订|下单|收到|寄来|送来|付款|定做|定制|选|挑)了?的(?:[这那](?:[一两几]?[个双件条台款只瓶箱套本把张])?)?[^的了不没碎坏破烂酸臭脏湿裂漏]{1,3}$",
    )
});

/// What everybody does with what was bought, told without a problem: 收到货了, 洗了一次, 昨天刚穿过两天.
static HAPPENED: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"^(?:我们?|俺|咱|家里|朋友|老公|老婆|妈妈?|爸爸?|孩子|宝宝|已经|刚刚|刚才|刚|才|就|都|今天|昨天|前天|前几天|上周|上个月|早上|中午|下午|晚上|在?你们?(?:家|店里|这里?|这边))*",
        r"(?:收到|签收|下单|付款|买|拍|洗|穿|戴|用|试|拆|打开|安装|装)(?:好|完|到|过|下)?了?",
        r"(?:[一二两三四五六七八九十几半\d]+(?:次|天|回|件|双|下|个|个月|周|星期|年|条|台|只|瓶|盒|箱|套|单))?",
        r"(?:货|快递|包裹|东西|衣服|裤子|裙子|鞋子?|手机|商品|宝贝)?了?$",
    ))
});

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("fixed and tested")
}

/// A short Chinese statement whose question is still to come: a thing that nothing is said of, or an everyday event. A problem that is told
/// (鞋子开胶了, 手机黑屏) is none: whoever tells it waits for somebody.
pub(super) fn is_unfinished(folded: &str) -> bool {
    let said: String = folded.chars().filter(|c| c.is_alphanumeric()).collect();
    let han = said.chars().filter(|c| is_han(*c)).count();
    (3..=14).contains(&han) && !folded.contains('?') && (THING.is_match(&said) || HAPPENED.is_match(&said))
}

/// Whether a hand-off with this reason only says that nothing fitted.
pub(super) fn is_unsure(reason: Reason) -> bool {
    matches!(reason, Reason::LowConfidence | Reason::OutOfScope | Reason::Ambiguous | Reason::Degraded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_speaks_the_language_of_the_message_where_it_has_one() {
        let cases = [
            (None, "How long does a refund take?", Locale::ZhCn, Locale::En),
            (None, "退款多久到账", Locale::En, Locale::ZhCn),
            (None, "ok", Locale::ZhCn, Locale::ZhCn),
            (None, "👍", Locale::En, Locale::En),
            (None, "iPhone 15 能分期吗", Locale::En, Locale::ZhCn),
            (Some(Locale::En), "退款多久到账", Locale::ZhCn, Locale::En),
        ];
        for (asked, text, conversation, want) in cases {
            assert_eq!(reply_locale(asked, text, conversation), want, "{text}");
        }
    }

    #[test]
    fn statements_wait_and_questions_and_requests_do_not() {
        for text in [
            "我前天买的裙子",
            "洗了一次",
            "收到货了",
            "昨天下单的那双鞋",
            "刚收到的快递",
            "我穿了两天",
            "在你们家买的空调。",
            "昨天买了3件",
        ] {
            assert!(is_unfinished(text), "{text}");
        }
        for text in [
            "包裹丟咗點算",
            "呢張單點樣取消",
            "件衫爛咗",
            "呢個係乜",
            "去邊度睇",
            "幾時送貨",
            "今天股市怎么样",
            "1+1等于几",
            "帮我写一段python代码",
            "我要退款",
            "快递没到",
            "嗯",
            "write me a poem",
            "裙子掉色了能退吗",
            "礼品卡多久到账",
            "手机多大屏幕",
            "这件多重",
            "我买的衣服缩水了",
            "我买的鞋子开胶了",
            "手机黑屏",
            "豆浆机漏水",
            "牛奶酸了",
            "app老是卡死",
            "面霜涂完脸上刺痛",
            "孩子吃了干燥剂",
            "我已经寄出了",
            "你忽略了我的问题",
            "礼品卡",
            "收到的杯子碎",
            "买的时候没看清",
            "洗了一次就缩水",
        ] {
            assert!(!is_unfinished(&fold(text)), "{text}");
        }
    }

    #[test]
    fn a_topic_is_a_word_or_two_that_articles_use() {
        for text in ["退款", "运费", "优惠券", "shipping", "Refund", "coupon?", "order", "gift card", "Gift-card!"] {
            assert!(is_topic_word(&fold(text), 1.0), "{text}");
            assert!(!is_topic_word(&fold(text), 0.3), "{text}");
        }
        for text in ["how do refunds work", "my gift card", "ok", "2", "no 2", "a b", "iphone15", "", "退"] {
            assert!(!is_topic_word(&fold(text), 1.0), "{text}");
        }
    }

    #[test]
    fn what_only_refuses_a_person_is_not_searched() {
        for (text, want) in [
            ("不要转人工，怎么退货", "怎么退货"),
            ("No human please, how do I return it?", "how do I return it?"),
            ("不用人工", "不用人工"),
            ("退款多久到账，在线等", "退款多久到账，在线等"),
        ] {
            assert_eq!(searchable(text), want);
        }
    }

    #[test]
    fn a_number_that_holds_a_hotline_by_chance_blocks_nothing() {
        let blocked = BlockedTopics::built_in();
        let hit = |text: &str| rule_hits(text, text, &fold(text), &blocked).blocked_topic;
        assert!(!hit("订单号20240518123456到哪了") && !hit("12345678"));
        assert!(hit("我已经打12315投诉了") && hit("宝宝吃坏肚子了") && hit("my stomach hurts after eating your sausage"));
        assert_eq!(without_long_numbers("a 12315 b 123456"), "a 12315 b  ");
    }
}
