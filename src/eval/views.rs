//! The same knowledge base as other shops would have written it.
//!
//! A confidence that has only seen articles with many phrasings knows nothing of bare titles. Each set is therefore also fitted on
//! with its variants taken away, with one or three variants left, with half of its articles gone (their questions are then out of scope)
//! and with titles that say nothing.

use std::collections::BTreeSet;

use super::questions::LabelledQuestion;
use crate::domain::article::Article;
use crate::domain::ids::ArticleId;
use crate::index::entry::content_hash;

/// Answers shorter than this on average say nothing by themselves.
const ANSWER_CHARS: usize = 30;
/// Variants an article on average above which three of them are a view of its own.
const MANY_VARIANTS: usize = 5;

/// One way to have written it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// As it is.
    Full,
    /// Without variants.
    Titles,
    /// With the first variant only.
    OneVariant,
    /// With the first three variants only.
    ThreeVariants,
    /// Without every second article.
    Half,
    /// With titles that only number, and without variants.
    Untitled,
}

impl View {
    /// The views that make sense of `articles`.
    pub fn all(articles: &[Article]) -> Vec<View> {
        let mut views = vec![View::Full, View::Half];
        let variants: usize = articles.iter().map(|article| article.variants.len()).sum();
        if variants > 0 {
            views.extend([View::Titles, View::OneVariant]);
        }
        if variants > MANY_VARIANTS * articles.len() {
            views.push(View::ThreeVariants);
        }
        let chars: usize = articles.iter().map(|article| article.answer.chars().count()).sum();
        if chars >= ANSWER_CHARS * articles.len() {
            views.push(View::Untitled);
        }
        views
    }

    /// The articles and questions in this view.
    pub fn of(self, articles: &[Article], questions: &[LabelledQuestion]) -> (Vec<Article>, Vec<LabelledQuestion>) {
        let kept = articles.iter().filter(|article| self != View::Half || content_hash(article.id.as_str())[0].is_multiple_of(2));
        let articles: Vec<Article> = kept.enumerate().map(|(n, article)| self.article(n, article)).collect();
        let ids: BTreeSet<&ArticleId> = articles.iter().map(|article| &article.id).collect();
        let questions = questions
            .iter()
            .map(|question| LabelledQuestion {
                expected: question.expected.iter().filter(|id| ids.contains(id)).cloned().collect(),
                ..question.clone()
            })
            .collect();
        (articles, questions)
    }

    fn article(self, number: usize, article: &Article) -> Article {
        let mut article = article.clone();
        match self {
            View::Full | View::Half => {}
            View::Titles => article.variants.clear(),
            View::OneVariant => article.variants.truncate(1),
            View::ThreeVariants => article.variants.truncate(3),
            View::Untitled => {
                article.variants.clear();
                article.title = format!("FAQ {number}");
            }
        }
        article
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::locale::Locale;

    #[test]
    fn views_take_away_what_they_say() {
        let articles: Vec<Article> = (0..40)
            .map(|n| {
                let mut article = Article::new(
                    format!("a{n}").parse().unwrap(),
                    Locale::ZhCn,
                    "退款多久到账",
                    "退款会在三个工作日内原路退回，节假日顺延，请留意短信。".repeat(2),
                );
                article.variants = vec!["钱什么时候回来".to_owned(), "几天退钱".to_owned()];
                article
            })
            .collect();
        let question = LabelledQuestion {
            sheet: None,
            line: 1,
            question: "退款".to_owned(),
            expected: vec!["a0".parse().unwrap(), "a1".parse().unwrap()],
            slice: None,
        };
        assert_eq!(View::all(&articles).len(), 5);
        let of = |view: View| view.of(&articles, std::slice::from_ref(&question));
        assert_eq!(of(View::Titles).0[0].variants.len(), 0);
        assert_eq!(of(View::OneVariant).0[0].variants.len(), 1);
        assert_eq!(of(View::Untitled).0[3].title, "FAQ 3");
        let (half, questions) = of(View::Half);
        assert!(half.len() > 8 && half.len() < 32);
        assert!(questions[0].expected.iter().all(|id| half.iter().any(|article| article.id == *id)));
    }
}
