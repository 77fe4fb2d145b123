//! What one knowledge base taught: how to rank its articles, and how sure to be.

pub mod file;
mod targets;
pub mod traffic;

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::background::Background;
use super::elsewhere::Elsewhere;
use super::features::features;
use super::ground::Ground;
use super::head::{Head, PHRASINGS_LEAST};
use super::hubs::Hubs;
use super::rehearsal::{Kind, Rehearsed, rehearse};
use super::search::Taught;
use super::small_talk::SmallTalk;
use crate::decide::confidence::{Calibration, CalibrationError, Confidence, DEFAULT_TARGET, Scale};
use crate::decide::labels::{LabelFit, Outcome};
use crate::decide::own::{self, OwnFit};
use crate::decide::promise::{self, Promise, Trial};
use crate::domain::passage::PassageKind;
use crate::error::Failure;
use crate::index::fingerprint::fingerprint;
use crate::index::snapshot::{Live, Snapshot};
use crate::text::hex::hex;

/// Raised when the same content teaches something else than before.
const VERSION: u32 = 8;

/// The share of questions that no article answers, assumed until a log of questions shows it: one in four is more than most
/// shops see, so that a promise made with it holds.
pub const ASSUMED_OUT_OF_SCOPE: f64 = 0.25;

/// What is learned from a knowledge base and used for every question about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Adaptation {
    /// The ranking head; `None` where there was too little to learn from.
    pub head: Option<Head>,
    /// What is taken off cosines for the order.
    pub hubs: Hubs,
    /// What scores are measured against.
    pub ground: Ground,
    /// What turns scores into probabilities, with the lines for the precision aimed at.
    pub confidence: Confidence,
    /// What is promised for each precision that is asked for, the usual one first; none while the answer band is closed.
    pub promises: Vec<Own<Promise>>,
    /// How the knowledge base's own trials moved it: with the encoder, with keywords alone.
    pub own: Own<OwnFit>,
    /// The questions that the knowledge base was asked about itself, under the confidence as it is now.
    pub trials: Own<Vec<Trial>>,
    /// What people told, and how it moved the confidence.
    pub labels: Own<LabelFit>,
    /// The questions whose outcome people told, under the confidence as it is now.
    pub outcomes: Own<Vec<Outcome>>,
    /// Share of questions that no article answers.
    pub out_of_scope: OutOfScope,
    /// Fingerprint of the encoder whose vectors it was learned from; empty without one. It says nothing of another's vectors.
    pub model: String,
    /// Hex SHA-256 of everything that it was learned from.
    pub fingerprint: String,
}

/// One of each mode.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Own<T> {
    /// With the encoder.
    pub full: T,
    /// Keywords alone.
    pub degraded: T,
}

impl<T> Own<T> {
    /// The one of a mode.
    pub fn of(&self, degraded: bool) -> &T {
        if degraded { &self.degraded } else { &self.full }
    }

    /// The one of a mode, to be changed.
    pub fn of_mut(&mut self, degraded: bool) -> &mut T {
        if degraded { &mut self.degraded } else { &mut self.full }
    }

    fn map<U>(self, change: impl Fn(T) -> U) -> Own<U> {
        Own { full: change(self.full), degraded: change(self.degraded) }
    }
}

/// The share of questions that no article answers, and how it is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OutOfScope {
    /// 0 to 1.
    pub share: f64,
    /// Whether a log of questions showed it; otherwise it is assumed.
    pub from_log: bool,
}

impl OutOfScope {
    /// How it is known, on the wire and in records: `log` or `assumed`.
    pub const fn source(self) -> &'static str {
        if self.from_log { "log" } else { "assumed" }
    }
}

impl Adaptation {
    /// What is known before anything is learned.
    ///
    /// **Errors**: none in a program whose own tests pass.
    pub fn prior(background: Arc<Background>) -> Result<Self, CalibrationError> {
        let confidence = Confidence::prior()?;
        let mut adaptation = Adaptation {
            head: None,
            hubs: Hubs::default(),
            ground: Ground::unknown(background),
            model: String::new(),
            fingerprint: confidence.fingerprint.clone(),
            confidence,
            promises: Vec::new(),
            own: Own { full: OwnFit::NONE, degraded: OwnFit::NONE },
            trials: Own::default(),
            labels: Own { full: LabelFit::NONE, degraded: LabelFit::NONE },
            outcomes: Own::default(),
            out_of_scope: OutOfScope { share: ASSUMED_OUT_OF_SCOPE, from_log: false },
        };
        adaptation.aim(DEFAULT_TARGET);
        Ok(adaptation)
    }

