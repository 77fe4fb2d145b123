//! Questions that an editor labels with the articles that answer them: checked here, over HTTP and from a file alike.

use std::collections::BTreeSet;

use super::finish::finish;
use super::{Inner, Service};
use crate::domain::ids::{ArticleId, LabelId};
use crate::domain::label::Label;
use crate::domain::locale::Locale;
use crate::domain::time::Timestamp;
use crate::error::{Code, Coded, Failure};
use crate::store::{LabelReport, Page};
use crate::text::normalize::{clean, phrasing_key};
use crate::text::redact::redact;

/// Labels that are kept at most: each is asked once more whenever the confidence is fitted.
pub const LABELS_MAX: u64 = 10_000;
/// Labels that one request gives at most.
pub const BATCH_MAX: usize = 500;
/// Articles that one label expects at most.
pub const EXPECTED_MAX: usize = 20;
/// Unknown articles that a message names.
const NAMED: usize = 10;

/// A label to be given.
#[derive(Debug, Clone, PartialEq)]
pub struct NewLabel {
    /// The question as written.
    pub question: String,
    /// Articles of which any answers it; empty: no article does.
    pub expected: Vec<ArticleId>,
}

/// Labels that cannot be taken. `at` counts them from 0.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// Nothing is left of a question after cleaning.
    #[error("labels[{at}]: the question is empty")]
    Empty {
        /// Which label.
        at: usize,
    },
    /// A question is too long.
    #[error("labels[{at}]: the question has {chars} characters, at most {max} are taken")]
    TooLong {
        /// Which label.
        at: usize,
        /// Its length.
        chars: usize,
        /// The limit.
        max: usize,
    },
    /// A label expects too many articles.
    #[error("labels[{at}]: {articles} articles are expected, at most {EXPECTED_MAX} may be")]
    TooManyArticles {
        /// Which label.
        at: usize,
        /// How many.
        articles: usize,
    },
    /// Articles are expected that do not exist.
    #[error("there is no article {}", listed(articles))]
    UnknownArticles {
        /// Which, each with the first label that expects it.
        articles: Vec<(usize, ArticleId)>,
    },
    /// A request has no label or too many.
    #[error("labels: 1 to {BATCH_MAX} at a time, these are {given}")]
    Batch {
        /// How many.
        given: usize,
    },
}

impl Coded for LabelError {
    fn code(&self) -> Code {
        match self {
            LabelError::Empty { .. } => Code::QuestionEmpty,
            LabelError::TooLong { .. } => Code::QuestionTooLong,
            LabelError::UnknownArticles { .. } => Code::ArticleNotFound,
            LabelError::TooManyArticles { .. } | LabelError::Batch { .. } => Code::BodyInvalid,
        }
    }

    fn hint(&self, locale: Locale) -> String {
        let own = match self {
            LabelError::Batch { .. } => Some(locale.pick(
                "请分批发送；大批的标注可在服务停止时用 `jieda labels import` 导入。",
                "Send them in several requests; `jieda labels import` takes a whole file while no server runs.",
            )),
            LabelError::TooManyArticles { .. } => Some(locale.pick("请只留下最合适的几篇。", "Name only the articles that fit best.")),
            _ => None,
        };
        own.unwrap_or_else(|| self.code().hint(locale)).to_owned()
    }
}

/// `a (labels[0]), b (labels[3])`, and how many more.
fn listed(articles: &[(usize, ArticleId)]) -> String {
    let mut list: Vec<String> = articles.iter().take(NAMED).map(|(at, id)| format!("{id} (labels[{at}])")).collect();
    if articles.len() > NAMED {
        list.push(format!("and {} more", articles.len() - NAMED));
    }
    list.join(", ")
}

/// Labels fit to be stored, each with its folded question; `known` has the ids of all articles. Personal data is masked; an article
/// that stands twice in a label counts once.
///
/// **Errors**: the first label that is wrong in itself, else the articles that are unknown.
pub fn checked(
    given: Vec<NewLabel>,
    known: &BTreeSet<ArticleId>,
    max_chars: usize,
    now: Timestamp,
) -> Result<Vec<(Label, String)>, LabelError> {
    let mut unknown: Vec<(usize, ArticleId)> = Vec::new();
    let mut labels = Vec::with_capacity(given.len());
    for (at, NewLabel { question, expected }) in given.into_iter().enumerate() {
        let question = clean(&question);
        let chars = question.chars().count();
        if question.is_empty() {
            return Err(LabelError::Empty { at });
        }
        if chars > max_chars {
            return Err(LabelError::TooLong { at, chars, max: max_chars });
        }
        let mut distinct: Vec<ArticleId> = Vec::with_capacity(expected.len());
        for id in expected {
            if !known.contains(&id) && unknown.iter().all(|(_, seen)| *seen != id) {
                unknown.push((at, id.clone()));
            }
            if !distinct.contains(&id) {
                distinct.push(id);
            }
        }
        if distinct.len() > EXPECTED_MAX {
            return Err(LabelError::TooManyArticles { at, articles: distinct.len() });
        }
        let question = redact(&question).masked;
        let key = phrasing_key(&question);
        labels.push((Label { id: LabelId::new(), question, expected: distinct, at: now }, key));
    }
    if unknown.is_empty() { Ok(labels) } else { Err(LabelError::UnknownArticles { articles: unknown }) }
}

