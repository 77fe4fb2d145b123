//! The risk–coverage curve: how many answers are wrong when only the most confident questions are answered, more and more of them.

use plotters::element::{Circle, PathElement};
use plotters::series::{DashedLineSeries, LineSeries};
use plotters::style::Color;

use super::format::{confidence, percent};
use super::numbers::{Outcome, share};
use super::plot::{self, Drawn, Failed, INK, Plot, RIGHT, Surface, Told, WRONG, px};
use crate::domain::locale::Locale;
use crate::eval::record::Lines;

const SIZE: (u32, u32) = (520, 380);

/// What is drawn: shares of all questions and of wrong answers.
struct Curve {
    points: Vec<(f64, f64)>,
    /// Where the software stops, if it answers anything.
    operating: Option<(f64, f64)>,
    /// The share of wrong answers that the target allows.
    allowed: f64,
}

/// Draws the outcomes of every line; `chosen` is the software's own.
pub fn risk_coverage(sweep: &[Outcome], chosen: &Outcome, lines: &Lines, locale: Locale) -> Result<Plot, Failed> {
    let questions = sweep.last().map_or(0, |all| all.answered);
    let place = |outcome: &Outcome| share(outcome.answered, questions).zip(outcome.risk());
    let curve = Curve { points: sweep.iter().filter_map(place).collect(), operating: place(chosen), allowed: 1.0 - lines.target_precision };
    let title = locale.pick("风险–覆盖曲线", "Risk–coverage curve");
    let told = Told { id: "curve", title, description: &curve.description(locale) };
    let svg = plot::draw(SIZE, &told, |surface| curve.paint(surface, locale))?;
    let target = percent(lines.target_precision);
    let dot = curve.operating.map_or("", |_| locale.pick("圆点是软件自己选的位置。", " The dot is where the software chose to stop."));
    let reading = locale.pick(
        format!("从最有把握的问题答起，越往右答得越多，曲线是答案里错误的比例：越低越好。虚线是目标精确率 {target} 允许的错误。{dot}"),
        format!(
            "The most confident questions are answered first, further right more of them; the curve is the share of wrong answers: \
             lower is better. The dashed line is what a target precision of {target} allows.{dot}"
        ),
    );
    Ok(Plot {
        id: "curve",
        title,
        reading,
        svg,
        head: locale
            .pick(["回答的问题", "答案数", "错误的比例", "把握度从"], ["Questions answered", "Answers", "Share wrong", "Confidence from"])
            .to_vec(),
        rows: rows(sweep, questions),
    })
}

impl Curve {
    /// Highest share of wrong answers shown. The first few answers swing between none and all wrong, so they do not decide.
    fn top(&self) -> f64 {
        let settled = self.points.iter().filter(|(coverage, _)| *coverage >= 0.1).map(|(_, risk)| *risk);
        let highest = settled.chain(self.operating.map(|(_, risk)| risk)).fold(self.allowed * 1.5, f64::max);
        ((highest * 1.08 * 20.0).ceil() / 20.0).clamp(0.05, 1.0)
    }

    fn description(&self, locale: Locale) -> String {
        let all = self.points.last().map_or(0.0, |(_, risk)| *risk);
        let end = locale.pick(
            format!("全部回答时 {} 是错的。", percent(all)),
            format!("With every question answered, {} of the answers are wrong.", percent(all)),
        );
        let here = self.operating.map_or(String::new(), |(coverage, risk)| {
            locale.pick(
                format!("软件选的位置：回答全部问题的 {}，其中 {} 是错的。", percent(coverage), percent(risk)),
                format!(
                    "Where the software stops, {} of all questions are answered and {} of the answers are wrong. ",
                    percent(coverage),
                    percent(risk)
                ),
            )
        });
        format!("{here}{end}")
    }

    fn paint(&self, surface: &Surface, locale: Locale) -> Drawn {
        let top = self.top();
        let up = locale.pick("答案里错误的比例", "Share of wrong answers");
        let across = locale.pick("回答的问题占全部问题", "Share of all questions answered");
        let mut chart = plot::shares(surface, SIZE, (up, across), top)?;
        chart.draw_series(DashedLineSeries::new([(0.0, self.allowed), (1.0, self.allowed)], px(8), px(5), WRONG.stroke_width(px(2))))?;
        chart.draw_series(LineSeries::new(self.points.iter().map(|(x, y)| (*x, y.min(top))), RIGHT.stroke_width(px(2) + 2)))?;
        if let Some((coverage, risk)) = self.operating {
            let drop = vec![(coverage, 0.0), (coverage, risk)];
            chart.draw_series([PathElement::new(drop, INK.stroke_width(px(1)))])?;
            chart.draw_series([Circle::new((coverage, risk), px(6), INK.filled())])?;
        }
        Ok(())
    }
}

/// The outcomes nearest to each tenth of all questions, from below.
fn rows(sweep: &[Outcome], questions: usize) -> Vec<Vec<String>> {
    let mut rows: Vec<Outcome> = Vec::new();
    for tenth in 1..=10 {
        let within = sweep.iter().take_while(|outcome| outcome.answered * 10 <= questions * tenth).last();
        if let Some(outcome) = within.filter(|outcome| rows.last().is_none_or(|last| last.answered < outcome.answered)) {
            rows.push(*outcome);
        }
    }
    let cell = |share: Option<f64>| share.map_or("–".to_owned(), percent);
    rows.iter().map(|o| vec![cell(share(o.answered, questions)), o.answered.to_string(), cell(o.risk()), confidence(o.line)]).collect()
}
