//! How near a passage lies to everything, which counts against it.
//!
//! Among vectors of many numbers a few are near to nearly all others (“hubs”), and win questions that are not theirs. So each passage is
//! measured by its mean cosine with the phrasings of other articles that come nearest, as a stand-in for what customers will
//! ask, and a share of what it has above the usual is taken off its cosines before articles are ordered. The confidence goes by the
//! cosines as they are (docs/QUALITY.md has the figures).
//!
//! **Source**: Radovanović, Nanopoulos, Ivanović, “Hubs in space” (2010). Of cross-domain similarity local scaling (Conneau et al.,
//! “Word translation without parallel data”, 2018) this is the side of the passages; that of the question changes no order.

use crate::cpu;
use crate::domain::ids::ArticleId;
use crate::domain::passage::PassageKind;
use crate::index::entry::{Entry, EntryPassage};
use crate::index::probes::Probes;
use crate::index::snapshot::Snapshot;
use crate::index::vectors::Vector;

/// Phrasings of other articles that count for a passage, the nearest.
const NEAREST: usize = 10;
/// Phrasings that all of a large knowledge base are measured with.
const STAND_INS: usize = 8_000;
/// Share of its distance from the usual that is taken off a passage's cosines.
const SHARE: f32 = 0.3;
/// Passages in one piece of work.
const PIECE: usize = 16;

/// What is taken off the cosines with each passage of a knowledge base; negative for what lies apart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hubs {
    /// By [`EntryPassage::key`], ascending.
    discounts: Vec<(u64, f32)>,
}

/// A passage to measure.
struct Measured<'a> {
    article: &'a ArticleId,
    passage: &'a EntryPassage,
    vector: &'a Vector,
}

impl Measured<'_> {
    fn is_phrasing(&self) -> bool {
        self.passage.passage.kind != PassageKind::Answer
    }
}

