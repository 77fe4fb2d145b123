//! How good retrieval and decisions are on labelled questions.
//!
//! articles and [`questions`] → [`run`] → [`record`], which is kept ([`runs`]) → [`metrics`], [`compare`], [`gate`].
//! Everything that is told of a run is worked out from its record alone.

pub mod calibrated;
pub mod compare;
pub mod fit;
pub mod gate;
pub mod knowledge;
pub mod metrics;
pub mod notes;
pub mod pairs;
pub mod questions;
pub mod record;
pub mod report;
pub mod rules;
pub mod run;
pub mod runs;
pub mod traffic;
pub mod vectors;
pub mod views;

/// A text of a file as a terminal may show it: control characters and those that turn the direction of writing are spelt out.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let hidden = c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if hidden { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    shown
}
