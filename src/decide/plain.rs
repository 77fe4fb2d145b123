//! What rules, lines and features are called in front of people, and between which values a feature can lie.

use std::f64::consts::LN_2;

use super::confidence::{BIAS, OWN_OFFSET, OWN_SLOPE};
use crate::domain::decision::{Band, Factor, Rule};
use crate::domain::locale::Locale;

/// What values a feature takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// Any number from the first to the second.
    Measure(f64, f64),
    /// 0 or 1.
    Flag,
    /// A number that is not the question's: no other one is tried.
    Given,
    /// What another feature exceeds a number by: it cannot move alone.
    Beyond(&'static str, f64),
}

/// A feature as people read it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plain {
    /// The feature.
    pub name: &'static str,
    /// What it is called in Chinese.
    pub zh: &'static str,
    /// What it is called in English.
    pub en: &'static str,
    /// What values it takes.
    pub shape: Shape,
}

const fn plain(name: &'static str, shape: Shape, zh: &'static str, en: &'static str) -> Plain {
    Plain { name, zh, en, shape }
}

/// Every feature of [`super::confidence::FEATURES`].
const PLAIN: &[Plain] = &[
    plain(
        "evidence",
        Shape::Measure(-0.15, 0.5),
        "与文章相符的程度，相对本知识库的水平",
        "agreement with the article, above the usual level",
    ),
    plain("evidence_middle", Shape::Beyond("evidence", 0.05), "相符程度超出 0.05 的部分", "agreement beyond 0.05"),
    plain("evidence_high", Shape::Beyond("evidence", 0.12), "相符程度超出 0.12 的部分", "agreement beyond 0.12"),
    plain("close_margin", Shape::Measure(-0.04, 0.04), "意思上领先第二名多少", "lead in meaning over the second"),
    plain("lead", Shape::Measure(0.0, 0.04), "总分领先第二名多少", "lead over the second in all"),
    plain("apart", Shape::Measure(-0.2, 0.7), "意思上比其他候选近多少", "nearer in meaning than the others on average"),
    plain("answer_apart", Shape::Measure(-0.4, 0.5), "整段答案比其他候选的近多少", "whole answer nearer than the others' on average"),
    plain("head_share", Shape::Measure(0.0, 1.0), "按问法学到的归属占比", "share by what the phrasings taught"),
    plain("small_talk_distance", Shape::Measure(-0.5, 0.1), "离闲聊有多远", "distance from small talk"),
    plain("nearer_elsewhere", Shape::Measure(0.0, 1.0), "别处常问的问题比文章更贴近的程度", "lead of a question asked elsewhere"),
    plain("from_answer", Shape::Flag, "对上的是答案正文，不是问法", "matched in the answer, not a phrasing"),
    plain("other_language", Shape::Flag, "文章是另一种语言", "article in the other language"),
    plain("few_phrasings", Shape::Given, "文章的问法少（个数加一的倒数）", "few phrasings (one over their number + 1)"),
    plain("exact", Shape::Flag, "与某个问法相同（不计客套和语气词）", "same as a phrasing, courtesies aside"),
    plain("length", Shape::Measure(LN_2, 3.05), "问题的长短（词数的对数）", "length of the question (log of its words)"),
    plain("number_or_code_contradicted", Shape::Flag, "数字或型号对不上", "another number or product code"),
    plain("negation_contradicted", Shape::Flag, "一边说能，一边说不能", "one denies what the other states"),
    plain("unknown_share", Shape::Measure(0.0, 0.5), "知识库没有的词的比例", "share of words no article has"),
    plain("overlap", Shape::Measure(0.0, 1.0), "问题用词在文章里的比例", "share of the question's terms found"),
    plain("bm25_share", Shape::Measure(0.0, 2.0), "关键词得分", "keyword score"),
    plain("bm25_margin", Shape::Measure(-1.0, 1.0), "关键词得分领先多少", "lead in the keyword score"),
];

/// What people read about a feature; `None` for one that this program does not know (an older record may name some).
pub fn feature(name: &str) -> Option<&'static Plain> {
    PLAIN.iter().find(|plain| plain.name == name)
}

/// What a feature is called; one that is not known by its own name.
pub fn feature_label(name: &str, locale: Locale) -> &str {
    match feature(name) {
        Some(plain) => locale.pick(plain.zh, plain.en),
        None if name == BIAS => locale.pick("起点", "starting point"),
        None if name == OWN_SLOPE => locale.pick("拉伸倍数", "stretched by"),
        None if name == OWN_OFFSET => locale.pick("平移", "moved by"),
        None => name,
    }
}

