//! What all plots share: the surface, its colours, and the frame that a screen reader and a dark page need.

use plotters::backend::SVGBackend;
use plotters::chart::{ChartBuilder, ChartContext, LabelAreaPosition, MeshStyle};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::Text;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, RGBColor, TextStyle};

/// Drawing units per CSS pixel: the library draws at whole units, and curves need finer steps than pixels.
pub const FINE: u32 = 4;

/// Text and axes. The style sheet turns each of these colours into one that suits a dark page, by its value.
pub const INK: RGBColor = RGBColor(0x1b, 0x1f, 0x24);
/// Grid lines.
pub const GRID: RGBColor = RGBColor(0xd9, 0xdd, 0xe2);
/// What is measured; right answers.
pub const RIGHT: RGBColor = RGBColor(0x1a, 0x66, 0xa8);
/// Wrong answers and what was promised.
pub const WRONG: RGBColor = RGBColor(0xb8, 0x3a, 0x0e);
/// Questions that no article answers.
pub const OUTSIDE: RGBColor = RGBColor(0x6f, 0x42, 0x9c);
/// The page, where a mark is hollow.
pub const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);

/// The surface of a plot.
pub type Surface<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// What drawing ends with.
pub type Drawn = Result<(), Failed>;

/// The type of the library's failures.
pub type Failed = DrawingAreaErrorKind<std::io::Error>;

/// A plot with its words, and its figures as a table for those who cannot see it or want to know exactly.
pub struct Plot {
    /// Unique on the page; letters only.
    pub id: &'static str,
    /// What it is.
    pub title: &'static str,
    /// How to read it.
    pub reading: String,
    /// The SVG element.
    pub svg: String,
    /// The figures: a name for each column, and the rows.
    pub head: Vec<&'static str>,
    /// As many cells each as there are names.
    pub rows: Vec<Vec<String>>,
}

/// What a reader who does not see the plot is told.
pub struct Told<'a> {
    /// Unique on the page; letters only.
    pub id: &'a str,
    /// What the plot is.
    pub title: &'a str,
    /// What it shows.
    pub description: &'a str,
}

/// Axes over shares.
pub type Shares<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// The grid, axes and labels of a plot.
pub type Mesh<'a, 'b, 's> = MeshStyle<'a, 'b, RangedCoordf64, RangedCoordf64, SVGBackend<'s>>;

/// Draws axes in per cent: across from 0 to 1, up from 0 to `top`; `names` are those of the axes, up first.
pub fn shares<'a, 'b>(surface: &'a Surface<'b>, size: (u32, u32), names: (&str, &str), top: f64) -> Result<Shares<'a, 'b>, Failed> {
    surface.draw(&Text::new(names.0, at(4, 2), text(15, INK, HPos::Left, VPos::Top)))?;
    let below = text(15, INK, HPos::Right, VPos::Bottom);
    surface.draw(&Text::new(names.1, at(size.0 as i32 - 14, size.1 as i32 - 2), below))?;
    let mut chart = ChartBuilder::on(surface)
        .margin_top(px(28))
        .margin_right(px(26))
        .margin_bottom(px(22))
        .set_label_area_size(LabelAreaPosition::Left, px(52))
        .set_label_area_size(LabelAreaPosition::Bottom, px(28))
        .build_cartesian_2d(0.0..1.0, 0.0..top)?;
    dressed(&mut chart.configure_mesh()).y_labels(6).y_label_formatter(&|share| axis_percent(*share)).draw()?;
    Ok(chart)
}

/// Lines and letters of axes, across in per cent.
pub fn dressed<'m, 'a, 'b, 's>(mesh: &'m mut Mesh<'a, 'b, 's>) -> &'m mut Mesh<'a, 'b, 's> {
    mesh.x_labels(6)
        .max_light_lines(0)
        .bold_line_style(GRID.stroke_width(px(1)))
        .axis_style(INK.stroke_width(px(1)))
        .x_label_style(text(14, INK, HPos::Center, VPos::Top))
        .y_label_style(text(14, INK, HPos::Right, VPos::Center))
        .x_label_formatter(&|share| axis_percent(*share))
        .set_all_tick_mark_size(px(6))
}

/// Draws a plot of `size` CSS pixels and returns the SVG element, to stand inside a page.
///
/// **Errors**: those of the library, which a drawing into memory has no cause for.
pub fn draw(size: (u32, u32), told: &Told, paint: impl FnOnce(&Surface) -> Drawn) -> Result<String, Failed> {
    let size = (size.0 * FINE, size.1 * FINE);
    let mut svg = String::new();
    {
        let surface = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        paint(&surface)?;
        surface.present()?;
    }
    // The library's own opening tag has a fixed size and no name.
    let inside = svg.split_once('>').map_or("", |(_, rest)| rest).trim_end().trim_end_matches("</svg>");
    let Told { id, title, description } = told;
    Ok(format!(
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n\
         <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>{inside}</svg>",
        size.0,
        size.1,
        escaped(title),
        escaped(description),
    ))
}

/// A length in CSS pixels.
pub const fn px(pixels: u32) -> u32 {
    pixels * FINE
}

/// A place in CSS pixels.
pub const fn at(x: i32, y: i32) -> (i32, i32) {
    (x * FINE as i32, y * FINE as i32)
}

/// Text of `size` CSS pixels, anchored at its place.
pub fn text<'a>(size: u32, color: RGBColor, horizontal: HPos, vertical: VPos) -> TextStyle<'a> {
    // The library draws a font at 1/1.24 of its nominal size; the family is the page's, by its style sheet.
    let font = FontDesc::new(FontFamily::SansSerif, f64::from(px(size)) * 1.24, FontStyle::Normal);
    TextStyle { font, color: color.to_backend_color(), pos: Pos::new(horizontal, vertical) }
}

/// A share as an axis shows it.
pub fn axis_percent(share: f64) -> String {
    let percent = share * 100.0;
    if (percent - percent.round()).abs() < 1e-6 { format!("{percent:.0}%") } else { format!("{percent:.1}%") }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