impl Service {
    /// A page of labels, newest first.
    pub async fn labels(&self, cursor: Option<&str>, limit: usize) -> Result<Page<Label>, Failure> {
        Ok(self.inner.store.labels_page(cursor, limit).await?)
    }

    /// Gives up to [`BATCH_MAX`] labels, all or none; the confidence learns from them beside the requests. The same question again takes
    /// the place of its first label.
    ///
    /// **Errors**: [`LabelError`]; `labels_full` beyond [`LABELS_MAX`].
    pub async fn give_labels(&self, given: Vec<NewLabel>) -> Result<LabelReport, Failure> {
        if given.is_empty() || given.len() > BATCH_MAX {
            return Err(LabelError::Batch { given: given.len() }.into());
        }
        let service = self.clone();
        finish(async move {
            let Inner { store, config, clock, adapting, .. } = &*service.inner;
            let labels = checked(given, &store.article_ids().await?, config.limits.question_chars, clock.now())?;
            let kept = store.put_labels(&labels, LABELS_MAX).await?;
            adapting.told();
            Ok(kept)
        })
        .await
    }

    /// Deletes a label and returns it. **Errors**: an unknown label.
    pub async fn delete_label(&self, id: LabelId) -> Result<Label, Failure> {
        let service = self.clone();
        finish(async move {
            let mut deleted = service.inner.store.delete_labels(&[id]).await?;
            service.inner.adapting.told();
            Ok(deleted.pop().ok_or(crate::store::StoreError::LabelNotFound { id })?)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(question: &str, expected: &[&str]) -> NewLabel {
        NewLabel { question: question.to_owned(), expected: expected.iter().map(|id| id.parse().unwrap()).collect() }
    }

    fn check(given: Vec<NewLabel>) -> Result<Vec<(Label, String)>, LabelError> {
        let known = ["fee", "refund"].map(|id| id.parse().unwrap()).into();
        checked(given, &known, 12, Timestamp(7))
    }

    #[test]
    fn questions_are_cleaned_masked_and_known_by_their_folded_text() {
        let labels = check(vec![new("  ＶＩＰ运费？\u{200b}\n", &["fee", "refund", "fee"]), new("打13800138000", &[])]).unwrap();
        let (vip, key) = &labels[0];
        assert_eq!((key.as_str(), vip.expected.len(), vip.at), (phrasing_key("vip运费").as_str(), 2, Timestamp(7)));
        assert!(!vip.question.ends_with('\n') && !vip.question.contains('\u{200b}'), "{:?}", vip.question);
        assert_eq!((labels[1].0.question.as_str(), labels[1].0.expected.len()), ("打[手机号]", 0));
    }

    #[test]
    fn what_cannot_be_taken_is_named_with_its_place() {
        let crowd: Vec<String> = (0..=EXPECTED_MAX).map(|n| format!("a{n}")).collect();
        let crowd: Vec<&str> = crowd.iter().map(String::as_str).collect();
        for (given, code, message) in [
            (vec![new("a", &[]), new(" \u{200b}", &[])], Code::QuestionEmpty, "labels[1]: the question is empty"),
            (
                vec![new("一二三四五六七八九十一二三", &[])],
                Code::QuestionTooLong,
                "labels[0]: the question has 13 characters, at most 12 are taken",
            ),
            (vec![new("a", &crowd)], Code::BodyInvalid, "labels[0]: 21 articles are expected, at most 20 may be"),
            (
                vec![new("a", &["fee"]), new("b", &["gone", "refund"]), new("c", &["lost", "gone"])],
                Code::ArticleNotFound,
                "there is no article gone (labels[1]), lost (labels[2])",
            ),
        ] {
            let error = check(given).unwrap_err();
            assert_eq!((error.code(), error.to_string().as_str()), (code, message));
        }
        let many = (0..NAMED + 2).map(|n| (n, format!("a{n}").parse().unwrap())).collect();
        assert!(LabelError::UnknownArticles { articles: many }.to_string().ends_with("a9 (labels[9]), and 2 more"));
    }
}
