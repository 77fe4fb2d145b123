//! Judgements of decisions, kept as labels.

use super::Service;
use crate::domain::decision::Decision;
use crate::domain::feedback::{Feedback, FeedbackKind};
use crate::domain::ids::{ArticleId, DecisionId, FeedbackId};
use crate::domain::locale::Locale;
use crate::error::{Code, Coded, Failure};
use crate::text::normalize::clean;
use crate::text::redact::redact;

/// The longest comment, in characters.
pub const COMMENT_MAX_CHARS: usize = 2_000;

/// A judgement that cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum FeedbackError {
    /// The comment is too long.
    #[error("comment: it has {chars} characters, at most {COMMENT_MAX_CHARS} are taken")]
    CommentTooLong {
        /// Its length.
        chars: usize,
    },
    /// What was picked was not offered.
    #[error("article_id: {} was not among the options of this decision", .article.as_ref().map_or("nothing", ArticleId::as_str))]
    NotOffered {
        /// The article named.
        article: Option<ArticleId>,
    },
    /// The article does not exist.
    #[error("article_id: there is no article {article}")]
    NoSuchArticle {
        /// Which.
        article: ArticleId,
    },
}

impl Coded for FeedbackError {
    fn code(&self) -> Code {
        match self {
            FeedbackError::CommentTooLong { .. } | FeedbackError::NotOffered { .. } => Code::BodyInvalid,
            FeedbackError::NoSuchArticle { .. } => Code::ArticleNotFound,
        }
    }

    fn hint(&self, locale: Locale) -> String {
        match self {
            FeedbackError::CommentTooLong { .. } => locale.pick("请缩短评论。", "Shorten the comment."),
            FeedbackError::NotOffered { .. } => locale.pick(
                "picked 的 article_id 须是该条回复 clarify 列表里的一篇。",
                "With picked, article_id is one of the articles in the reply's clarify list.",
            ),
            FeedbackError::NoSuchArticle { .. } => self.code().hint(locale),
        }
        .to_owned()
    }
}

impl Service {
    /// Stores a judgement of a decision and returns it as it is kept.
    ///
    /// **Errors**: an unknown decision, [`FeedbackError`].
    pub async fn give_feedback(
        &self,
        decision_id: DecisionId,
        kind: FeedbackKind,
        article_id: Option<ArticleId>,
        comment: &str,
    ) -> Result<Feedback, Failure> {
        let comment = clean(comment);
        let chars = comment.chars().count();
        if chars > COMMENT_MAX_CHARS {
            return Err(FeedbackError::CommentTooLong { chars }.into());
        }
        let decision = self.decision(decision_id).await?;
        self.judges(&decision, kind, article_id.as_ref()).await?;
        let comment = redact(&comment).masked;
        let feedback = Feedback { id: FeedbackId::new(), decision_id, kind, article_id, comment, at: self.inner.clock.now() };
        Ok(self.inner.store.add_feedback(&feedback).await?)
    }

