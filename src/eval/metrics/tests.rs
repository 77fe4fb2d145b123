//! Figures worked out by hand.

use super::*;
use crate::eval::record::tests::asked;

fn lines(answer: Option<f64>) -> Lines {
    Lines { target_precision: 0.95, answer, accurate: 0.5, labels_missing: None, evidence: None, labels: None }
}

fn in_slice(slice: &str, asked: Asked) -> Asked {
    Asked { slice: Some(slice.to_owned()), ..asked }
}

/// Right, wrong, out of scope and answered, any of two and right, out of scope and rejected.
fn five() -> Vec<Asked> {
    vec![
        asked("一", "a", &["a"], 0.9),
        asked("二", "b", &["c", "a", "x", "b"], 0.8),
        asked("三", "", &["a"], 0.7),
        asked("四", "d e", &["e", "d"], 0.6),
        asked("五", "", &["b"], 0.2),
    ]
}

#[test]
fn every_figure_by_hand() {
    let report = report(&five(), &lines(Some(0.7)));
    let all = &report.all;
    assert_eq!((all.questions, all.in_scope, all.out_of_scope), (5, 3, 2));
    let gain = |rank: f64| 1.0 / (rank + 1.0).log2();
    for (figure, want) in [
        (Figure::HitAt1, 2.0 / 3.0),
        (Figure::HitAt3, 2.0 / 3.0),
        (Figure::HitAt5, 1.0),
        (Figure::MrrAt10, (1.0 + 0.25 + 1.0) / 3.0),
        (Figure::NdcgAt10, (1.0 + gain(4.0) + 1.0) / 3.0),
        (Figure::AurocOutOfScope, 5.0 / 6.0),
        (Figure::Aurc, (0.0 + 1.0 / 2.0 + 2.0 / 3.0 + 2.0 / 4.0 + 3.0 / 5.0) / 5.0),
        (Figure::Ece, (0.1 + 0.8 + 0.7 + 0.4 + 0.2) / 5.0),
        (Figure::Brier, (0.01 + 0.64 + 0.49 + 0.16 + 0.04) / 5.0),
        (Figure::Coverage, 2.0 / 3.0),
        (Figure::Precision, 1.0 / 3.0),
        (Figure::InScopeRight, 1.0 / 3.0),
        (Figure::InScopeWrong, 1.0 / 3.0),
        (Figure::OutOfScopeRejected, 1.0 / 2.0),
        // Decided a c a e –, right a b – e –: 3 of 5 agree; (3·5 − 5) / √(25 − 7)².
        (Figure::Mcc, 10.0 / 18.0),
        (Figure::Accuracy, 3.0 / 5.0),
    ] {
        let value = all.figures.get(figure).unwrap();
        assert!((value - want).abs() < 1e-12, "{figure:?}: {value}, {want}");
        let (low, high) = all.intervals.get(figure).unwrap();
        assert!(low <= value && value <= high && low < high, "{figure:?}: {low} {value} {high}");
    }
}

#[test]
fn what_is_tied_counts_as_one() {
    let tied: Vec<Asked> = ["w", "a", "a", "a"].iter().zip(["一", "二", "三", "四"]).map(|(top, q)| asked(q, "a", &[top], 0.5)).collect();
    let figures = report(&tied, &lines(None)).all.figures;
    // A quarter is wrong wherever the curve is cut; one bin; all at the line are answered.
    assert_eq!((figures.get(Figure::Aurc), figures.get(Figure::Ece)), (Some(0.25), Some(0.25)));
    assert_eq!(figures.get(Figure::Accuracy), Some(0.75));
    let half = [asked("一", "a", &["a"], 0.4), asked("二", "", &["a"], 0.4)];
    assert_eq!(report(&half, &lines(None)).all.figures.get(Figure::AurocOutOfScope), Some(0.5));
}

#[test]
fn equal_bins_hold_equal_shares() {
    // 30 questions, two a bin: one right and one wrong of each pair leaves |2c − 1| / 2 in each.
    let asked: Vec<Asked> = (0..30)
        .map(|n| asked(&format!("{n:02}"), "a", &[if n % 2 == 0 { "a" } else { "b" }], f64::from(n / 2) / 20.0 + f64::from(n) * 1e-6))
        .collect();
    let want: f64 = (0..15).map(|bin| (f64::from(bin) / 20.0 - 0.5).abs()).sum::<f64>() / 15.0;
    let ece = report(&asked, &lines(None)).all.figures.get(Figure::Ece).unwrap();
    assert!((ece - want).abs() < 1e-4, "{ece} {want}");
}

