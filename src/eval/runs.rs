//! Records on disk: read, written, kept and listed.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::record::{Asked, CalibrationUsed, FIRST, FORMAT, Record, Source};
use crate::domain::locale::Locale;
use crate::domain::time::Timestamp;
use crate::domain::wording::Wording;
use crate::error::{Code, Coded};
use crate::kb::{KbError, write_file};
use crate::text::hex::hex;
use crate::text::unreadable;

/// A record that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RunsError {
    /// The file or directory cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Neither a file nor a kept run has this name.
    #[error("{name:?} is neither a file nor a run kept in {}", dir.display())]
    Unknown {
        /// As given.
        name: String,
        /// Where kept runs lie.
        dir: PathBuf,
    },
    /// The file holds something else.
    #[error("{} is no record of an evaluation: {}", path.display(), detail.en)]
    NotARecord {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        detail: Wording,
    },
}

impl Coded for RunsError {
    fn code(&self) -> Code {
        match self {
            RunsError::Unreadable { .. } | RunsError::Unknown { .. } => Code::FileUnreadable,
            RunsError::NotARecord { .. } => Code::FileFormat,
        }
    }

    fn message(&self, locale: Locale) -> String {
        match (locale, self) {
            (Locale::En, _) => self.to_string(),
            (_, RunsError::Unreadable { path, .. }) => format!("无法读取 {}", path.display()),
            (_, RunsError::Unknown { name, dir }) => format!("“{name}”既不是文件，也不是保存在 {} 里的评测", dir.display()),
            (_, RunsError::NotARecord { path, detail }) => format!("{} 不是评测记录：{}", path.display(), detail.zh),
        }
    }

    fn hint(&self, locale: Locale) -> String {
        let (zh, en) = match self {
            RunsError::Unknown { .. } => ("`jieda eval runs` 可列出保存的评测。", "`jieda eval runs` lists the kept runs."),
            RunsError::NotARecord { .. } => {
                ("评测记录由 `jieda eval run --out FILE` 写出。", "Records are written by `jieda eval run --out FILE`.")
            }
            RunsError::Unreadable { .. } => return self.code().hint(locale).to_owned(),
        };
        locale.pick(zh, en).to_owned()
    }
}

/// Reads a record file.
pub fn read(path: &Path) -> Result<Record, RunsError> {
    let text = std::fs::read_to_string(path).map_err(|source| RunsError::Unreadable { path: path.to_owned(), source })?;
    let wrong = |detail: Wording| RunsError::NotARecord { path: path.to_owned(), detail };
    let Format { format } = serde_json::from_str(&text).map_err(|error| wrong(unreadable::json(&error)))?;
    if !(FIRST..=FORMAT).contains(&format) {
        return Err(wrong(Wording::new(
            format!("它的格式是 {format}，本程序读取 {FIRST} 到 {FORMAT}"),
            format!("its format is {format}, this program reads {FIRST} to {FORMAT}"),
        )));
    }
    let record: Record = serde_json::from_str(&text).map_err(|error| wrong(unreadable::json(&error)))?;
    match record.asked.iter().find(|asked| !(0.0..=1.0).contains(&asked.confidence)) {
        Some(Asked { line, confidence, .. }) => Err(wrong(Wording::new(
            format!("第 {line} 行的把握度是 {confidence}"),
            format!("the confidence of line {line} is {confidence}"),
        ))),
        None => Ok(record),
    }
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// Reads the record file `name`, or the run of that name kept in `dir`.
pub fn find(name: &str, dir: &Path) -> Result<Record, RunsError> {
    let path = Path::new(name);
    if path.exists() {
        return read(path);
    }
    // A name must not lead out of the directory.
    let plain = !name.contains(['/', '\\']);
    let kept = dir.join(format!("{name}.json"));
    if plain && kept.is_file() { read(&kept) } else { Err(RunsError::Unknown { name: name.to_owned(), dir: dir.to_owned() }) }
}

/// Writes a record file, whole or not at all.
pub fn write(record: &Record, path: &Path) -> Result<(), KbError> {
    let bytes = serde_json::to_vec(record).map_err(|error| KbError::Unwritable { path: path.to_owned(), source: error.into() })?;
    write_file(path, &bytes)
}

/// Keeps a record in `dir` under a name made of its time and content, and returns the name.
pub fn keep(record: &Record, dir: &Path) -> Result<String, KbError> {
    let name = name_of(record);
    write(record, &dir.join(format!("{name}.json")))?;
    Ok(name)
}

/// `20261126-103200-1a2b3c4d`: runs with the same outcome end alike.
fn name_of(record: &Record) -> String {
    let digits: String = record.made_at.chars().filter(char::is_ascii_digit).take(14).collect();
    let (day, time) = digits.split_at(digits.len().min(8));
    format!("{day}-{time}-{}", &fingerprint(record)[..8])
}

/// Hex SHA-256 of everything in a record but when it was made and how long it took.
pub fn fingerprint(record: &Record) -> String {
    let outcome = Record { made_at: String::new(), seconds: 0.0, ..record.clone() };
    // A record is plain data: it always has a form in JSON.
    hex(&Sha256::digest(serde_json::to_vec(&outcome).unwrap_or_default()))
}

/// Seconds since `begun`, in whole milliseconds.
pub fn seconds(begun: Timestamp, now: Timestamp) -> f64 {
    now.since_ms(begun) as f64 / 1_000.0
}

/// A kept run, without its questions.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// Size of its file.
    pub bytes: u64,
    /// What it was; `Err` says why its file cannot be read.
    pub head: Result<Head, Wording>,
}

