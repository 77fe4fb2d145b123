//! Hits become candidates: one an article, with every raw score.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cosines::{Cosines, Gathered};
use super::fusion;
use super::hubs::Hubs;
use super::query::Query;
use crate::decide::rules::{Mismatch, SpecificTokens};
use crate::domain::ids::ArticleId;
use crate::domain::locale::Locale;
use crate::domain::passage::PassageKind;
use crate::domain::score::by_score_then_id;
use crate::index::entry::{Entry, EntryPassage};
use crate::index::snapshot::{Hit, Live, Snapshot};
use crate::index::terms::WeighedTerms;
use crate::index::vectors::Vector;

/// Where an article stands in the list of one search, from 1.
pub type Ranks = BTreeMap<ArticleId, u32>;

/// One article with its raw scores.
#[derive(Debug, Clone)]
pub struct Scored {
    /// The article.
    pub id: ArticleId,
    /// Its live versions, Chinese first.
    pub versions: Vec<Arc<Entry>>,
    /// The version that matched best, as an index into `versions`.
    pub matched_version: usize,
    /// The passage of that version that matched best.
    pub matched_passage: usize,
    /// Best cosine over all passages.
    pub cosine: Option<f32>,
    /// Cosines by kind of passage.
    pub cosines: Cosines,
    /// How much of their semantic score they owe to passages that lie near everything ([`Hubs`]).
    pub hubness: f64,
    /// Best BM25 over all passages.
    pub bm25: f32,
    /// Best share of the question's idf weight over all passages.
    pub overlap: f32,
    /// Position in the lexical list of articles.
    pub bm25_rank: Option<u32>,
    /// Position in the dense list of articles.
    pub cosine_rank: Option<u32>,
    /// Whether the question equals a title or variant.
    pub exact: bool,
    /// Whether its best passage contradicts numbers, codes, negations or opposites of the question.
    pub mismatch: Mismatch,
    /// Whether none of its passages is in the question's language.
    pub foreign: bool,
    /// The head's logit above the mean of the near candidates; `None` where the head says nothing. Set by fusion.
    pub head_lift: Option<f64>,
    /// The head's share among the near candidates, 0 to 1; `None` where the head says nothing. Set by fusion.
    pub head_share: Option<f64>,
    /// What the answer as a whole adds against the near candidates' answers. Set by fusion.
    pub whole_answer: f64,
    /// The fitted combination; set by fusion.
    pub fused: f64,
}

impl Scored {
    /// The passage that matched best.
    pub fn matched(&self) -> &EntryPassage {
        &self.versions[self.matched_version].passages[self.matched_passage]
    }

    /// The passage that matched best, as the editor wrote it where it is a title or variant.
    pub fn matched_wording(&self) -> &str {
        let passage = &self.matched().passage;
        let article = &self.versions[self.matched_version].article;
        match passage.kind {
            PassageKind::Title => &article.title,
            PassageKind::Variant => article.variants.get(passage.ordinal as usize).unwrap_or(&passage.text),
            PassageKind::Answer => &passage.text,
        }
    }

    /// How near the article lies to another `vector` than the question's, as its semantic score tells it; what is left out for the
    /// question is left out here.
    pub fn nearness(&self, vector: &Vector, query: &Query) -> f64 {
        let mut cosines = Gathered::default();
        for passage in self.versions.iter().flat_map(|entry| &entry.passages).filter(|passage| !query.leaves_out(&self.id, passage)) {
            if let Some(passage_vector) = passage.vector.as_deref() {
                cosines.add(passage.passage.kind, vector.cosine(passage_vector));
            }
        }
        let centres = self.versions.iter().filter_map(|entry| entry.answer_centre.as_ref());
        let centre = centres.map(|centre| vector.cosine(centre)).max_by(f32::total_cmp);
        fusion::semantic(&cosines.together(centre), &fusion::WEIGHTS)
    }

    /// The version shown to a reader of `locale`: that locale's, else the one that matched.
    pub fn shown(&self, locale: Locale) -> &Arc<Entry> {
        self.versions.iter().find(|entry| entry.article.locale == locale).unwrap_or(&self.versions[self.matched_version])
    }
}

/// The ranks of articles in a list of hits.
pub fn ranks(hits: &[Hit]) -> Ranks {
    let mut ranks = Ranks::new();
    for hit in hits {
        let next = ranks.len() as u32 + 1;
        ranks.entry(hit.entry.article.id.clone()).or_insert(next);
    }
    ranks
}

/// Where the articles to be scored come from.
#[derive(Debug, Clone, Copy)]
pub struct Lists<'a> {
    /// Ranks of the search by terms.
    pub lexical: &'a Ranks,
    /// Ranks of the search by vectors.
    pub dense: &'a Ranks,
    /// Articles of which the question is a phrasing.
    pub exact: &'a [ArticleId],
}

