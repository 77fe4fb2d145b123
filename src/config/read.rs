//! Reading in layers: a file, then the environment, each over what was there. Sections ask for their keys one by one, and what
//! nobody asked for is unknown; so the list of keys stands in one place, where they are read.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::Path;

use toml::{Table, Value};

use super::error::ConfigError;
use super::values::Setting;

/// What every variable's name begins with.
const PREFIX: &str = "JIEDA_";
/// What stands between section and key in a variable's name.
const SEPARATOR: &str = "__";

/// The variables of an environment that may hold settings.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, OsString>);

impl Environment {
    /// The environment of this process.
    pub fn process() -> Self {
        Self::of(std::env::vars_os())
    }

    /// These variables; the ones that are none of ours are left out.
    pub fn of<N: Into<OsString>, V: Into<OsString>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        let ours = variables.into_iter().filter_map(|(name, value)| {
            let name = name.into().into_string().ok()?;
            name.starts_with(PREFIX).then(|| (name, value.into()))
        });
        Environment(ours.collect())
    }
}

/// A configuration being read.
pub(super) struct Reader<'a> {
    place: String,
    file: Table,
    environment: &'a Environment,
    known: Vec<(&'static str, &'static str)>,
}

impl<'a> Reader<'a> {
    /// Parses `file`, if there is one.
    pub(super) fn new(file: Option<&Path>, environment: &'a Environment) -> Result<Self, ConfigError> {
        let table = file.map(parse).transpose()?.unwrap_or_default();
        let place = file.map(|path| path.display().to_string()).unwrap_or_default();
        Ok(Reader { place, file: table, environment, known: Vec::new() })
    }

    /// The section `name`, which may be absent.
    pub(super) fn section(&mut self, name: &'static str) -> Result<Section<'_, 'a>, ConfigError> {
        if let Some(value) = self.file.get(name).filter(|value| !value.is_table()) {
            return Err(self.invalid(name.to_owned(), show(value), format!("a section, written [{name}]")));
        }
        Ok(Section { reader: self, name })
    }

    /// Refuses what no section has asked for.
    pub(super) fn finish(self) -> Result<Vec<(&'static str, &'static str)>, ConfigError> {
        for (section, value) in &self.file {
            let Some(table) = value.as_table().filter(|_| self.known.iter().any(|(known, _)| known == section)) else {
                let nearest = nearest(section, self.known.iter().map(|(known, _)| *known)).map(str::to_owned);
                return Err(ConfigError::Unknown { place: self.place, what: "section", key: section.clone(), nearest });
            };
            if let Some(key) = table.keys().find(|key| !self.known.contains(&(section.as_str(), key.as_str()))) {
                let nearest = self.nearest_key(section, key);
                return Err(ConfigError::Unknown { place: self.place, what: "key", key: format!("{section}.{key}"), nearest });
            }
        }
        for name in self.environment.0.keys() {
            if self.is_setting(name) && !self.known.iter().any(|(section, key)| variable(section, key) == *name) {
                let variables: Vec<String> = self.known.iter().map(|(section, key)| variable(section, key)).collect();
                let nearest = nearest(name, variables.iter().map(String::as_str)).map(str::to_owned);
                return Err(ConfigError::Unknown { place: "environment".into(), what: "variable", key: name.clone(), nearest });
            }
        }
        Ok(self.known)
    }

    /// Variables without `__` have other uses, unless they begin like a section: then `_` was written for `__`.
    fn is_setting(&self, name: &str) -> bool {
        let Some(rest) = name.strip_prefix(PREFIX) else { return false };
        let begins = |section: &str| rest.strip_prefix(&section.to_ascii_uppercase()).is_some_and(|rest| rest.starts_with('_'));
        rest.contains(SEPARATOR) || self.known.iter().any(|(section, _)| begins(section))
    }

    /// In the same section the key that looks most like `key`; else the same key in another section.
    fn nearest_key(&self, section: &str, key: &str) -> Option<String> {
        let here = self.known.iter().filter(|(known, _)| *known == section).map(|(_, key)| *key);
        match nearest(key, here) {
            Some(near) => Some(format!("{section}.{near}")),
            None => self.known.iter().find(|(_, known)| *known == key).map(|(other, key)| format!("{other}.{key}")),
        }
    }

    fn invalid(&self, key: String, given: String, allowed: String) -> ConfigError {
        ConfigError::ValueInvalid { place: self.place.clone(), key, given: given.chars().take(80).collect(), allowed }
    }
}

/// One section being read.
pub(super) struct Section<'r, 'a> {
    reader: &'r mut Reader<'a>,
    name: &'static str,
}

impl Section<'_, '_> {
    /// Sets `field` to what file and environment say about `key`, if they say anything.
    pub(super) fn set<T: Setting>(&mut self, key: &'static str, field: &mut T) -> Result<(), ConfigError> {
        self.set_if(key, field, T::ALLOWED.to_owned(), |_| true)
    }

