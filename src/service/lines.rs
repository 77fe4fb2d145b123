//! Which lines a question has: its channel and the category of what was found may ask for another precision than the usual one.

use super::Service;
use crate::domain::decision::Thresholds;
use crate::retrieve::adaptation::Adaptation;
use crate::retrieve::judge::Judgement;

impl Service {
    /// The lines that follow from the precision asked for, or those written in the configuration.
    ///
    /// The category is that of the best candidate, in any of its languages: the answer does not depend on who reads it.
    pub(super) fn lines(&self, adaptation: &Adaptation, judgement: &Judgement, channel: Option<&str>) -> Thresholds {
        let versions = judgement.found.candidates.first().map_or(&[][..], |best| &best.versions);
        let categories = versions.iter().map(|version| version.article.category.as_str());
        let answers = &self.inner.config.answers;
        let lines = adaptation.thresholds(answers.target(channel, categories), judgement.degraded);
        Thresholds {
            answer: answers.answer_threshold.unwrap_or(lines.answer),
            clarify: answers.clarify_threshold.unwrap_or(lines.clarify),
            ..lines
        }
    }
}