/// Scores every article of `ids` against the question, from the snapshot alone; ascending by id.
pub fn score(
    ids: impl IntoIterator<Item = ArticleId>,
    query: &Query,
    snapshot: &Snapshot,
    live: Live<'_>,
    hubs: &Hubs,
    lists: Lists<'_>,
) -> Vec<Scored> {
    let asked = Asked {
        query,
        hubs,
        terms: snapshot.stats().weighed(&query.terms),
        // Most questions have none, and then no passage contradicts them.
        tokens: Some(SpecificTokens::of(&query.folded)).filter(|tokens| *tokens != SpecificTokens::default()),
    };
    let mut ids: Vec<ArticleId> = ids.into_iter().collect();
    ids.sort();
    ids.dedup();
    ids.into_iter()
        .filter_map(|id| {
            let versions: Vec<Arc<Entry>> =
                snapshot.versions(&id).into_iter().filter(|entry| entry.article.is_live(live.now, live.channel)).collect();
            score_article(id, versions, &asked, lists)
        })
        .collect()
}

/// A question with what is made of it once for all articles.
struct Asked<'a> {
    query: &'a Query,
    hubs: &'a Hubs,
    terms: WeighedTerms,
    /// Its numbers, codes, negations and opposites, if it has any.
    tokens: Option<SpecificTokens>,
}

fn score_article(id: ArticleId, versions: Vec<Arc<Entry>>, asked: &Asked<'_>, lists: Lists<'_>) -> Option<Scored> {
    struct Best {
        key: (f64, f64),
        version: usize,
        passage: usize,
    }
    let query = asked.query;
    let mut best: Option<Best> = None;
    let (mut plain, mut discounted) = (Gathered::default(), Gathered::default());
    let (mut bm25, mut overlap) = (0.0f32, 0.0f32);
    for (v, entry) in versions.iter().enumerate() {
        for (p, passage) in entry.passages.iter().enumerate().filter(|(_, passage)| !query.leaves_out(&id, passage)) {
            let by_terms = asked.terms.scores(passage.passage.kind, &passage.terms);
            bm25 = bm25.max(by_terms.bm25);
            overlap = overlap.max(by_terms.overlap);
            let passage_cosine = query.vector.as_ref().zip(passage.vector.as_deref()).map(|(q, v)| q.cosine(v));
            if let Some(value) = passage_cosine {
                plain.add(passage.passage.kind, value);
                discounted.add(passage.passage.kind, value - asked.hubs.discount(passage));
            }
            let key = (passage_cosine.map_or(-1.0, f64::from), f64::from(by_terms.bm25));
            if best.as_ref().is_none_or(|b| key.0.total_cmp(&b.key.0).then(key.1.total_cmp(&b.key.1)).is_gt()) {
                best = Some(Best { key, version: v, passage: p });
            }
        }
    }
    let best = best?;
    let centres = versions.iter().filter_map(|entry| Some((entry, entry.answer_centre.as_ref()?)));
    let centres = query.vector.iter().flat_map(|vector| centres.clone().map(|(entry, centre)| (entry, vector.cosine(centre))));
    let centre = centres.max_by(|a, b| a.1.total_cmp(&b.1));
    let cosines = plain.together(centre.map(|(_, cosine)| cosine));
    let discounted = discounted.together(centre.map(|(entry, cosine)| cosine - asked.hubs.discount_of_answer(entry)));
    let semantic = |cosines: &Cosines| fusion::semantic(cosines, &fusion::WEIGHTS);
    let exact = query.without.is_none() && lists.exact.contains(&id);
    let tokens = asked.tokens.as_ref().filter(|_| !exact);
    let mismatch = tokens.map_or_else(Mismatch::default, |tokens| {
        let passages = &versions[best.version].passages;
        let matched = &passages[best.passage].passage;
        let title = passages.iter().find(|passage| passage.passage.kind == PassageKind::Title);
        let title = title.map_or("", |passage| &passage.passage.text);
        SpecificTokens::mismatch(tokens, &SpecificTokens::of_passage(matched.kind, &matched.text, title))
    });
    Some(Scored {
        matched_version: best.version,
        matched_passage: best.passage,
        cosine: cosines.phrasing.into_iter().chain(cosines.answer).max_by(f32::total_cmp),
        hubness: semantic(&cosines) - semantic(&discounted),
        cosines,
        bm25,
        overlap,
        bm25_rank: lists.lexical.get(&id).copied(),
        cosine_rank: lists.dense.get(&id).copied(),
        exact,
        mismatch,
        foreign: !versions.iter().any(|entry| entry.languages.contains(&query.language)),
        head_lift: None,
        head_share: None,
        whole_answer: 0.0,
        fused: 0.0,
        id,
        versions,
    })
}

/// Sorts by the fused score, ties by id.
pub fn sort(candidates: &mut [Scored]) {
    candidates.sort_by(|a, b| by_score_then_id((a.fused, &a.id), (b.fused, &b.id)));
}
