//! Pages and their cursors. A cursor names the last row of a page by its sort key, not by its position: rows that come or go
//! meanwhile neither repeat nor hide others. On the wire it is hex, so that nobody is tempted to make one up.

use sqlx::QueryBuilder;

use super::StoreError;
use super::sqlite::Database;

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows, in the list's order.
    pub items: Vec<T>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<String>,
}

/// Separates the parts of a sort key; no id contains it.
const SEPARATOR: char = '\u{1f}';

/// Cuts `rows`, which were asked for with `limit + 1`, to a page; `key` names a row's sort key.
pub(super) fn page<T>(mut items: Vec<T>, limit: i64, key: impl Fn(&T) -> [String; 2]) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| {
        let [first, second] = key(last);
        hex(format!("{first}{SEPARATOR}{second}").as_bytes())
    });
    Page { items, next }
}

/// The sort key in a cursor.
pub(super) fn read(cursor: &str) -> Result<[String; 2], StoreError> {
    let bytes = unhex(cursor).ok_or(StoreError::CursorInvalid)?;
    let text = String::from_utf8(bytes).map_err(|_| StoreError::CursorInvalid)?;
    let (first, second) = text.split_once(SEPARATOR).ok_or(StoreError::CursorInvalid)?;
    Ok([first.to_owned(), second.to_owned()])
}

/// Restricts a list that is ordered by time and id, newest first, to what comes after the cursor.
pub(super) fn older(query: &mut QueryBuilder<Database>, cursor: Option<&str>) -> Result<(), StoreError> {
    if let Some(cursor) = cursor {
        let [at, id] = read(cursor)?;
        let at: i64 = at.parse().map_err(|_| StoreError::CursorInvalid)?;
        query.push(" AND (at, id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    Ok(())
}

/// A page has at least one row and at most a thousand.
pub(super) fn clamp(limit: usize) -> i64 {
    i64::try_from(limit.clamp(1, 1000)).unwrap_or(1000)
}

/// Lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).map(char::from).collect()
}

/// Reads lower-case hex.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trips_and_refuses_the_rest() {
        assert_eq!(hex(&[0, 0xa7, 0xff]), "00a7ff");
        assert_eq!(unhex("00a7ff"), Some(vec![0, 0xa7, 0xff]));
        for wrong in ["0", "0g", "AB", "退货"] {
            assert_eq!(unhex(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_full_page_names_its_last_row_and_the_last_page_none() {
        let key = |n: &i32| [n.to_string(), "长".to_owned()];
        let full = page(vec![1, 2, 3], 2, key);
        assert_eq!(full.items, [1, 2]);
        assert_eq!(read(&full.next.unwrap()).unwrap(), ["2".to_owned(), "长".to_owned()]);
        assert_eq!(page(vec![1, 2], 2, key).next, None);
        for wrong in ["", "zz", &hex(b"no separator"), &hex(&[0xff, 0x1f])] {
            assert!(matches!(read(wrong), Err(StoreError::CursorInvalid)), "{wrong}");
        }
    }
}
