//! Pairs of sentences with a number that says how alike they are: what the encoder's cosine is worth by itself.

use std::path::Path;

use super::metrics::{auroc, spearman};
use super::questions::{Form, QuestionsError};
use crate::domain::wording::Wording;
use crate::embed::Embedder;
use crate::error::Failure;
use crate::kb::Place;
use crate::kb::sheets::{Content, content};
use crate::text::normalize::fold;

/// Two sentences and how alike they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// One.
    pub left: String,
    /// The other.
    pub right: String,
    /// How alike; only the order counts.
    pub label: f64,
}

/// What the cosine is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairFigures {
    /// Pairs.
    pub pairs: usize,
    /// Spearman's rank correlation of cosine and label; `None` if one of them does not vary.
    pub spearman: Option<f64>,
    /// The area under the curve, where labels are 0 and 1; `None` otherwise.
    pub auc: Option<f64>,
}

/// Reads lines of two sentences and a number, separated by tabs, in the encodings that articles may have. A first line without a
/// number is a header.
pub fn read(path: &Path) -> Result<Vec<Pair>, QuestionsError> {
    let name = path.display().to_string();
    let wrong = |line: usize, zh: &str, en: &str| QuestionsError::of(Form::Pairs, Place::new(&name, line as u64), Wording::new(zh, en));
    let Content::Text(text) = content(path, &name).map_err(|source| QuestionsError::File { source: Box::new(source) })? else {
        return Err(wrong(1, "句对应是文本文件", "pairs are a text file"));
    };
    let mut pairs = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |zh: &str, en: &str| wrong(at + 1, zh, en);
        let mut cells = line.split('\t');
        let (Some(left), Some(right), Some(label)) = (cells.next(), cells.next(), cells.next()) else {
            return Err(wrong("应是两个句子和一个数，用制表符隔开", "two sentences and a number, separated by tabs, are expected"));
        };
        match label.trim().parse::<f64>() {
            Ok(label) if label.is_finite() => pairs.push(Pair { left: left.to_owned(), right: right.to_owned(), label }),
            _ if at == 0 => {}
            _ => return Err(wrong("第三列不是数", "the third column is not a number")),
        }
    }
    if pairs.is_empty() { Err(QuestionsError::Empty { form: Form::Pairs, file: name }) } else { Ok(pairs) }
}

/// Measures. Equal sentences are encoded once, in batches; `progress` hears how many are done.
pub fn measure(pairs: &[Pair], embedder: &dyn Embedder, progress: &mut dyn FnMut(usize, usize)) -> Result<PairFigures, Failure> {
    let mut texts: Vec<String> = pairs.iter().flat_map(|pair| [fold(&pair.left), fold(&pair.right)]).collect();
    texts.sort();
    texts.dedup();
    let all = texts.len();
    let vectors = embedder.embed_passages(&texts, &mut |done| progress(done, all))?;
    let vector = |text: &str| texts.binary_search_by(|known| known.as_str().cmp(&fold(text))).ok().and_then(|at| vectors.get(at));
    let scored: Vec<(f64, f64)> = pairs
        .iter()
        .filter_map(|pair| {
            let (left, right) = (vector(&pair.left)?, vector(&pair.right)?);
            let cosine: f64 = left.iter().zip(right).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            Some((cosine, pair.label))
        })
        .collect();
    let is_yes_no = scored.iter().all(|(_, label)| *label == 0.0 || *label == 1.0);
    let decided: Vec<(f64, bool)> = scored.iter().map(|(cosine, label)| (*cosine, *label == 1.0)).collect();
    Ok(PairFigures { pairs: scored.len(), spearman: spearman(&scored), auc: if is_yes_no { auroc(&decided) } else { None } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::locale::Locale;
    use crate::embed::hashing::HashingEmbedder;
    use crate::error::Coded;

    fn read_text(text: &str) -> Result<Vec<Pair>, QuestionsError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pairs.tsv");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn lines_are_read_and_wrong_ones_named() {
        let pairs = read_text("text1\ttext2\tlabel\n退款多久\t多久退款\t1\n\n退款\t天气\t0\n").unwrap();
        assert_eq!((pairs.len(), pairs[1].right.as_str(), pairs[1].label), (2, "天气", 0.0));
        for (text, want) in [
            ("a\tb\t1\na\tb\n", ":2:"),
            ("a\tb\t1\na\tb\tx\n", "not a number"),
            ("a\tb\tc\n", "holds no pairs"),
            ("a\tb\tNaN\na\tb\tinf\n", ":2:"),
        ] {
            let error = read_text(text).unwrap_err();
            assert!(error.to_string().contains(want) && error.hint(Locale::En).contains("separated by tabs"), "{error}");
        }
        let gbk = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(gbk.path(), encoding_rs::GB18030.encode("退款多久到账\t多久退款\t1\n").0).unwrap();
        assert_eq!(read(gbk.path()).unwrap()[0].left, "退款多久到账");
    }

    #[test]
    fn equal_sentences_are_nearer_than_others() {
        let pairs = read_text(
            "退款多久到账\t退款多久到账\t1\n退款多久到账\t今天天气怎么样\t0\n发票怎么开\t如何开发票\t1\n发票怎么开\t手机坏了\t0\n",
        )
        .unwrap();
        let figures = measure(&pairs, &HashingEmbedder, &mut |_, _| ()).unwrap();
        assert_eq!((figures.pairs, figures.auc), (4, Some(1.0)));
        let graded = read_text("a\ta\t4.5\nb\tc\t0\n").unwrap();
        assert_eq!(measure(&graded, &HashingEmbedder, &mut |_, _| ()).unwrap().auc, None);
    }
}