/// What a run was made with.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Head {
    /// When, RFC 3339.
    pub made_at: String,
    /// The articles.
    pub knowledge: Source,
    /// The questions.
    pub questions: Source,
    /// The encoder.
    pub model: Option<Source>,
    /// Which searches took part.
    pub mode: String,
    /// What turned scores into probabilities.
    pub calibration: CalibrationUsed,
}

/// The runs kept in `dir`, oldest first; none where there is no such directory.
pub fn list(dir: &Path) -> Result<Vec<Kept>, RunsError> {
    let unreadable = |source| RunsError::Unreadable { path: dir.to_owned(), source };
    let entries = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable)?,
    };
    let mut kept = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".json")).filter(|name| !name.starts_with('.'))
        else {
            continue;
        };
        let read = std::fs::read_to_string(&path).map_err(|error| Wording::new(error.to_string(), error.to_string()));
        let bytes = read.as_ref().map_or(0, |text| text.len() as u64);
        let head = read.and_then(|text| serde_json::from_str::<Head>(&text).map_err(|error| unreadable::json(&error)));
        kept.push(Kept { name: name.to_owned(), bytes, head });
    }
    kept.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::record::tests::{asked, record};

    #[test]
    fn runs_are_kept_listed_and_found() {
        let dir = tempfile::tempdir().unwrap();
        let kept = dir.path().join("eval/runs");
        assert_eq!(list(&kept).unwrap(), []);
        let one = record(vec![asked("退款多久", "a", &["a"], 0.123_456_789_012_345_67)]);
        let again = Record { made_at: "2026-11-27T08:00:01.000Z".to_owned(), seconds: 9.0, ..one.clone() };
        let names = [keep(&one, &kept).unwrap(), keep(&again, &kept).unwrap()];
        assert!(names[0].starts_with("20261126-103200-") && names[1].starts_with("20261127-080001-"), "{names:?}");
        assert_eq!(names[0][16..], names[1][16..], "the same outcome ends alike");
        assert_eq!(find(&names[0], &kept).unwrap(), one);
        assert_eq!(find(kept.join(format!("{}.json", names[1])).to_str().unwrap(), &kept).unwrap(), again);

        std::fs::write(kept.join("20261128-000000-0.json"), "{").unwrap();
        let listed = list(&kept).unwrap();
        assert_eq!(listed.iter().map(|kept| kept.head.is_ok()).collect::<Vec<_>>(), [true, true, false]);
        assert_eq!(listed[0].head.as_ref().unwrap().questions, one.questions);
    }

    #[test]
    fn what_is_no_record_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.json");
        let good = serde_json::to_string(&record(vec![asked("退款", "a", &["a"], 0.5)])).unwrap();
        for (text, want) in [
            ("{}".to_owned(), "format"),
            (good.replace("\"format\":3", "\"format\":4"), "its format is 4, this program reads 1 to 3"),
            (good.replace("\"confidence\":0.5", "\"confidence\":1.5"), "confidence of line 1 is 1.5"),
            (good[..good.len() - 9].to_owned(), "EOF"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = read(&path).unwrap_err();
            let zh = error.message(Locale::ZhCn);
            assert!(error.to_string().contains(want) && !zh.contains("its") && !zh.contains("missing"), "{error} {zh}");
        }
        for name in ["gone", "../r"] {
            assert!(matches!(find(name, dir.path()), Err(RunsError::Unknown { .. })), "{name}");
        }
    }
}
