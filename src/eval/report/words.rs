//! Words of the page: what figures, modes and features are called in plain language.

use crate::domain::locale::Locale;
use crate::eval::metrics::Figure;

/// How good the search is.
pub const FINDING: [Figure; 5] = [Figure::HitAt1, Figure::HitAt3, Figure::HitAt5, Figure::MrrAt10, Figure::NdcgAt10];

/// What answering from the line on comes to.
pub const ANSWERING: [Figure; 5] =
    [Figure::Coverage, Figure::Precision, Figure::InScopeRight, Figure::InScopeWrong, Figure::OutOfScopeRejected];

/// How far the confidence can be trusted.
pub const TRUSTING: [Figure; 6] = [Figure::AurocOutOfScope, Figure::Aurc, Figure::Ece, Figure::Brier, Figure::Accuracy, Figure::Mcc];

/// The short name of a figure.
pub fn name(figure: Figure, locale: Locale) -> &'static str {
    let (zh, en) = match figure {
        Figure::HitAt1 => ("首位命中", "Hit@1"),
        Figure::HitAt3 => ("前三命中", "Hit@3"),
        Figure::HitAt5 => ("前五命中", "Hit@5"),
        Figure::MrrAt10 => ("MRR@10", "MRR@10"),
        Figure::NdcgAt10 => ("nDCG@10", "nDCG@10"),
        Figure::Coverage => ("覆盖率", "Coverage"),
        Figure::Precision => ("精确率", "Precision"),
        Figure::InScopeRight => ("答对", "Answered right"),
        Figure::InScopeWrong => ("答错", "Answered wrong"),
        Figure::OutOfScopeRejected => ("范围外拒答", "Out of scope withheld"),
        Figure::AurocOutOfScope => ("AUROC", "AUROC"),
        Figure::Aurc => ("AURC", "AURC"),
        Figure::Ece => ("ECE", "ECE"),
        Figure::Brier => ("Brier", "Brier"),
        Figure::Accuracy => ("正确率", "Accuracy"),
        Figure::Mcc => ("MCC", "MCC"),
    };
    locale.pick(zh, en)
}

/// One line about what a figure says.
pub fn explanation(figure: Figure, locale: Locale) -> &'static str {
    let (zh, en) = match figure {
        Figure::HitAt1 => ("可答的问题里，正确文章排在第一位的比例", "Answerable questions whose right article comes first"),
        Figure::HitAt3 => ("可答的问题里，正确文章排进前三位的比例", "Answerable questions with a right article among the first three"),
        Figure::HitAt5 => ("可答的问题里，正确文章排进前五位的比例", "Answerable questions with a right article among the first five"),
        Figure::MrrAt10 => (
            "正确文章名次的倒数，取平均：总在第一位是 1，总在第二位是 0.5，十位以外算 0",
            "Mean of 1 ÷ rank of the right article: 1 if always first, 0.5 if always second, 0 beyond ten",
        ),
        Figure::NdcgAt10 => {
            ("前十位的整体排序质量：正确文章全在最前面是 1", "Quality of the first ten as a whole: 1 if all right articles lead")
        }
        Figure::Coverage => ("可答的问题里，给出了答案的比例，不论对错", "Answerable questions that got an answer, right or wrong"),
        Figure::Precision => (
            "给出的答案里正确的比例；给范围外的问题答案一律算错",
            "Answers that are right; any answer to an out-of-scope question is wrong",
        ),
        Figure::InScopeRight => ("可答的问题里，答了而且答对的比例", "Answerable questions that got the right answer"),
        Figure::InScopeWrong => {
            ("可答的问题里，答了却答错的比例，越低越好", "Answerable questions that got a wrong answer; lower is better")
        }
        Figure::OutOfScopeRejected => (
            "没有文章可答的问题里，没有直接作答的比例：请顾客从几篇里选，或转人工",
            "Questions that no article answers and that rightly got no answer: a choice was offered, or a person called",
        ),
        Figure::AurocOutOfScope => (
            "任取一个可答的问题和一个范围外的问题，前者把握度更高的概率；0.5 等于瞎猜",
            "Chance that an answerable question has a higher confidence than an out-of-scope one; 0.5 is a coin toss",
        ),
        Figure::Aurc => (
            "风险–覆盖曲线下的面积：从最有把握的答起，平均的错误比例，越低越好",
            "Area under the risk–coverage curve: mean share of wrong answers, most confident first; lower is better",
        ),
        Figure::Ece => (
            "把握度与实际正确率平均相差多少，越低越好",
            "How far confidence and the share that is right lie apart on average; lower is better",
        ),
        Figure::Brier => (
            "把握度与结果（对为 1，错为 0）之差的平方，取平均，越低越好",
            "Mean squared distance of the confidence from the result (1 right, 0 wrong); lower is better",
        ),
        Figure::Accuracy => (
            "按“答对的可能更大就答”的线，处理得对的比例：可答的答对，范围外的不答",
            "Questions dealt with rightly when answering wherever right is likelier than wrong: the right article, or none",
        ),
        Figure::Mcc => (
            "同一条线上，选文章（含“不答”）与标注的相关程度：1 全对，0 等于瞎猜",
            "At the same line, correlation of the article chosen (or none) with the labels: 1 is perfect, 0 is chance",
        ),
    };
    locale.pick(zh, en)
}

/// Whether a figure is a share, shown in per cent.
pub fn is_share(figure: Figure) -> bool {
    !matches!(
        figure,
        Figure::MrrAt10 | Figure::NdcgAt10 | Figure::AurocOutOfScope | Figure::Aurc | Figure::Ece | Figure::Brier | Figure::Mcc
    )
}

/// A way of searching, as the record names it.
pub fn mode(name: &str, locale: Locale) -> String {
    let (zh, en) = match name {
        "hybrid" => ("混合检索（词面 + 语义）", "hybrid search (words and meaning)"),
        "dense" => ("语义检索", "search by meaning"),
        "lexical" => ("关键词检索", "search by keywords"),
        other => return other.to_owned(),
    };
    locale.pick(zh, en).to_owned()
}

/// What made the calibration, as the record names it.
pub fn calibration(kind: &str, locale: Locale) -> String {
    let (zh, en) = match kind {
        "self" => ("按这套知识库自行校准", "fitted to this knowledge base by itself"),
        "prior" => ("随程序附带的校准", "the one shipped with the program"),
        other => return other.to_owned(),
    };
    locale.pick(zh, en).to_owned()
}

/// Where the share of out-of-scope questions comes from, as the record names it.
pub fn share_from(name: &str, locale: Locale) -> String {
    let (zh, en) = match name {
        "assumed" => ("谨慎的假定值，不是由问题日志得出的", "a cautious assumption, not told by a log of questions"),
        "log" => ("从问题日志学得", "learned from the log of questions"),
        other => return other.to_owned(),
    };
    locale.pick(zh, en).to_owned()
}