#[test]
fn the_order_of_the_file_does_not_matter_and_a_report_repeats() {
    let mut asked: Vec<Asked> = (0..200u32)
        .map(|n| {
            let top = ["a", "b", "c"][(n % 3) as usize];
            let expected = if n % 4 == 0 { "" } else { ["a", "b"][(n % 2) as usize] };
            in_slice(
                ["x", "y"][(n % 2) as usize],
                super::super::record::tests::asked(&format!("问{n}"), expected, &[top, "d"], f64::from(n * 7 % 50) / 50.0),
            )
        })
        .collect();
    let lines = lines(Some(0.6));
    let first = report(&asked, &lines);
    asked.reverse();
    asked.swap(3, 90);
    assert_eq!(report(&asked, &lines), first);
    assert_ne!(first.slices["x"].figures, first.slices["y"].figures);
}

#[test]
fn nothing_answered_promises_nothing_and_what_means_nothing_is_left_out() {
    let quiet = report(&five(), &lines(None)).all;
    assert_eq!((quiet.figures.get(Figure::Precision), quiet.intervals.get(Figure::Precision)), (None, None));
    assert_eq!((quiet.figures.get(Figure::Coverage), quiet.promise_kept), (Some(0.0), true));
    let far = vec![in_slice("far", asked("天气", "", &["a"], 0.1)), in_slice("plain", asked("退款", "a", &["a"], 0.9))];
    let report = report(&far, &lines(Some(0.5)));
    let slice = &report.slices["far"];
    assert_eq!((slice.questions, slice.in_scope), (1, 0));
    assert_eq!([Figure::HitAt1, Figure::Coverage, Figure::Precision, Figure::Mcc].map(|figure| slice.figures.get(figure)), [None; 4]);
    // Set against the in-scope questions of the other slice.
    assert_eq!(slice.figures.get(Figure::AurocOutOfScope), Some(1.0));
    assert_eq!(slice.figures.get(Figure::OutOfScopeRejected), Some(1.0));

    let none = super::report(&[], &lines(None)).all;
    assert!(Figure::ALL.iter().all(|figure| none.figures.get(*figure).is_none()));
}

#[test]
fn a_broken_promise_is_told() {
    // 100 answers, 80 right.
    let asked: Vec<Asked> =
        (0..100).map(|n| asked(&format!("{n:03}"), "a", &[if n % 5 == 0 { "b" } else { "a" }], 0.96 + f64::from(n) * 1e-4)).collect();
    let broken = report(&asked, &lines(Some(0.95))).all;
    assert_eq!((broken.figures.get(Figure::Precision), broken.promise_kept), (Some(0.8), false));
    let kept = Lines { target_precision: 0.85, ..lines(Some(0.95)) };
    assert!(report(&asked, &kept).all.promise_kept);
}

#[test]
fn shares_of_all_or_nothing_have_wilson_intervals() {
    let asked: Vec<Asked> = (0..10).map(|n| asked(&format!("{n}"), "a", &["a"], 0.9)).collect();
    let all = report(&asked, &lines(Some(0.5))).all;
    // n / (n + z²), and the same from the other end.
    let want = 10.0 / (10.0 + 1.959_963_984_540_054f64.powi(2));
    for (figure, want) in [(Figure::HitAt1, (want, 1.0)), (Figure::InScopeWrong, (0.0, 1.0 - want))] {
        let (low, high) = all.intervals.get(figure).unwrap();
        assert!((low - want.0).abs() < 1e-12 && (high - want.1).abs() < 1e-12, "{figure:?}: {low} {high}");
    }
    let (low, high) = wilson(8.0, 10.0);
    assert!((low - 0.4902).abs() < 1e-4 && (high - 0.9433).abs() < 1e-4, "{low} {high}");
}

#[test]
fn resampling_agrees_with_the_normal_interval_of_a_mean() {
    let asked: Vec<Asked> = (0..400).map(|n| asked(&format!("{n:03}"), "a", &[if n % 4 == 0 { "b" } else { "a" }], 0.5)).collect();
    let (low, high) = report(&asked, &lines(None)).all.intervals.get(Figure::HitAt1).unwrap();
    let reach = 1.96 * (0.75f64 * 0.25 / 400.0).sqrt();
    assert!((low - (0.75 - reach)).abs() < 0.006 && (high - (0.75 + reach)).abs() < 0.006, "{low} {high}");
}

#[test]
fn draws_keep_their_number_and_differ_from_each_other() {
    let five = five();
    let (own, against): (Vec<&Asked>, Vec<&Asked>) = five.iter().partition(|asked| asked.in_scope());
    let sample = Sample::new(&own, &against, &lines(None));
    let drawn: BTreeSet<Vec<u32>> = (0..RESAMPLES).map(|number| weights(&sample, number)).collect();
    assert!(drawn.iter().all(|weights| weights[..3].iter().sum::<u32>() == 3 && weights[3..].iter().sum::<u32>() == 2));
    // 10 ways to draw three of three times 3 ways to draw two of two.
    assert_eq!(drawn.len(), 30);
}
