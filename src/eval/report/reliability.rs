//! The reliability diagram: whether a confidence of 80 % is right in 80 of 100 cases.

use plotters::element::{Circle, PathElement};
use plotters::series::DashedLineSeries;
use plotters::style::Color;

use super::format::{self, percent};
use super::numbers::{Bin, interval};
use super::plot::{self, Drawn, Failed, INK, PAPER, Plot, RIGHT, Surface, Told, px};
use crate::domain::locale::Locale;

const SIZE: (u32, u32) = (520, 380);

/// Draws the bins.
pub fn reliability(bins: &[Bin], locale: Locale) -> Result<Plot, Failed> {
    let off = bins.iter().filter(|bin| !agrees(bin)).count();
    let title = locale.pick("可靠性图", "Reliability diagram");
    let sizes = sizes(bins);
    let description = locale.pick(
        format!("{} 档中，{} 档的实际正确率与把握度相符，{off} 档不符。", bins.len(), bins.len() - off),
        format!("In {} of {} bins the share that is right agrees with the confidence; in {off} it does not.", bins.len() - off, bins.len()),
    );
    let svg = plot::draw(SIZE, &Told { id: "reliability", title, description: &description }, |surface| paint(surface, bins, locale))?;
    let reading = locale.pick(
        format!(
            "问题按把握度从低到高分成题数相近的 {} 档，每档 {sizes} 题。点落在虚线上：说有八成把握时，确实十次对八次；在虚线下方是过于自信，\
             上方是过于谨慎。竖线是 95% 区间；空心点的区间碰不到虚线。{description}",
            bins.len()
        ),
        format!(
            "The questions in {} bins of about equal size, {sizes} each, by confidence. On the dashed line, what claims 80% is right in 80 of \
             100 cases; below it the confidence is too high, above it too low. Upright lines are 95% intervals; where a dot is hollow \
             its interval misses the dashed line. {description}",
            bins.len()
        ),
    );
    Ok(Plot {
        id: "reliability",
        title,
        reading,
        svg,
        head: locale
            .pick(
                ["平均把握度", "题数", "正确", "正确的比例", "95% 区间"],
                ["Mean confidence", "Questions", "Right", "Share right", "95% interval"],
            )
            .to_vec(),
        rows: bins
            .iter()
            .map(|bin| {
                let range = interval(bin.right, bin.questions).map_or(String::new(), |(low, high)| format::interval(low, high));
                vec![percent(bin.confidence), bin.questions.to_string(), bin.right.to_string(), percent(bin.accuracy()), range]
            })
            .collect(),
    })
}

fn sizes(bins: &[Bin]) -> String {
    let least = bins.iter().map(|bin| bin.questions).min().unwrap_or(0);
    let most = bins.iter().map(|bin| bin.questions).max().unwrap_or(0);
    if least == most { least.to_string() } else { format!("{least}–{most}") }
}

/// Whether the interval of the share that is right holds the confidence.
fn agrees(bin: &Bin) -> bool {
    interval(bin.right, bin.questions).is_none_or(|(low, high)| (low..=high).contains(&bin.confidence))
}

fn paint(surface: &Surface, bins: &[Bin], locale: Locale) -> Drawn {
    let (up, across) = (locale.pick("实际正确的比例", "Share that is right"), locale.pick("把握度", "Confidence"));
    let mut chart = plot::shares(surface, SIZE, (up, across), 1.0)?;
    chart.draw_series(DashedLineSeries::new([(0.0, 0.0), (1.0, 1.0)], px(8), px(5), INK.stroke_width(px(1))))?;
    let whiskers = bins.iter().filter_map(|bin| {
        let (low, high) = interval(bin.right, bin.questions)?;
        Some(PathElement::new(vec![(bin.confidence, low), (bin.confidence, high)], RIGHT.stroke_width(px(2))))
    });
    chart.draw_series(whiskers)?;
    let place = |bin: &Bin| (bin.confidence, bin.accuracy());
    chart.draw_series(bins.iter().map(|bin| Circle::new(place(bin), px(6), RIGHT.filled())))?;
    chart.draw_series(bins.iter().filter(|bin| !agrees(bin)).map(|bin| Circle::new(place(bin), px(4), PAPER.filled())))?;
    Ok(())
}
