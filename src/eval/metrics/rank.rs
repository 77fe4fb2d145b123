//! Measures that only look at the order of numbers.

/// Area under the ROC curve: the probability that a positive scores above a negative, ties half. `None` without both sides.
///
/// **Cost**: one sort.
pub fn auroc(scored: &[(f64, bool)]) -> Option<f64> {
    let positives = scored.iter().filter(|s| s.1).count();
    let negatives = scored.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let mut order: Vec<&(f64, bool)> = scored.iter().collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Sum of the mid-ranks of the positives (Mann–Whitney U).
    let (mut rank_sum, mut at) = (0.0, 0);
    while at < order.len() {
        let mut end = at;
        while end < order.len() && order[end].0 == order[at].0 {
            end += 1;
        }
        let mid_rank = (at + 1 + end) as f64 / 2.0;
        rank_sum += mid_rank * order[at..end].iter().filter(|s| s.1).count() as f64;
        at = end;
    }
    let p = positives as f64;
    Some((rank_sum - p * (p + 1.0) / 2.0) / (p * negatives as f64))
}

/// Spearman's rank correlation of pairs, mid-ranks for ties. `None` where a side does not vary.
pub fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    let left = mid_ranks(&pairs.iter().map(|p| p.0).collect::<Vec<_>>());
    let right = mid_ranks(&pairs.iter().map(|p| p.1).collect::<Vec<_>>());
    let n = pairs.len() as f64;
    let mean = (n + 1.0) / 2.0;
    let (mut cov, mut var_left, mut var_right) = (0.0, 0.0, 0.0);
    for (l, r) in left.iter().zip(&right) {
        cov += (l - mean) * (r - mean);
        var_left += (l - mean).powi(2);
        var_right += (r - mean).powi(2);
    }
    (var_left > 0.0 && var_right > 0.0).then(|| cov / (var_left * var_right).sqrt())
}

fn mid_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut at = 0;
    while at < order.len() {
        let mut end = at;
        while end < order.len() && values[order[end]] == values[order[at]] {
            end += 1;
        }
        for index in &order[at..end] {
            ranks[*index] = (at + 1 + end) as f64 / 2.0;
        }
        at = end;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auroc_by_hand() {
        assert_eq!(auroc(&[(0.9, true), (0.1, false)]), Some(1.0));
        assert_eq!(auroc(&[(0.5, true), (0.5, false)]), Some(0.5));
        assert_eq!(auroc(&[(0.1, true), (0.5, false), (0.7, true), (0.6, false)]), Some(0.5));
        assert_eq!(auroc(&[(0.1, true)]), None);
    }

    #[test]
    fn spearman_by_hand() {
        assert!((spearman(&[(1.0, 10.0), (2.0, 20.0), (3.0, 30.0)]).unwrap() - 1.0).abs() < 1e-12);
        assert!((spearman(&[(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)]).unwrap() + 1.0).abs() < 1e-12);
        assert_eq!(spearman(&[(1.0, 1.0), (1.0, 2.0)]), None);
    }
}
