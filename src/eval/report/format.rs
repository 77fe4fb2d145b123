//! Figures as people read them.

/// A share in per cent with one decimal, without one where it is whole.
pub fn percent(share: f64) -> String {
    decimals(share * 100.0, 1)
}

/// A share beside a target: with as many decimals as show on which side of it the share lies, four at most.
pub fn percent_beside(share: f64, target: f64) -> String {
    let shown = (1..=4).map(|places| (decimals(share * 100.0, places), decimals(target * 100.0, places)));
    let told = shown.into_iter().find(|(share_text, target_text)| share == target || share_text != target_text);
    told.map_or_else(|| decimals(share * 100.0, 4), |(share_text, _)| share_text)
}

fn decimals(percent: f64, places: usize) -> String {
    let text = format!("{percent:.places$}");
    let whole = text.split_once('.').filter(|(_, rest)| rest.chars().all(|c| c == '0')).map(|(whole, _)| whole);
    format!("{}%", whole.unwrap_or(&text))
}

/// A confidence: three decimals, and more where it would look like certainty without being it.
pub fn confidence(value: f64) -> String {
    let mut shown = (3..=6).map(|places| format!("{value:.places$}"));
    shown.find(|text| value >= 1.0 || !text.starts_with('1')).unwrap_or_else(|| value.to_string())
}

/// An interval of shares.
pub fn interval(low: f64, high: f64) -> String {
    format!("{}–{}", percent(low).trim_end_matches('%'), percent(high))
}

/// A figure and its interval; a dash for what could not be measured.
pub fn figure(value: Option<f64>, range: Option<(f64, f64)>, is_share: bool) -> (String, String) {
    let one = |value: f64| if is_share { percent(value) } else { format!("{value:.3}") };
    let both = |(low, high): (f64, f64)| if is_share { interval(low, high) } else { format!("{low:.3}–{high:.3}") };
    (value.map_or("–".to_owned(), one), range.map_or(String::new(), both))
}
