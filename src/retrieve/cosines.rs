//! How near a question lies to an article's passages.

use crate::domain::passage::PassageKind;

/// Cosines of a question with one article's passages; `None` where the article has no such passage, or no vector.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cosines {
    /// The best over titles and variants.
    pub phrasing: Option<f32>,
    /// The mean of the three best over titles and variants: how broadly the article agrees.
    pub broad: Option<f32>,
    /// The best over the pieces of the answer.
    pub answer: Option<f32>,
    /// That with the answer as a whole.
    pub centre: Option<f32>,
}

/// Cosines with single passages, in any order.
#[derive(Debug, Default)]
pub struct Gathered {
    phrasings: Vec<f32>,
    answers: Vec<f32>,
}

impl Gathered {
    /// Adds that with a passage.
    pub fn add(&mut self, kind: PassageKind, cosine: f32) {
        let list = if kind == PassageKind::Answer { &mut self.answers } else { &mut self.phrasings };
        list.push(cosine);
    }

    /// Puts them together; `centre` is that with the answer as a whole.
    pub fn together(mut self, centre: Option<f32>) -> Cosines {
        self.phrasings.sort_by(|a, b| b.total_cmp(a));
        let broad = &self.phrasings[..self.phrasings.len().min(3)];
        Cosines {
            phrasing: self.phrasings.first().copied(),
            broad: (!broad.is_empty()).then(|| broad.iter().sum::<f32>() / broad.len() as f32),
            answer: self.answers.into_iter().max_by(f32::total_cmp),
            centre,
        }
    }
}
