//! An adaptation on disk: a cache. What does not check is learned again.
//!
//! One line of JSON that says what it is, the head's weights as little-endian 32-bit numbers, those of small talk, the keys and numbers
//! of hubs, a SHA-256 of all before. The file is
//! written beside and renamed: whoever reads it finds the old one or the new one.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::traffic::Traffic;
use super::{Adaptation, Own, VERSION};
use crate::decide::confidence::Scale;
use crate::decide::labels::Outcome;
use crate::decide::own::OwnFit;
use crate::decide::promise::Trial;
use crate::domain::ids::ArticleId;
use crate::domain::time::Timestamp;
use crate::error::{Code, Coded, is_disk_full};
use crate::index::vectors::Vector;
use crate::retrieve::background::Background;
use crate::retrieve::elsewhere::Elsewhere;
use crate::retrieve::head::Head;
use crate::retrieve::hubs::Hubs;
use crate::retrieve::small_talk::SmallTalk;

/// The version of the file format.
const FORMAT: u32 = 5;
/// Bytes of a hub: a key and a number.
const HUB: usize = 12;
/// Bytes of the checksum at the end.
const CHECKSUM: usize = 32;

/// An adaptation that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum AdaptationFileError {
    /// Reading or writing failed.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// The file is not what was written, or was written by another version.
    #[error("{} cannot be used: {detail}", path.display())]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
}

impl Coded for AdaptationFileError {
    fn code(&self) -> Code {
        match self {
            AdaptationFileError::Io { source, .. } if is_disk_full(source) => Code::DiskFull,
            AdaptationFileError::Io { .. } | AdaptationFileError::Unusable { .. } => Code::IndexUnavailable,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: u32,
    version: u32,
    fingerprint: String,
    model: String,
    /// Fingerprint of the confidence.
    confidence: String,
    learned_at: i64,
    head: Option<HeadHeader>,
    level: Bits,
    phrasings: Bits,
    /// Messages of small talk that an article answers.
    answered: BTreeSet<String>,
    /// With the encoder, and with keywords alone.
    fits: [Fit; 2],
    /// Log-odds, whether right, whether an article answers it, share; with the encoder, and with keywords alone.
    trials: [Vec<(Bits, bool, bool, Bits)>; 2],
    /// Log-odds of unlabelled questions.
    log: [Vec<Bits>; 2],
    /// Log-odds, how far right, weight, whether firm.
    outcomes: [Vec<(Bits, Bits, Bits, bool)>; 2],
    /// How many vectors of small talk follow the head's weights, and their numbers each.
    small_talk: (usize, usize),
    /// How many hubs follow those.
    hubs: usize,
}

/// How a knowledge base moved the confidence.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fit {
    slope: Bits,
    offset: Bits,
    trust: Bits,
    loss: (Bits, Bits),
    taken: bool,
}

/// A number by its bits: what is read is what was written, to the last one.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
struct Bits(u64);

impl Bits {
    fn of(number: f64) -> Self {
        Bits(number.to_bits())
    }

