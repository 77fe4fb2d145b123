//! Bytes to text, by rule: a byte-order mark, then strict UTF-8, then GB18030.
//!
//! Text is decoded before it is split, because the second byte of a GBK character can be `|` or `\`. Bytes that cannot be decoded
//! become U+FFFD, which refuses the row that holds them and is never stored.

use encoding_rs::{Encoding, GB18030, UTF_8};

use super::wording::Notice;
use super::{KbError, Place};
use crate::domain::wording::Wording;

/// A decoded file.
pub struct Decoded {
    /// The text, without a byte-order mark.
    pub text: String,
    /// What was used, and what was broken.
    pub notices: Vec<Notice>,
}

/// Decodes the bytes of `file`; `forced` is the label of an encoding that the editor named. A byte-order mark wins over it.
pub fn decode(file: &str, bytes: &[u8], forced: Option<&str>) -> Result<Decoded, KbError> {
    let named = forced.map(|label| Encoding::for_label(label.trim().as_bytes()).ok_or_else(|| unknown_label(file, label))).transpose()?;
    let (encoding, text) = if let Some((marked, length)) = Encoding::for_bom(bytes) {
        (marked, marked.decode_without_bom_handling(&bytes[length..]).0)
    } else if let Some(named) = named {
        (named, named.decode_without_bom_handling(bytes).0)
    } else if bytes.contains(&0) {
        return Err(holds_nul(file));
    } else if let Ok(text) = std::str::from_utf8(bytes) {
        if reads_like_gbk(text) {
            return Err(ambiguous(file, text, bytes));
        }
        (UTF_8, text.into())
    } else if mostly_utf8(bytes) {
        (UTF_8, String::from_utf8_lossy(bytes))
    } else {
        (GB18030, GB18030.decode_without_bom_handling(bytes).0)
    };
    let mut notices = Vec::new();
    let plain = bytes.is_ascii() && encoding == UTF_8;
    if !plain {
        let name = encoding.name();
        notices.push(Notice::at(Place::new(file, 1), "encoding", format!("编码：{name}"), format!("encoding: {name}")));
    }
    let broken = text.split('\n').zip(1u64..).filter(|(line, _)| line.contains('\u{fffd}'));
    let lines: Vec<u64> = broken.map(|(_, number)| number).collect();
    if let Some(&first) = lines.first() {
        let count = lines.len();
        notices.push(Notice::at(
            Place::new(file, first),
            "bytes_broken",
            format!("{count} 行含有无法解码的字节（首个在第 {first} 行）；这些记录不会导入"),
            format!("{count} lines hold bytes that cannot be decoded, the first is line {first}; their records are refused"),
        ));
    }
    Ok(Decoded { text: text.into_owned(), notices })
}

/// Whether valid UTF-8 is far likelier GBK: nothing but two-byte characters that mostly stand together, each of whose bytes are a
/// common Hanzi in GBK. Real text in the supported languages has such letters one by one (é, ü) if at all; signs (£££) say nothing.
fn reads_like_gbk(text: &str) -> bool {
    let (mut together, mut all) = (0usize, 0usize);
    let mut before = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let foreign = !c.is_ascii();
        if foreign {
            let mut bytes = [0; 4];
            let bytes = c.encode_utf8(&mut bytes).as_bytes();
            if bytes.len() != 2 || bytes[1] < 0xa1 {
                return false;
            }
            if c.is_alphabetic() {
                all += 1;
                together += usize::from(before || chars.peek().is_some_and(|next| !next.is_ascii()));
            }
        }
        before = foreign;
    }
    all >= 2 && 2 * together > all
}

/// Whether bytes that are not valid UTF-8 are UTF-8 with a few broken places, not another encoding: GBK hardly ever has a
/// well-formed sequence of three bytes, broken UTF-8 has many.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| c.len_utf8() >= 3).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    whole > 4 * broken
}

fn unknown_label(file: &str, label: &str) -> KbError {
    let label: String = label.chars().take(40).collect();
    KbError::Encoding {
        file: file.to_owned(),
        message: Wording::new(
            format!("未知编码“{label}”，可用 utf-8、gbk、big5 等"),
            format!("unknown encoding {label:?}: try utf-8, gbk or big5"),
        ),
    }
}

fn holds_nul(file: &str) -> KbError {
    // What to change is the hint's: not every command that reads a file lets the encoding be named.
    KbError::Encoding {
        file: file.to_owned(),
        message: Wording::new(
            "含有 NUL 字节：可能是没有 BOM 的 UTF-16（utf-16le），或不是文本文件",
            "holds NUL bytes: UTF-16 without a byte-order mark (utf-16le), or no text at all",
        ),
    }
}