/// What a factor of the confidence is, in words.
pub fn factor_label(factor: Factor, locale: Locale) -> &'static str {
    let (zh, en) = match factor {
        Factor::InScope => ("有文章可答", "some article answers"),
        Factor::Right => ("若有，就是第一篇", "if so, it is the first"),
        Factor::Own => ("本知识库自己的校正", "this knowledge base's own correction"),
        Factor::Whole => ("第一篇是对的", "the first is right"),
    };
    locale.pick(zh, en)
}

/// What decided, in words.
pub fn rule_label(rule: Rule, locale: Locale) -> &'static str {
    let (zh, en) = match rule {
        Rule::Misuse => ("疑似滥用", "the message attempts misuse"),
        Rule::WantsPerson => ("顾客要找人工", "the customer asks for a person"),
        Rule::BlockedTopic => ("须由人工处理的话题", "the topic always goes to a person"),
        Rule::OptionsRejected => ("顾客否定了给出的全部选项", "all options offered were rejected"),
        Rule::SmallTalk => ("没有提问", "no question is asked"),
        Rule::OwnOrder => ("要查顾客本人的订单才能回答", "only the customer's own data can answer it"),
        Rule::OptionPicked => ("顾客选了给出的选项", "the customer picked an option offered before"),
        Rule::OptionUnclear => ("看不出顾客选的是哪一项", "it is unclear which option the customer picked"),
        Rule::NothingFound => ("没有找到任何文章", "nothing was found"),
        Rule::AskedAgain => ("刚回答过，又问同样的问题", "the same question was answered just before"),
        Rule::Sure => ("把握度达到回答线", "the confidence reaches the answer line"),
        Rule::WordForWord => ("与文章的某个问法相同（不计客套和语气词）", "the question is a phrasing of the article, courtesies aside"),
        Rule::AmongFew => ("答案多半在前几篇里，但不能确定是第一篇", "the answer is likely among the first few, but not surely the first"),
        Rule::Unlikely => ("前几篇里多半没有答案", "too unlikely that any of the first few is right"),
        Rule::TakenBack => ("顾客不再需要人工", "the customer needs no person any more"),
        Rule::Unhelped => ("顾客说刚才的回答没帮上忙", "the customer says that the answer did not help"),
        Rule::FoundAgain => ("追问找到的还是刚给过的文章", "a follow-up that finds the article just shown"),
        Rule::TopicAlone => ("只说了话题，没有提问", "a topic without a question"),
        Rule::Unfinished => ("话还没有说完", "a statement that asks nothing yet"),
        Rule::PersonAwaited => ("已转人工，等待期间不请顾客选", "a person is on the way, nothing is offered meanwhile"),
        Rule::PersonAskedFor => ("已经要过人工", "a person was asked for already"),
        Rule::PersonOwns => ("人工正在接待", "a person owns the conversation"),
    };
    locale.pick(zh, en)
}

/// What would have happened, as the end of a sentence.
pub fn would(band: Band, locale: Locale) -> &'static str {
    let (zh, en) = match band {
        Band::Answer => ("就会直接回答", "it would have been answered"),
        Band::Clarify => ("就会请顾客从几篇里选", "a choice would have been offered"),
        Band::Handoff => ("就会转人工", "it would have gone to a person"),
        Band::Chitchat => ("就会当作没有提问", "it would have been taken for small talk"),
    };
    locale.pick(zh, en)
}

#[cfg(test)]
mod tests {
    use super::super::confidence::FEATURES;
    use super::*;

    #[test]
    fn every_feature_has_a_name_in_both_languages_and_there_is_no_other() {
        let names: Vec<&str> = FEATURES.iter().map(|feature| feature.name).collect();
        let plain: Vec<&str> = PLAIN.iter().map(|plain| plain.name).collect();
        assert_eq!(plain, names);
        for plain in PLAIN {
            assert!(plain.zh.chars().any(crate::text::normalize::is_han) && plain.en.is_ascii(), "{plain:?}");
            match plain.shape {
                Shape::Measure(from, to) => assert!(from < to, "{plain:?}"),
                Shape::Flag | Shape::Given => {}
                Shape::Beyond(of, _) => assert!(matches!(feature(of).unwrap().shape, Shape::Measure(..)), "{plain:?}"),
            }
        }
        assert_eq!(feature_label("bias", Locale::ZhCn), "起点");
        assert_eq!(feature_label("from_long_ago", Locale::ZhCn), "from_long_ago");
    }
}
