//! What all plots share: the surface, its colours, and the frame that a screen reader and a dark page need.

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
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