impl Hubs {
    /// Measures every passage of a snapshot that has a vector. The same snapshot gives the same numbers to the last bit.
    ///
    /// **Cost**: a product in 8 bits for each pair of a passage and one of up to [`STAND_INS`] phrasings, on all cores.
    pub fn learn(snapshot: &Snapshot) -> Self {
        let mut measured: Vec<Measured<'_>> = Vec::new();
        for entry in snapshot.entries() {
            let encoded = entry.passages.iter().filter_map(|passage| Some((passage, passage.vector.as_deref()?)));
            measured.extend(encoded.map(|(passage, vector)| Measured { article: &entry.article.id, passage, vector }));
        }
        let mut stand_ins: Vec<&Measured<'_>> = measured.iter().filter(|passage| passage.is_phrasing()).collect();
        if stand_ins.len() > STAND_INS {
            // Keys are hashes: the lowest are a fair sample, and an edit changes little of it.
            stand_ins.sort_by_key(|phrasing| phrasing.passage.key);
            stand_ins.truncate(STAND_INS);
        }
        let pieces: Vec<&[Measured<'_>]> = measured.chunks(PIECE).collect();
        let nearness = cpu::parallel_map(&pieces, |piece| nearness(piece, &stand_ins), |_| ());
        let nearness: Vec<f32> = nearness.into_iter().flatten().collect();
        // Answers are measured against answers: they lie further from phrasings than phrasings do.
        let usual = [false, true].map(|phrasing| {
            mean(measured.iter().zip(&nearness).filter(|(passage, _)| passage.is_phrasing() == phrasing).map(|(_, nearness)| *nearness))
        });
        let discount = |(passage, nearness): (&Measured<'_>, f32)| {
            (passage.passage.key, SHARE * (nearness - usual[usize::from(passage.is_phrasing())]))
        };
        let mut discounts: Vec<(u64, f32)> = measured.iter().zip(nearness).map(discount).collect();
        // A text that stands on two articles has one number.
        discounts.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        discounts.dedup_by_key(|(key, _)| *key);
        Hubs { discounts }
    }

    /// Keys and numbers, ascending: what is stored.
    pub fn parts(&self) -> &[(u64, f32)] {
        &self.discounts
    }

    /// From what was stored; `None` if it is out of order, or a number is none.
    pub fn from_parts(discounts: Vec<(u64, f32)>) -> Option<Self> {
        let sound = discounts.is_sorted_by(|a, b| a.0 < b.0) && discounts.iter().all(|(_, discount)| discount.is_finite());
        sound.then_some(Hubs { discounts })
    }

    /// What is taken off a cosine with `passage`; 0 for one that is new since.
    pub fn discount(&self, passage: &EntryPassage) -> f32 {
        self.discounts.binary_search_by_key(&passage.key, |(key, _)| *key).map_or(0.0, |at| self.discounts[at].1)
    }

    /// What is taken off a cosine with the answer as a whole: the mean over its pieces.
    pub fn discount_of_answer(&self, entry: &Entry) -> f32 {
        let pieces = entry.passages.iter().filter(|passage| passage.passage.kind == PassageKind::Answer);
        mean(pieces.map(|piece| self.discount(piece)))
    }
}

/// The mean cosine of each passage with the nearest stand-ins of other articles; 0 where there is none.
fn nearness(passages: &[Measured<'_>], stand_ins: &[&Measured<'_>]) -> Vec<f32> {
    let probes = Probes::of(&passages.iter().map(|passage| passage.vector).collect::<Vec<_>>());
    let mut products = vec![0; passages.len()];
    // Descending, and no longer than what counts.
    let mut nearest: Vec<Vec<f32>> = vec![Vec::with_capacity(NEAREST + 1); passages.len()];
    for other in stand_ins {
        probes.products(other.vector, &mut products);
        for ((passage, product), nearest) in passages.iter().zip(&products).zip(&mut nearest) {
            let cosine = *product as f32 * passage.vector.scale() * other.vector.scale();
            if passage.article != other.article && nearest.get(NEAREST - 1).is_none_or(|last| cosine > *last) {
                nearest.insert(nearest.partition_point(|known| *known >= cosine), cosine);
                nearest.truncate(NEAREST);
            }
        }
    }
    nearest.into_iter().map(|nearest| mean(nearest.into_iter())).collect()
}

/// 0 of nothing.
fn mean(values: impl Iterator<Item = f32>) -> f32 {
    let (sum, count) = values.fold((0.0, 0usize), |(sum, count), value| (sum + f64::from(value), count + 1));
    if count == 0 { 0.0 } else { (sum / count as f64) as f32 }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::article::Article;
    use crate::domain::ids::KbRevision;
    use crate::domain::locale::Locale;
    use crate::index::entry::passages;
    use crate::index::writer::{Edit, IndexWriter};
    use crate::text::segment::Segmenter;

    /// An article of two phrasings and an answer at the given angles, in degrees.
    fn entry(id: &str, angles: [f32; 3]) -> Entry {
        let mut article = Article::new(id.parse().unwrap(), Locale::ZhCn, format!("{id} 的标题"), format!("{id} 的答案。"));
        article.variants = vec![format!("{id} 的问法")];
        let vector = |angle: f32| Vector::new(&[angle.to_radians().cos(), angle.to_radians().sin()], 2).unwrap();
        let vectors = angles.map(|angle| Some(Arc::new(vector(angle)))).to_vec();
        Entry::new(Arc::new(article.clone()), 1, passages(&article), vectors, &Segmenter::new(&[])).unwrap()
    }

    fn snapshot(entries: Vec<Entry>) -> Arc<Snapshot> {
        let edits: Vec<Edit> = entries.into_iter().map(|entry| Edit::Put(Arc::new(entry))).collect();
        IndexWriter::in_memory(Arc::new(Segmenter::new(&[]))).unwrap().apply(&edits, KbRevision(1)).unwrap()
    }

    fn learnt(entries: Vec<Entry>) -> (Hubs, Arc<Snapshot>) {
        let snapshot = snapshot(entries);
        (Hubs::learn(&snapshot), snapshot)
    }

    #[test]
    fn what_lies_in_the_middle_is_taken_from_and_what_lies_apart_is_given_to() {
        let (hubs, snapshot) =
            learnt(vec![entry("left", [0.0, 5.0, 10.0]), entry("middle", [40.0, 42.0, 41.0]), entry("right", [80.0, 85.0, 78.0])]);
        let of = |id: &str| -> Vec<f32> {
            let versions = snapshot.versions(&id.parse().unwrap());
            versions[0].passages.iter().map(|passage| hubs.discount(passage)).collect()
        };
        let (left, middle, right) = (of("left"), of("middle"), of("right"));
        assert!(middle.iter().all(|discount| *discount > 0.03), "{middle:?}");
        assert!(left.iter().chain(&right).all(|discount| *discount < 0.0), "{left:?} {right:?}");
        // Every passage is measured against its own kind, so each kind adds up to nothing.
        let answers: f32 = [left[2], middle[2], right[2]].iter().sum();
        let phrasings: f32 = [&left, &middle, &right].iter().flat_map(|of| &of[..2]).sum();
        assert!(answers.abs() < 1e-6 && phrasings.abs() < 1e-6, "{answers} {phrasings}");
        let middle_entry = &snapshot.versions(&"middle".parse().unwrap())[0];
        assert_eq!(hubs.discount_of_answer(middle_entry), middle[2]);
        assert_eq!(hubs.discount(&entry("new", [40.0, 40.0, 40.0]).passages[0]), 0.0, "a new passage was not measured");
    }

    #[test]
    fn an_articles_own_phrasings_do_not_make_it_a_hub() {
        // Alone, or with nothing but itself, there is nothing to lie near to.
        for entries in [vec![], vec![entry("only", [0.0, 1.0, 2.0])]] {
            let (hubs, _) = learnt(entries);
            assert!(hubs.parts().iter().all(|(_, discount)| *discount == 0.0), "{hubs:?}");
        }
    }

    #[test]
    fn what_is_stored_is_what_was_learnt_and_what_is_not_sound_is_refused() {
        let (hubs, _) = learnt(vec![entry("a", [0.0, 5.0, 10.0]), entry("b", [40.0, 42.0, 41.0])]);
        assert_eq!(hubs.parts().len(), 6);
        assert_eq!(Hubs::from_parts(hubs.parts().to_vec()), Some(hubs.clone()));
        let mut turned = hubs.parts().to_vec();
        turned.swap(0, 1);
        assert_eq!(Hubs::from_parts(turned), None);
        assert_eq!(Hubs::from_parts(vec![(1, f32::NAN)]), None);
        assert_eq!(Hubs::from_parts(vec![(1, 0.1), (1, 0.1)]), None);
    }
}
