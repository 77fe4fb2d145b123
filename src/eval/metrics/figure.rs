//! The figures by name: one list for measuring, comparing, gating and printing.

/// A figure of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// Share of in-scope questions with a right article first.
    HitAt1,
    /// Share of in-scope questions with a right article among the first three.
    HitAt3,
    /// Share of in-scope questions with a right article among the first five.
    HitAt5,
    /// Mean of 1/rank of the first right article within ten, 0 beyond.
    MrrAt10,
    /// Normalised discounted cumulative gain within ten, binary relevance.
    NdcgAt10,
    /// Probability that an in-scope question has a higher confidence than an out-of-scope one, ties half.
    AurocOutOfScope,
    /// Area under the risk–coverage curve over all questions.
    Aurc,
    /// Expected calibration error in 15 bins of equal mass.
    Ece,
    /// Mean squared distance of the confidence from being right.
    Brier,
    /// Share of in-scope questions that are answered.
    Coverage,
    /// Share of answered questions, in and out of scope, whose answer is right.
    Precision,
    /// Share of in-scope questions that are answered rightly.
    InScopeRight,
    /// Share of in-scope questions that are answered wrongly.
    InScopeWrong,
    /// Share of out-of-scope questions that are not answered.
    OutOfScopeRejected,
    /// Correlation of the decided with the right class (an article, or none) at the most accurate line.
    Mcc,
    /// Share of questions whose decided class is right at the most accurate line.
    Accuracy,
}

/// How many figures there are.
pub const COUNT: usize = 16;

impl Figure {
    /// Every figure, in the order in which they are printed.
    pub const ALL: [Figure; COUNT] = [
        Figure::HitAt1,
        Figure::HitAt3,
        Figure::HitAt5,
        Figure::MrrAt10,
        Figure::NdcgAt10,
        Figure::AurocOutOfScope,
        Figure::Aurc,
        Figure::Ece,
        Figure::Brier,
        Figure::Coverage,
        Figure::Precision,
        Figure::InScopeRight,
        Figure::InScopeWrong,
        Figure::OutOfScopeRejected,
        Figure::Mcc,
        Figure::Accuracy,
    ];

    /// Its group and its name in JSON.
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Figure::HitAt1 => ("retrieval", "hit_at_1"),
            Figure::HitAt3 => ("retrieval", "hit_at_3"),
            Figure::HitAt5 => ("retrieval", "hit_at_5"),
            Figure::MrrAt10 => ("retrieval", "mrr_at_10"),
            Figure::NdcgAt10 => ("retrieval", "ndcg_at_10"),
            Figure::AurocOutOfScope => ("decision", "auroc_out_of_scope"),
            Figure::Aurc => ("decision", "aurc"),
            Figure::Ece => ("decision", "ece"),
            Figure::Brier => ("decision", "brier"),
            Figure::Coverage => ("decision", "coverage"),
            Figure::Precision => ("decision", "precision"),
            Figure::InScopeRight => ("decision", "in_scope_right"),
            Figure::InScopeWrong => ("decision", "in_scope_wrong"),
            Figure::OutOfScopeRejected => ("decision", "out_of_scope_rejected"),
            Figure::Mcc => ("decision", "mcc"),
            Figure::Accuracy => ("decision", "accuracy"),
        }
    }

    /// Group and name as one path: `decision.ece`.
    pub fn path(self) -> String {
        let (group, name) = self.names();
        format!("{group}.{name}")
    }

    /// The figure of a path.
    pub fn of_path(path: &str) -> Option<Self> {
        Figure::ALL.into_iter().find(|figure| figure.path() == path)
    }

    /// Whether less is better.
    pub const fn is_cost(self) -> bool {
        matches!(self, Figure::Aurc | Figure::Ece | Figure::Brier | Figure::InScopeWrong)
    }
}

/// A value per figure; `None` where a figure means nothing (no out-of-scope questions, nothing answered …).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PerFigure<T>([Option<T>; COUNT]);

impl<T: Copy> PerFigure<T> {
    /// From a value of each.
    pub fn from_fn(value: impl FnMut(Figure) -> Option<T>) -> Self {
        PerFigure(Figure::ALL.map(value))
    }

    /// The value of one.
    pub fn get(&self, figure: Figure) -> Option<T> {
        self.0[figure as usize]
    }
}

/// Figures of a set of questions.
pub type Figures = PerFigure<f64>;

/// Lower and upper ends of 95 % intervals.
pub type Intervals = PerFigure<(f64, f64)>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_the_order_of_the_numbers_and_paths_lead_back() {
        for (at, figure) in Figure::ALL.into_iter().enumerate() {
            assert_eq!((figure as usize, Figure::of_path(&figure.path())), (at, Some(figure)));
        }
        assert_eq!(Figure::of_path("decision.hit_at_1"), None);
    }
}