fn ambiguous(file: &str, text: &str, bytes: &[u8]) -> KbError {
    // Up to the first character that is read in two ways both are the same ASCII.
    let first = |line: &str| line.find(|c: char| !c.is_ascii());
    let (line, from) = text.lines().enumerate().find_map(|(n, line)| Some((n, first(line)?.saturating_sub(8)))).unwrap_or_default();
    let sample = |text: &str| -> String { text.lines().nth(line).unwrap_or_default().chars().skip(from).take(20).collect() };
    let (utf8, gbk) = (sample(text), sample(&GB18030.decode_without_bom_handling(bytes).0));
    let number = line + 1;
    KbError::Encoding {
        file: file.to_owned(),
        message: Wording::new(
            format!("第 {number} 行按 UTF-8 读作“{utf8}”，按 GBK 读作“{gbk}”，无法断定编码"),
            format!("line {number} reads {utf8:?} in UTF-8 and {gbk:?} in GBK, and nothing tells which it is"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8], forced: Option<&str>) -> String {
        decode("f.csv", bytes, forced).unwrap().text
    }

    fn gbk(text: &str) -> Vec<u8> {
        GB18030.encode(text).0.into_owned()
    }

    #[test]
    fn a_mark_then_utf8_then_gb18030() {
        let want = "问题,答案\n怎么退？,点“退货”";
        let utf16 = |big: bool| -> Vec<u8> {
            let units = std::iter::once(0xfeff).chain(want.encode_utf16());
            units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        for bytes in [want.as_bytes().to_vec(), [b"\xef\xbb\xbf", want.as_bytes()].concat(), gbk(want), utf16(true), utf16(false)] {
            assert_eq!(text(&bytes, None), want);
        }
        let found = decode("f.csv", &gbk(want), None).unwrap();
        assert_eq!(found.notices[0].message.en, "encoding: gb18030");
    }

    #[test]
    fn gb18030_reads_what_gbk_lacks() {
        assert_eq!(text(b"\x80 5 \xcd\xcb\xbb\xf5", None), "€ 5 退货");
        assert_eq!(text(&gbk("𠮷野家㐂"), None), "𠮷野家㐂");
        // The second byte of 誠 in GBK is `|`, that of 乗 is `\`.
        assert_eq!(text(&gbk("誠乗,退货"), None), "誠乗,退货");
    }

    #[test]
    fn an_encoding_can_be_named() {
        let big5 = encoding_rs::BIG5.encode("退貨運費誰付").0.into_owned();
        assert_eq!(text(&big5, Some("big5")), "退貨運費誰付");
        assert!(matches!(decode("f", b"x", Some("klingon")), Err(KbError::Encoding { .. })));
        assert!(matches!(decode("f", b"a\0b\0", None), Err(KbError::Encoding { .. })));
        assert_eq!(text(b"\x00\x90\xa7\x8d", Some("utf-16le")), "退货".replace("退货", "\u{9000}\u{8da7}"));
    }

    #[test]
    fn text_that_is_valid_in_both_waits_for_a_name() {
        // Each pair of bytes is a Hanzi in GBK and a letter in UTF-8.
        let bytes = b"title,answer\n\xc4\xa3\xd1\xa1,\xce\xb0\xd6\xaf";
        let Err(KbError::Encoding { message, .. }) = decode("f.csv", bytes, None) else { panic!("not refused") };
        assert!(message.en.contains("line 2") && !message.en.contains("--encoding"), "{}", message.en);
        assert!(decode("f.csv", bytes, Some("gbk")).is_ok() && decode("f.csv", bytes, Some("utf-8")).is_ok());
        let far = [b"a title of forty letters before them: ".as_slice(), b"\xc4\xa3\xd1\xa1"].concat();
        let Err(KbError::Encoding { message, .. }) = decode("f.csv", &far, None) else { panic!("not refused") };
        assert!(message.en.contains("ģѡ") && message.en.contains("模选"), "{}", message.en);
        for fine in ["Café, crème brûlée", "20 °C for £5", "naïve", "why did you take £££ again", "±½ of it"] {
            assert_eq!(text(fine.as_bytes(), None), fine);
        }
    }

    #[test]
    fn broken_bytes_are_marked_with_their_line() {
        let mut utf8 = "标题一,答案\n标题二,答案\n标题三,答案在这里，很长".as_bytes().to_vec();
        let at = utf8.iter().position(|&b| b == b'\n').unwrap() + 2;
        utf8[at] = 0xff;
        let found = decode("f.csv", &utf8, None).unwrap();
        assert!(found.text.starts_with("标题一,答案\n\u{fffd}"), "{}", found.text);
        let place = found.notices.iter().find(|n| n.code == "bytes_broken").and_then(|n| n.place.clone()).unwrap();
        assert_eq!(place.line, 2);

        let mut bytes = gbk("标题一,答案\n标题二,答案");
        let at = bytes.iter().position(|&b| b == b',').unwrap() - 1;
        bytes[at] = 0x20;
        let found = decode("f.csv", &bytes, None).unwrap();
        assert!(found.text.contains('\u{fffd}') && found.text.ends_with("标题二,答案"), "{}", found.text);
    }
}