    /// The same for a number that must lie within `range`.
    pub(super) fn set_within<T>(&mut self, key: &'static str, field: &mut T, range: RangeInclusive<T>) -> Result<(), ConfigError>
    where
        T: Setting + PartialOrd + Display,
    {
        let allowed = format!("{} from {} to {}", T::ALLOWED, range.start(), range.end());
        self.set_if(key, field, allowed, |value| range.contains(value))
    }

    /// The same for a number that may be left out.
    pub(super) fn set_some_within<T>(
        &mut self,
        key: &'static str,
        field: &mut Option<T>,
        range: RangeInclusive<T>,
    ) -> Result<(), ConfigError>
    where
        T: Setting + PartialOrd + Display,
    {
        let allowed = format!("{} from {} to {}", T::ALLOWED, range.start(), range.end());
        self.set_if(key, field, allowed, |value| value.as_ref().is_none_or(|value| range.contains(value)))
    }

    /// Sets `field` to numbers by free names, each within `range`: a table in the file, `name=number, …` in a variable. What is
    /// given takes the place of all that was there. Names are taken trimmed.
    pub(super) fn set_named_within<T>(
        &mut self,
        key: &'static str,
        field: &mut BTreeMap<String, T>,
        range: RangeInclusive<T>,
    ) -> Result<(), ConfigError>
    where
        T: Setting + PartialOrd + Display,
    {
        self.reader.known.push((self.name, key));
        let allowed = format!("{} from {} to {}", T::ALLOWED, range.start(), range.end());
        if let Some(value) = self.reader.file.get(self.name).and_then(|section| section.get(key)) {
            let path = format!("{}.{key}", self.name);
            let Some(table) = value.as_table() else {
                let allowed = format!("a section of its own, written [{path}]");
                return Err(self.reader.invalid(path, show(value), allowed));
            };
            field.clear();
            for (name, value) in table {
                let refused = |allowed: String| self.reader.invalid(format!("{path}.{name:?}"), show(value), allowed);
                let number = T::from_toml(value).filter(|number| range.contains(number)).ok_or_else(|| refused(allowed.clone()))?;
                if name.trim().is_empty() || field.insert(name.trim().to_owned(), number).is_some() {
                    return Err(refused("a name that is not empty and stands once".to_owned()));
                }
            }
        }
        let variable = variable(self.name, key);
        if let Some(text) = self.reader.environment.0.get(&variable) {
            *field = text.to_str().and_then(|text| named(text, &range)).ok_or_else(|| ConfigError::ValueInvalid {
                place: "environment".into(),
                key: variable,
                given: format!("{:?}", text.to_string_lossy()).chars().take(80).collect(),
                allowed: format!("name=number pairs with commas between, {allowed}"),
            })?;
        }
        Ok(())
    }

    fn set_if<T: Setting>(
        &mut self,
        key: &'static str,
        field: &mut T,
        allowed: String,
        fits: impl Fn(&T) -> bool,
    ) -> Result<(), ConfigError> {
        self.reader.known.push((self.name, key));
        let hidden = |given: String| if T::SECRET { "…".to_owned() } else { given };
        if let Some(value) = self.reader.file.get(self.name).and_then(|section| section.get(key)) {
            match T::from_toml(value).filter(&fits) {
                Some(value) => *field = value,
                None => return Err(self.reader.invalid(format!("{}.{key}", self.name), hidden(show(value)), allowed)),
            }
        }
        let variable = variable(self.name, key);
        if let Some(text) = self.reader.environment.0.get(&variable) {
            match text.to_str().and_then(T::from_text).filter(&fits) {
                Some(value) => *field = value,
                None => {
                    let given = hidden(format!("{:?}", text.to_string_lossy())).chars().take(80).collect();
                    return Err(ConfigError::ValueInvalid { place: "environment".into(), key: variable, given, allowed });
                }
            }
        }
        Ok(())
    }
}

/// Reads `name=number, name=number`; `None` if a name is missing or stands twice, or a number does not lie within `range`.
fn named<T: Setting + PartialOrd>(text: &str, range: &RangeInclusive<T>) -> Option<BTreeMap<String, T>> {
    let mut named = BTreeMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, number) = pair.rsplit_once('=')?;
        let number = T::from_text(number).filter(|number| range.contains(number))?;
        if name.trim().is_empty() || named.insert(name.trim().to_owned(), number).is_some() {
            return None;
        }
    }
    Some(named)
}

/// The variable that sets `section.key`.
pub(super) fn variable(section: &str, key: &str) -> String {
    format!("{PREFIX}{section}{SEPARATOR}{key}").to_ascii_uppercase()
}

fn parse(path: &Path) -> Result<Table, ConfigError> {
    let bytes = std::fs::read(path).map_err(|source| ConfigError::FileUnreadable { path: path.to_owned(), source })?;
    let syntax = |at: usize, problem: String| ConfigError::Syntax {
        path: path.to_owned(),
        line: 1 + bytes.iter().take(at).filter(|byte| **byte == b'\n').count(),
        problem,
    };
    let text = std::str::from_utf8(&bytes).map_err(|error| syntax(error.valid_up_to(), "not UTF-8".to_owned()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.parse::<Table>().map_err(|error| {
        let problem = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
        syntax(error.span().map_or(0, |span| span.start), problem)
    })
}

fn show(value: &Value) -> String {
    value.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The name among `names` that is fewest edits from `given`, if they are few for its length; the first of equals.
fn nearest<'n>(given: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let best = names.map(|name| (edits(given, name), name)).min_by_key(|(edits, _)| *edits)?;
    // Two letters that changed places are two edits, in a short word too.
    (best.0 <= (given.chars().count() / 3).clamp(2, 4)).then_some(best.1)
}

/// Characters to insert, remove or replace to turn `a` into `b`.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(x != *y)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}