    /// Learns from a snapshot whose vectors are of the encoder with the fingerprint `model` (empty: no encoder). The same content with
    /// the same vectors gives the same adaptation to the last bit, and the same fingerprint; `live` says which articles count.
    ///
    /// **Cost**: see [`Head::learn`] (four times), [`Hubs::learn`] and [`rehearse`] (twice).
    pub fn learn(snapshot: &Snapshot, model: &str, background: Arc<Background>, live: Live<'_>) -> Result<Self, Failure> {
        let mut adaptation = Adaptation::prior(background.clone())?;
        adaptation.fingerprint = content_fingerprint(snapshot, model, live, &adaptation.confidence);
        adaptation.model = model.to_owned();
        adaptation.head = Head::learn(snapshot);
        adaptation.hubs = Hubs::learn(snapshot);
        let phrasings = phrasings_an_article(snapshot);
        adaptation.ground.phrasings = phrasings;
        for degraded in [false, true] {
            if !degraded && model.is_empty() {
                continue;
            }
            let rehearsed = rehearse(snapshot, &background.small_talk, adaptation.taught(), live, degraded)?;
            if !degraded {
                adaptation.ground = Ground::of(&rehearsed, phrasings, background.clone());
            }
            let calibration = adaptation.confidence.of(degraded);
            let mut trials = trials(&rehearsed, calibration, snapshot, &adaptation.ground);
            let own = if phrasings > PHRASINGS_LEAST { own::fit(&trials, phrasings) } else { OwnFit::NONE };
            tracing::debug!(degraded, ?own, level = adaptation.ground.level, "asked the knowledge base about itself");
            trials.iter_mut().for_each(|trial| trial.log_odds = own.scale.of(trial.log_odds));
            adaptation.rescale(degraded, own.scale);
            *adaptation.own.of_mut(degraded) = own;
            *adaptation.trials.of_mut(degraded) = trials;
        }
        adaptation.aim(DEFAULT_TARGET);
        Ok(adaptation)
    }

    /// What it says about the order of articles.
    pub fn taught(&self) -> Taught<'_> {
        Taught { head: self.head.as_ref(), hubs: &self.hubs }
    }

    /// Puts another confidence in the place of what was fitted to the knowledge base.
    pub fn forget_own(&mut self, confidence: Confidence) {
        self.own = Own { full: OwnFit::NONE, degraded: OwnFit::NONE };
        self.trials = Own::default();
        self.fingerprint = confidence.fingerprint.clone();
        self.confidence = confidence;
    }

    /// The line for `target` and what it rests on.
    pub fn promise(&self, target: f64, degraded: bool) -> Promise {
        let (outcomes, own) = (self.outcomes.of(degraded), self.own.of(degraded));
        if let Some(promise) = promise::from_labels(target, outcomes) {
            return promise;
        }
        let mut promise = if own.taken && own.trust >= own::TRUST_FOR_LINE {
            let trials = self.trials.of(degraded);
            promise::from_trials(target, trials, trials.iter().filter(|trial| trial.kept).count())
        } else {
            promise::from_elsewhere(target, self.confidence.of(degraded), self.ground.phrasings <= PHRASINGS_LEAST)
        };
        // What people told already is not missing; one more than none is, until there are enough.
        let known = promise::firm_count(outcomes) as u64;
        promise.labels_missing = if promise.labels_missing > 0 { promise.labels_missing.saturating_sub(known).max(1) } else { 0 };
        promise
    }

    /// Sets the answer lines for a precision, the only one.
    pub fn aim(&mut self, target: f64) {
        let promises = self.promises_for(target);
        for degraded in [false, true] {
            let line = targets::answer_line(promises.of(degraded));
            let lines = &mut self.confidence.of_mut(degraded).thresholds;
            lines.answer = line;
            lines.clarify = lines.clarify.min(line);
        }
        self.promises = vec![promises];
    }

    /// Sets lines at which nothing is answered: for when it does not fit what is searched.
    pub fn close(&mut self) {
        for degraded in [false, true] {
            self.confidence.of_mut(degraded).thresholds.answer = 1.0;
        }
        self.promises.clear();
    }

    /// From what was stored, with the shipped confidence it was learned over; `None` if the parts do not fit each other.
    fn restored(mut prior: Adaptation, parts: file::Learned) -> Option<Adaptation> {
        let fits = parts
            .scales
            .iter()
            .map(|fit| fit.scale())
            .all(|scale| scale.slope >= 0.0 && scale.slope.is_finite() && scale.offset.is_finite());
        if !fits || !parts.level.is_finite() || !parts.phrasings.is_finite() {
            return None;
        }
        prior.head = parts.head;
        prior.hubs = parts.hubs;
        prior.ground.level = parts.level;
        prior.ground.phrasings = parts.phrasings;
        prior.ground.answered = parts.answered;
        let [full, degraded] = parts.scales;
        prior.rescale(false, full.scale());
        prior.rescale(true, degraded.scale());
        prior.own = Own { full, degraded }.map(file::Fit::own);
        let [full, degraded] = parts.trials;
        prior.trials = Own { full, degraded };
        prior.aim(DEFAULT_TARGET);
        Some(Adaptation { model: parts.model, fingerprint: parts.fingerprint, ..prior })
    }

    fn rescale(&mut self, degraded: bool, scale: Scale) {
        let calibration = self.confidence.of_mut(degraded);
        *calibration = calibration.rescaled(scale);
    }

    /// The fingerprint that [`Adaptation::learn`] would give. **Cost**: reads every passage and vector once, some milliseconds a thousand.
    ///
    /// **Errors**: as [`Adaptation::prior`].
    pub fn fingerprint_of(snapshot: &Snapshot, model: &str, live: Live<'_>) -> Result<String, CalibrationError> {
        Ok(content_fingerprint(snapshot, model, live, &Confidence::prior()?))
    }
}

