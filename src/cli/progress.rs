//! How far a long step has come: a bar with the time left on a terminal, a line now and then elsewhere. Always on standard
//! error.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// One step.
pub struct Steps {
    what: String,
    style: Style,
}

enum Style {
    Bar(ProgressBar),
    Lines { begun: Instant, last: Option<Instant> },
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Bytes.
    Bytes,
}

impl Steps {
    /// A step named `what`. Nothing is shown before the first [`Steps::at`].
    pub fn new(what: impl Into<String>, unit: Unit) -> Self {
        let what = what.into();
        let style = if std::io::stderr().is_terminal() {
            let template = match unit {
                Unit::Count => "{msg} [{bar:20}] {pos}/{len} {eta}",
                Unit::Bytes => "{msg} [{bar:20}] {bytes}/{total_bytes} {eta}",
            };
            let bar = ProgressBar::no_length().with_message(what.clone());
            bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
            Style::Bar(bar)
        } else {
            Style::Lines { begun: Instant::now(), last: None }
        };
        Steps { what, style }
    }

    /// `done` of `all` are done.
    pub fn at(&mut self, done: u64, all: u64) {
        match &mut self.style {
            Style::Bar(bar) => {
                bar.set_length(all);
                bar.set_position(done);
                if done >= all {
                    bar.finish();
                }
            }
            Style::Lines { begun, last } => {
                let due = last.is_none_or(|last| last.elapsed() >= LINE_EVERY) || done >= all;
                if due {
                    *last = Some(Instant::now());
                    let line = line(&self.what, done, all, begun.elapsed());
                    // Standard error may be closed; the work goes on.
                    let _ = writeln!(std::io::stderr().lock(), "{line}");
                }
            }
        }
    }
}

/// One line, with the time left once it can be told.
fn line(what: &str, done: u64, all: u64, taken: Duration) -> String {
    let left = if done > 0 && done < all {
        format!(", ~{} s", (taken.as_secs_f64() / done as f64 * (all - done) as f64).ceil())
    } else {
        String::new()
    };
    format!("{what}: {done}/{all}{left}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_tell_the_time_left() {
        assert_eq!(line("index", 0, 100, Duration::from_secs(0)), "index: 0/100");
        assert_eq!(line("index", 25, 100, Duration::from_secs(10)), "index: 25/100, ~30 s");
        assert_eq!(line("index", 100, 100, Duration::from_secs(40)), "index: 100/100");
    }
}
