//! What a customer makes of the list of options shown before.

use crate::decide::rules::{self, Picked, RuleInput};
use crate::domain::decision::Decision;
use crate::domain::ids::ArticleId;
use crate::domain::score::Probability;
use crate::text::normalize::phrasing_key;

/// What a customer makes of a list of options.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// The articles picked, in the order named.
    pub picked: Vec<ArticleId>,
    /// It picks, but not to be told which.
    pub unclear: bool,
}

/// Reads a message as an answer to a list.
pub(super) fn choice_of(list: &Decision, input: RuleInput<'_>, said: &str) -> Choice {
    if let Some(id) = by_title(list, said) {
        return Choice { picked: vec![id], unclear: false };
    }
    match rules::picks_options(input, list.clarify.len()) {
        Some(Picked::These(numbers)) => {
            Choice { picked: numbers.iter().filter_map(|n| list.clarify.get(n.checked_sub(1)?).cloned()).collect(), unclear: false }
        }
        Some(Picked::Unclear) => Choice { picked: Vec::new(), unclear: true },
        None => Choice::default(),
    }
}

/// The option whose title the customer repeats.
fn by_title(list: &Decision, said: &str) -> Option<ArticleId> {
    let key = phrasing_key(said);
    let titled = |id: &&ArticleId| list.candidates.iter().any(|c| c.article_id == **id && phrasing_key(&c.title) == key);
    list.clarify.iter().find(titled).cloned()
}

/// The probability that an earlier decision gave an article.
pub(super) fn probability_of(decision: &Decision, id: &ArticleId) -> Probability {
    decision.candidates.iter().find(|c| c.article_id == *id).map_or(Probability::ZERO, |c| c.probability)
}