/// Trials of what was rehearsed. Of the questions that nothing answers, half are near misses (the article taken away) and half are
/// small talk: customers ask both. Small talk that an article answers is left out.
fn trials(rehearsed: &[Rehearsed], calibration: &Calibration, snapshot: &Snapshot, ground: &Ground) -> Vec<Trial> {
    let rehearsed = || rehearsed.iter().filter(|asked| asked.kind != Kind::SmallTalk || !ground.answered.contains(&asked.query.folded));
    let count = |kind: Kind| rehearsed().filter(|asked| asked.kind == kind).count().max(1) as f64;
    let (kept, removed, talk) = (count(Kind::Kept), count(Kind::Removed), count(Kind::SmallTalk));
    rehearsed()
        .filter_map(|asked| {
            let features = features(&asked.found, &asked.query, snapshot, ground)?;
            let share = match asked.kind {
                Kind::Kept => (1.0 - ASSUMED_OUT_OF_SCOPE) / kept,
                Kind::Removed => ASSUMED_OUT_OF_SCOPE / 2.0 / removed,
                Kind::SmallTalk => ASSUMED_OUT_OF_SCOPE / 2.0 / talk,
            };
            let log_odds = calibration.log_odds(&features);
            Some(Trial { log_odds, right: asked.right, kept: asked.kind == Kind::Kept, share })
        })
        .collect()
}

fn share(trials: &[Trial], which: impl Fn(&Trial) -> bool) -> f64 {
    let all: f64 = trials.iter().map(|trial| trial.share).sum();
    let some: f64 = trials.iter().filter(|trial| which(trial)).map(|trial| trial.share).sum();
    if all > 0.0 { some / all } else { 0.0 }
}

/// Titles and variants an article has on average, in all languages.
fn phrasings_an_article(snapshot: &Snapshot) -> f64 {
    let (mut articles, mut phrasings) = (BTreeSet::new(), 0usize);
    for entry in snapshot.entries() {
        articles.insert(&entry.article.id);
        phrasings += entry.phrasing_keys.len();
    }
    if articles.is_empty() { 0.0 } else { phrasings as f64 / articles.len() as f64 }
}

/// Changes with everything that is learned from: which articles are live too, so that a date that passes teaches anew.
fn content_fingerprint(snapshot: &Snapshot, model: &str, live: Live<'_>, prior: &Confidence) -> String {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    part(format!("adaptation {VERSION}").as_bytes());
    part(fingerprint(model, snapshot.segmenter().fingerprint()).as_bytes());
    part(prior.fingerprint.as_bytes());
    SmallTalk::messages().iter().chain(Elsewhere::questions()).for_each(|text| part(text.as_bytes()));
    for entry in snapshot.entries() {
        part(entry.article.id.as_str().as_bytes());
        part(entry.article.locale.tag().as_bytes());
        part(&[u8::from(entry.article.is_live(live.now, live.channel))]);
        part(&(entry.passages.len() as u64).to_le_bytes());
        for passage in &entry.passages {
            let kind: &[u8] = match passage.passage.kind {
                PassageKind::Title => b"title",
                PassageKind::Variant => b"variant",
                PassageKind::Answer => b"answer",
            };
            part(kind);
            part(passage.passage.text.as_bytes());
            // What a text was encoded together with moves the last bits of its vector, and they the last bits of what is learned.
            let numbers = passage.vector.iter().flat_map(|vector| vector.exact.iter().flat_map(|x| x.to_le_bytes()));
            part(&numbers.collect::<Vec<u8>>());
        }
    }
    hex(&hash.finalize())
}