    fn number(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl Fit {
    fn of(own: &OwnFit) -> Self {
        Fit {
            slope: Bits::of(own.scale.slope),
            offset: Bits::of(own.scale.offset),
            trust: Bits::of(own.trust),
            loss: (Bits::of(own.loss.0), Bits::of(own.loss.1)),
            taken: own.taken,
        }
    }

    pub(super) fn own(self) -> OwnFit {
        OwnFit { scale: self.scale(), trust: self.trust.number(), loss: (self.loss.0.number(), self.loss.1.number()), taken: self.taken }
    }

    pub(super) fn scale(self) -> Scale {
        Scale { slope: self.slope.number(), offset: self.offset.number() }
    }
}

/// What a file holds beside the shipped confidence.
pub(super) struct Learned {
    pub(super) head: Option<Head>,
    pub(super) hubs: Hubs,
    pub(super) level: f64,
    pub(super) phrasings: f64,
    pub(super) answered: BTreeSet<String>,
    pub(super) scales: [Fit; 2],
    pub(super) trials: [Vec<Trial>; 2],
    pub(super) model: String,
    pub(super) fingerprint: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadHeader {
    dims: usize,
    articles: Vec<String>,
}

/// The file of what was learned from vectors of the encoder with the fingerprint `model` (empty: no encoder).
pub fn path(dir: &Path, model: &str) -> PathBuf {
    let name = if model.is_empty() { "none" } else { model.get(..16).unwrap_or(model) };
    dir.join(format!("{name}.adaptation"))
}

/// Writes what the articles taught and the traffic beside it to `path`, and makes it durable.
pub fn write(adaptation: &Adaptation, traffic: &Traffic, learned_at: Timestamp, path: &Path) -> Result<(), AdaptationFileError> {
    let io = |action| move |source| AdaptationFileError::Io { action, path: path.to_owned(), source };
    let head = adaptation.head.as_ref().map(Head::parts);
    let vectors: Vec<&Vector> = adaptation.ground.background.small_talk.iter().filter_map(|(_, vector)| vector).collect();
    let trials = |trials: &[Trial]| trials.iter().map(|t| (Bits::of(t.log_odds), t.right, t.kept, Bits::of(t.share))).collect();
    let header = Header {
        format: FORMAT,
        version: VERSION,
        fingerprint: adaptation.fingerprint.clone(),
        model: adaptation.model.clone(),
        confidence: adaptation.confidence.fingerprint.clone(),
        learned_at: learned_at.0,
        level: Bits::of(adaptation.ground.level),
        phrasings: Bits::of(adaptation.ground.phrasings),
        answered: adaptation.ground.answered.clone(),
        fits: [Fit::of(&adaptation.own.full), Fit::of(&adaptation.own.degraded)],
        trials: [trials(&adaptation.trials.full), trials(&adaptation.trials.degraded)],
        log: [&traffic.log.full, &traffic.log.degraded].map(|log| log.iter().map(|z| Bits::of(*z)).collect()),
        outcomes: [&traffic.outcomes.full, &traffic.outcomes.degraded]
            .map(|told| told.iter().map(|o| (Bits::of(o.log_odds), Bits::of(o.right), Bits::of(o.weight), o.firm)).collect()),
        small_talk: (vectors.len(), vectors.first().map_or(0, |vector| vector.exact.len())),
        hubs: adaptation.hubs.parts().len(),
        head: head.map(|(dims, articles, _)| HeadHeader { dims, articles: articles.iter().map(|id| id.as_str().to_owned()).collect() }),
    };
    let mut bytes = serde_json::to_vec(&header).map_err(|error| io("write")(error.into()))?;
    bytes.push(b'\n');
    let weights = head.into_iter().flat_map(|(.., weights)| weights);
    let numbers = weights.chain(vectors.iter().flat_map(|vector| vector.exact.iter()));
    numbers.for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
    for (key, discount) in adaptation.hubs.parts() {
        bytes.extend_from_slice(&key.to_le_bytes());
        bytes.extend_from_slice(&discount.to_le_bytes());
    }
    let checksum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&checksum);

    let dir = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(dir).map_err(io("create the directory of"))?;
    let temporary = path.with_extension("adaptation.new");
    let mut file = File::create(&temporary).map_err(io("create"))?;
    file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(io("write"))?;
    std::fs::rename(&temporary, path).map_err(io("rename to"))?;
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(io("sync the directory of"))
}

/// Reads from `path` what the articles taught, the traffic, and the time it was learned at; `None` if there is no file. A file that was
/// written over another shipped confidence is of another version.
pub fn read(path: &Path, elsewhere: Elsewhere) -> Result<Option<(Adaptation, Traffic, Timestamp)>, AdaptationFileError> {
    let unusable = |detail: String| AdaptationFileError::Unusable { path: path.to_owned(), detail };
    let prior = |background| Adaptation::prior(Arc::new(background)).map_err(|error| unusable(error.to_string()));
    let confidence = prior(Background::unencoded())?.confidence.fingerprint;
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(AdaptationFileError::Io { action: "read", path: path.to_owned(), source }),
    };
    let (body, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or_else(|| unusable("it is cut short".to_owned()))?;
    if Sha256::digest(body).as_slice() != checksum {
        return Err(unusable("its checksum does not match".to_owned()));
    }
    let end = body.iter().position(|byte| *byte == b'\n').ok_or_else(|| unusable("it has no header".to_owned()))?;
    let header: Header = serde_json::from_slice(&body[..end]).map_err(|error| unusable(format!("its header: {error}")))?;
    if (header.format, header.version, header.confidence.as_str()) != (FORMAT, VERSION, confidence.as_str()) {
        return Err(unusable("another version of the program wrote it".to_owned()));
    }
    let misfit = || unusable("its numbers do not fit its header".to_owned());
    let stored = &body[end + 1..];
    let hubs = header.hubs.checked_mul(HUB).and_then(|hubs| stored.len().checked_sub(hubs)).ok_or_else(misfit)?;
    let (numbers, hubs) = stored.split_at(hubs);
    let hub = |[key @ .., a, b, c, d]: &[u8; HUB]| (u64::from_le_bytes(*key), f32::from_le_bytes([*a, *b, *c, *d]));
    let hubs = Hubs::from_parts(hubs.as_chunks().0.iter().map(hub).collect()).ok_or_else(misfit)?;
    let (numbers, rest) = numbers.as_chunks::<4>();
    let mut weights: Vec<f32> = numbers.iter().map(|number| f32::from_le_bytes(*number)).collect();
    let (messages, dims) = header.small_talk;
    let talk = messages.checked_mul(dims).filter(|talk| *talk <= weights.len() && rest.is_empty());
    let talk = weights.split_off(weights.len() - talk.ok_or_else(misfit)?);
    let small_talk = if messages == 0 {
        SmallTalk::unencoded()
    } else {
        let vectors = talk.chunks_exact(dims).map(|numbers| Vector::new(numbers, dims)).collect::<Result<Vec<_>, _>>();
        let vectors = vectors.map_err(|error| unusable(error.to_string()))?;
        SmallTalk::of(vectors).ok_or_else(|| unusable("it knows other small talk".to_owned()))?
    };
    let head = match header.head {
        Some(HeadHeader { dims, articles }) => {
            let articles = articles.iter().map(|id| id.parse()).collect::<Result<Vec<ArticleId>, _>>();
            let articles = articles.map_err(|error| unusable(error.to_string()))?;
            Some(Head::from_parts(dims, articles, weights).ok_or_else(|| unusable("its weights do not fit its articles".to_owned()))?)
        }
        None if weights.is_empty() => None,
        None => return Err(misfit()),
    };
    let trial = |(log_odds, right, kept, share): (Bits, bool, bool, Bits)| Trial {
        log_odds: log_odds.number(),
        right,
        kept,
        share: share.number(),
    };
    let parts = Learned {
        head,
        hubs,
        level: header.level.number(),
        phrasings: header.phrasings.number(),
        answered: header.answered,
        scales: header.fits,
        trials: header.trials.map(|trials| trials.into_iter().map(trial).collect()),
        model: header.model,
        fingerprint: header.fingerprint,
    };
    let outcome = |(log_odds, right, weight, firm): (Bits, Bits, Bits, bool)| Outcome {
        log_odds: log_odds.number(),
        right: right.number(),
        weight: weight.number(),
        firm,
    };
    let [full, degraded] = header.log.map(|log| log.into_iter().map(Bits::number).collect());
    let log = Own { full, degraded };
    let [full, degraded] = header.outcomes.map(|told| told.into_iter().map(outcome).collect());
    let traffic = Traffic { log, outcomes: Own { full, degraded } };
    let adaptation = Adaptation::restored(prior(Background { small_talk, elsewhere })?, parts)
        .ok_or_else(|| unusable("its numbers make no sense".to_owned()))?;
    Ok(Some((adaptation, traffic, Timestamp(header.learned_at))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::hashing::HashingEmbedder;

    fn adaptation(with_head: bool) -> Adaptation {
        let articles = ["invoice", "退款"].iter().filter_map(|id| id.parse().ok()).collect::<Vec<_>>();
        let weights = (0..articles.len() * 4).map(|n| (n as f32 * 0.37).sin()).collect();
        let head = with_head.then(|| Head::from_parts(3, articles, weights).unwrap());
        let background = Background { small_talk: SmallTalk::encode(&HashingEmbedder).unwrap(), ..Background::default() };
        let prior = Adaptation::prior(Arc::new(background)).unwrap();
        let trial = |n: i32| Trial { log_odds: f64::from(n) * 0.1, right: n > 2, kept: n > 1, share: 1.0 / 3.0 };
        let own = OwnFit { scale: Scale { slope: 0.7, offset: -0.1 }, trust: 0.3, loss: (0.5, 0.4), taken: true };
        let parts = Learned {
            head,
            hubs: Hubs::from_parts(vec![(3, 0.01), (u64::MAX - 7, -0.025)]).unwrap(),
            level: 0.7123,
            phrasings: 3.4,
            answered: ["谢谢".to_owned(), "thanks".to_owned()].into(),
            scales: [Fit::of(&own), Fit::of(&OwnFit::NONE)],
            trials: [(1..9).map(trial).collect(), Vec::new()],
            model: "0123456789abcdef01".to_owned(),
            fingerprint: "f".repeat(64),
        };
        Adaptation::restored(prior, parts).unwrap()
    }

    fn traffic() -> Traffic {
        let log: Vec<f64> = (0..200).map(|n| (f64::from(n) * 0.7).sin() * 4.0).collect();
        let told =
            log.iter().map(|z| Outcome { log_odds: *z, right: f64::from(u8::from(*z > 0.3)), weight: 1.0 / 3.0, firm: *z > 1.0 }).collect();
        Traffic { log: Own { full: log, degraded: Vec::new() }, outcomes: Own { full: told, degraded: Vec::new() } }
    }

    #[test]
    fn what_is_written_is_read_to_the_last_bit() {
        let dir = tempfile::tempdir().unwrap();
        for with_head in [true, false] {
            let (written, path) = (adaptation(with_head), path(&dir.path().join("new"), "0123456789abcdef01"));
            write(&written, &traffic(), Timestamp(7), &path).unwrap();
            assert_eq!(path.file_name().unwrap(), "0123456789abcdef.adaptation");
            assert_eq!(read(&path, Elsewhere::default()).unwrap(), Some((written, traffic(), Timestamp(7))));
        }
        assert_eq!(read(&path(dir.path(), ""), Elsewhere::default()).unwrap(), None);
    }

    #[test]
    fn whatever_is_damaged_or_of_another_version_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = path(dir.path(), "");
        write(&adaptation(true), &traffic(), Timestamp(7), &path).unwrap();
        let whole = std::fs::read(&path).unwrap();
        let mut damaged: Vec<Vec<u8>> = [0, 10, 31, whole.len() / 2, whole.len() - 1].map(|at| whole[..at].to_vec()).into();
        for at in [3, whole.len() / 2, whole.len() - 40, whole.len() - 1] {
            let mut flipped = whole.clone();
            flipped[at] ^= 4;
            damaged.push(flipped);
        }
        // A whole file whose header is of tomorrow.
        let body = String::from_utf8_lossy(&whole[..whole.iter().position(|b| *b == b'\n').unwrap()]).into_owned();
        for (from, to) in [
            ("\"format\":5", "\"format\":4"),
            ("\"hubs\":2", "\"hubs\":3"),
            ("\"hubs\":2", "\"hubs\":1"),
            ("\"dims\":3", "\"dims\":4"),
            ("\"model\"", "\"modell\""),
            ("\"confidence\":\"", "\"confidence\":\"0"),
        ] {
            assert!(body.contains(from));
            let mut other = body.replace(from, to).into_bytes();
            other.extend_from_slice(&whole[body.len()..whole.len() - CHECKSUM]);
            let checksum = Sha256::digest(&other);
            other.extend_from_slice(&checksum);
            damaged.push(other);
        }
        for bytes in damaged {
            std::fs::write(&path, &bytes).unwrap();
            assert!(matches!(read(&path, Elsewhere::default()), Err(AdaptationFileError::Unusable { .. })), "{} bytes", bytes.len());
        }
        std::fs::write(&path, &whole).unwrap();
        assert!(read(&path, Elsewhere::default()).is_ok());
    }

    #[test]
    fn a_write_that_fails_leaves_the_file_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = path(dir.path(), "");
        write(&adaptation(true), &traffic(), Timestamp(7), &path).unwrap();
        // A directory in the place of the file beside makes the next write fail.
        std::fs::create_dir(path.with_extension("adaptation.new")).unwrap();
        assert!(matches!(
            write(&adaptation(false), &traffic(), Timestamp(8), &path),
            Err(AdaptationFileError::Io { action: "create", .. })
        ));
        assert_eq!(read(&path, Elsewhere::default()).unwrap(), Some((adaptation(true), traffic(), Timestamp(7))));
    }
}
