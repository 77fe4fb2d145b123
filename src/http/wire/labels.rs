//! Labelled questions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fields;
use crate::domain::label::Label as Kept;
use crate::http::error::HttpError;
use crate::service::labels::NewLabel;
use crate::store::LabelReport;

/// Labels to be given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveLabels {
    /// 1 to 500. All are kept or none.
    pub labels: Vec<GiveLabel>,
}

/// A label to be given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveLabel {
    /// The question as a customer would ask it; personal data is masked.
    #[schema(example = "退款几天能到")]
    pub question: String,
    /// Ids of the articles of which any answers it; empty: no article does.
    #[schema(example = json!(["refund-arrival"]))]
    pub expected: Vec<String>,
}

impl GiveLabels {
    /// The labels, with ids that are ids.
    pub fn read(self) -> Result<Vec<NewLabel>, HttpError> {
        let label = |(at, GiveLabel { question, expected }): (usize, GiveLabel)| {
            let ids = expected.iter().enumerate().map(|(n, id)| fields::id(&format!("labels[{at}].expected[{n}]"), id));
            Ok(NewLabel { question, expected: ids.collect::<Result<_, _>>()? })
        };
        self.labels.into_iter().enumerate().map(label).collect()
    }
}

/// A labelled question.
#[derive(Debug, Serialize, ToSchema)]
pub struct Label {
    /// Its id.
    pub id: String,
    /// The question, personal data masked.
    pub question: String,
    /// Ids of the articles of which any answers it; empty: no article does.
    pub expected: Vec<String>,
    /// When it was given, or last given again.
    #[schema(schema_with = fields::moment)]
    pub at: String,
}

impl Label {
    /// Of a label.
    pub fn new(kept: Kept) -> Self {
        let Kept { id, question, expected, at } = kept;
        Label { id: id.to_string(), question, expected: expected.iter().map(ToString::to_string).collect(), at: fields::time(at) }
    }
}

/// What became of labels that were given.
#[derive(Debug, Serialize, ToSchema)]
pub struct GivenLabels {
    /// As they are kept now, in the order given; a question given twice stands once, where it was given last.
    pub items: Vec<Label>,
    /// How many of them are new; the others took the place of an earlier one.
    pub added: usize,
    /// How many labels there are altogether.
    pub total: u64,
}

impl GivenLabels {
    /// Of a report.
    pub fn new(report: LabelReport) -> Self {
        let LabelReport { labels, added, total } = report;
        GivenLabels { items: labels.into_iter().map(Label::new).collect(), added, total }
    }
}