    /// Whether the article can be meant: a pick is one of the options, anything else an article that exists or was found then.
    async fn judges(&self, decision: &Decision, kind: FeedbackKind, article: Option<&ArticleId>) -> Result<(), Failure> {
        if kind == FeedbackKind::Picked {
            return match article.filter(|article| decision.clarify.contains(article)) {
                Some(_) => Ok(()),
                None => Err(FeedbackError::NotOffered { article: article.cloned() }.into()),
            };
        }
        let Some(article) = article else { return Ok(()) };
        let found = decision.candidates.iter().any(|candidate| candidate.article_id == *article);
        if found || self.inner.store.article_ids().await?.contains(article) {
            return Ok(());
        }
        Err(FeedbackError::NoSuchArticle { article: article.clone() }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::domain::decision::{Band, Rule};
    use crate::service::ask::AskRequest;
    use crate::service::fixture::{self, ask};

    /// A shop that offers everything and answers nothing but exact phrasings.
    async fn shop(dir: &std::path::Path) -> Service {
        let lines = |config: &mut Config| (config.answers.answer_threshold, config.answers.clarify_threshold) = (Some(0.9999), Some(0.0));
        fixture::shop(dir, lines).await
    }

    #[tokio::test]
    async fn choosing_an_option_in_the_conversation_is_a_pick() {
        let dir = tempfile::tempdir().unwrap();
        let service = shop(dir.path()).await;
        for by_title in [false, true] {
            let offered = ask(&service, "退款几天能到我的账上", None).await;
            assert_eq!(offered.band, Band::Clarify, "{offered:?}");
            let title = |id: &ArticleId| offered.candidates.iter().find(|c| c.article_id == *id).unwrap().title.clone();
            let (said, want) = if by_title { (title(&offered.clarify[0]), 0) } else { ("2".to_owned(), 1) };
            let chosen = ask(&service, &said, Some(&offered)).await;
            assert_eq!((chosen.article_id.as_ref(), chosen.grounds.map(|g| g.rule)), (offered.clarify.get(want), Some(Rule::OptionPicked)));
            let kept = service.inner.store.feedback_of(offered.id).await.unwrap();
            let kept: Vec<_> = kept.iter().map(|feedback| (feedback.kind, feedback.article_id.as_ref())).collect();
            assert_eq!(kept, [(FeedbackKind::Picked, offered.clarify.get(want))]);
            assert!(service.inner.store.feedback_of(chosen.id).await.unwrap().is_empty());
        }
    }

    #[tokio::test]
    async fn a_list_is_asked_about_once_more_and_stays_for_another_pick() {
        let dir = tempfile::tempdir().unwrap();
        let service = shop(dir.path()).await;
        let rule = |decision: &Decision| decision.grounds.as_ref().map(|grounds| grounds.rule);
        let offered = ask(&service, "退款几天能到我的账上", None).await;
        assert!(offered.clarify.len() > 1);
        let unclear = ask(&service, "9", Some(&offered)).await;
        assert_eq!((unclear.band, rule(&unclear), &unclear.clarify), (Band::Clarify, Some(Rule::OptionUnclear), &offered.clarify));
        assert!(unclear.message.contains("序号") && unclear.message.contains("\n2. "), "{}", unclear.message);
        let second = ask(&service, "2", Some(&offered)).await;
        assert_eq!((second.article_id.as_ref(), rule(&second)), (offered.clarify.get(1), Some(Rule::OptionPicked)));
        let first = ask(&service, "不对，我要1", Some(&offered)).await;
        assert_eq!((first.article_id.as_ref(), rule(&first)), (offered.clarify.first(), Some(Rule::OptionPicked)));

        let offered = ask(&service, "退款几天能到我的账上", None).await;
        let request = AskRequest { question: "1和2".into(), conversation_id: Some(offered.conversation_id), ..AskRequest::default() };
        let both = service.ask(request).await.unwrap_or_else(|failure| panic!("{failure}"));
        let shown: Vec<&ArticleId> = both.article.iter().chain(&both.further).map(|shown| &shown.article.id).collect();
        assert_eq!(shown, offered.clarify.iter().take(2).collect::<Vec<_>>());
        assert!(both.decision.message.matches("**").count() >= 4, "{}", both.decision.message);
    }

    #[tokio::test]
    async fn what_is_judged_was_offered_or_exists() {
        let dir = tempfile::tempdir().unwrap();
        let service = shop(dir.path()).await;
        let offered = ask(&service, "退款几天能到我的账上", None).await;
        let answered = ask(&service, "发票怎么开", None).await;
        let give = async |decision: &Decision, kind, article: &str| {
            let given = service.give_feedback(decision.id, kind, Some(article.parse().unwrap()), "").await;
            given.map_err(|failure| failure.code())
        };
        let option = offered.clarify[0].as_str();
        assert!(give(&offered, FeedbackKind::Picked, option).await.is_ok());
        assert_eq!(give(&answered, FeedbackKind::Picked, "invoice").await.unwrap_err(), Code::BodyInvalid, "nothing was offered");
        assert!(give(&answered, FeedbackKind::SuggestionEdited, "refund").await.is_ok());
        assert_eq!(give(&answered, FeedbackKind::SuggestionEdited, "nope").await.unwrap_err(), Code::ArticleNotFound);
    }
}
