//! The histogram of the confidence: one strip each for right and wrong first candidates and for out-of-scope questions, so that no
//! colour is needed to tell them apart.

use plotters::chart::{ChartBuilder, LabelAreaPosition};
use plotters::element::{PathElement, Rectangle, Text};
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor};

use super::format::{confidence, percent};
use super::plot::{self, Drawn, Failed, INK, OUTSIDE, Plot, RIGHT, Surface, Told, WRONG, at, dressed, px, text};
use crate::domain::locale::Locale;
use crate::eval::metrics;
use crate::eval::record::{Asked, Lines};

const SIZE: (u32, u32) = (520, 480);
const BARS: usize = 20;

/// Questions that ended alike.
struct Strip {
    name: &'static str,
    color: RGBColor,
    counts: [usize; BARS],
    all: usize,
    above: usize,
}

/// Draws the three strips.
pub fn histogram(asked: &[&Asked], lines: &Lines, locale: Locale) -> Result<Plot, Failed> {
    let line = lines.answer;
    let strip = |name, color, belongs: &dyn Fn(&Asked) -> bool| {
        let mut strip = Strip { name, color, counts: [0; BARS], all: 0, above: 0 };
        for asked in asked.iter().filter(|asked| belongs(asked)) {
            strip.counts[bar(asked.confidence)] += 1;
            strip.all += 1;
            strip.above += usize::from(metrics::answered(asked, lines));
        }
        strip
    };
    let strips = [
        strip(locale.pick("第一候选正确", "First candidate right"), RIGHT, &|asked| asked.right()),
        strip(locale.pick("第一候选错误", "First candidate wrong"), WRONG, &|asked| asked.in_scope() && !asked.right()),
        strip(locale.pick("范围外的问题", "Out of scope"), OUTSIDE, &|asked| !asked.in_scope()),
    ];
    let title = locale.pick("把握度的分布", "Histogram of the confidence");
    let described: Vec<String> = strips.iter().map(|strip| caption(strip, line, locale)).collect();
    let description = described.join(locale.pick("；", "; "));
    let svg =
        plot::draw(SIZE, &Told { id: "histogram", title, description: &description }, |surface| paint(surface, &strips, line, locale))?;
    let answered = line.map_or("", |_| locale.pick("竖线右侧会被回答。", " What stands right of the upright line is answered."));
    let reading = locale.pick(
        format!("右边是有把握的问题，左边是没把握的：好的把握度把正确的推向右边，把其余的推向左边。{answered}三条各用自己的高度刻度。"),
        format!(
            "Questions with a high confidence stand right, with a low one left: a good confidence moves what is right to the right and \
             the rest to the left.{answered} Each strip has its own scale of heights."
        ),
    );
    let rows = (0..BARS).map(|bar| {
        let mut row = vec![format!("{}–{}", percent(bar as f64 / BARS as f64), percent((bar + 1) as f64 / BARS as f64))];
        row.extend(strips.iter().map(|strip| strip.counts[bar].to_string()));
        row
    });
    Ok(Plot {
        id: "histogram",
        title,
        reading,
        svg,
        head: std::iter::once(locale.pick("把握度", "Confidence")).chain(strips.iter().map(|strip| strip.name)).collect(),
        rows: rows.collect(),
    })
}

fn bar(confidence: f64) -> usize {
    ((confidence * BARS as f64) as usize).min(BARS - 1)
}

fn caption(strip: &Strip, line: Option<f64>, locale: Locale) -> String {
    let Strip { name, all, above, .. } = strip;
    match line {
        Some(_) => {
            locale.pick(format!("{name}：{all} 题，其中 {above} 题会被回答"), format!("{name}: {all} questions, {above} of them answered"))
        }
        None => locale.pick(format!("{name}：{all} 题"), format!("{name}: {all} questions")),
    }
}

fn paint(surface: &Surface, strips: &[Strip; 3], line: Option<f64>, locale: Locale) -> Drawn {
    let below = text(15, INK, HPos::Right, VPos::Bottom);
    let across = match line {
        Some(line) => locale.pick(format!("把握度（竖线：{}）", confidence(line)), format!("Confidence (line: {})", confidence(line))),
        None => locale.pick("把握度", "Confidence").to_owned(),
    };
    surface.draw(&Text::new(across, at(SIZE.0 as i32 - 14, SIZE.1 as i32 - 2), below))?;
    let (upper, _) = surface.split_vertically(px(SIZE.1 - 22));
    for (strip, area) in strips.iter().zip(upper.split_evenly((strips.len(), 1))) {
        area.draw(&Text::new(caption(strip, line, locale), at(4, 10), text(15, strip.color, HPos::Left, VPos::Top)))?;
        let top = strip.counts.iter().copied().max().unwrap_or(0).max(1) as f64;
        let mut chart = ChartBuilder::on(&area)
            .margin_top(px(34))
            .margin_right(px(26))
            .set_label_area_size(LabelAreaPosition::Left, px(52))
            .set_label_area_size(LabelAreaPosition::Bottom, px(26))
            .build_cartesian_2d(0.0..1.0, 0.0..top * 1.05)?;
        dressed(&mut chart.configure_mesh())
            .y_labels(3)
            .disable_x_mesh()
            .y_label_formatter(&|count| if count.fract() == 0.0 { format!("{count:.0}") } else { String::new() })
            .draw()?;
        let bars = strip.counts.iter().enumerate().filter(|(_, count)| **count > 0).map(|(bar, count)| {
            let (from, to) = (bar as f64 / BARS as f64, (bar + 1) as f64 / BARS as f64);
            let mut bar = Rectangle::new([(from, 0.0), (to, *count as f64)], strip.color.filled());
            bar.set_margin(0, 0, px(1), px(1));
            bar
        });
        chart.draw_series(bars)?;
        if let Some(line) = line {
            chart.draw_series([PathElement::new(vec![(line, 0.0), (line, top * 1.05)], INK.stroke_width(px(2)))])?;
        }
    }
    Ok(())
}
