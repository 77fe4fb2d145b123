//! Chinese numerals: 十五, 两百三, 一千二百 read as numbers, so that 七天 and 7天 are one.

/// Reads a numeral that makes up the whole text; `None` for anything else, digits included. 半 is not read.
///
/// Units: whole numbers below 10^12. `两百三` is 230 and `一二三` is 123, as people say them.
pub fn parse(text: &str) -> Option<u64> {
    let chars: Vec<char> = text.chars().collect();
    if chars.is_empty() || chars.len() > 16 || !chars.iter().all(|&c| is_numeral(c)) {
        return None;
    }
    if chars.iter().all(|&c| digit(c).is_some()) {
        return chars.iter().try_fold(0u64, |sum, &c| sum.checked_mul(10)?.checked_add(digit(c)?));
    }
    let (mut total, mut section, mut pending, mut last_unit) = (0u64, 0u64, None, 1u64);
    for &c in &chars {
        if let Some(value) = digit(c) {
            if pending.is_some_and(|digit| digit != 0) {
                return None;
            }
            pending = Some(value);
            if value == 0 {
                last_unit = 1;
            }
            continue;
        }
        match unit(c)? {
            large @ (10_000 | 100_000_000) => {
                section += pending.take().unwrap_or(0);
                if total + section == 0 {
                    return None;
                }
                // 亿 multiplies all that stands before it, 万 only what stands since 亿.
                total = if large == 10_000 { total + section * large } else { (total + section).checked_mul(large)? };
                section = 0;
                last_unit = large;
            }
            small => {
                section += pending.take().filter(|&digit| digit != 0).unwrap_or(1) * small;
                last_unit = small;
            }
        }
    }
    // A digit right after a unit stands for the next lower one: 两百三 is 230, while 两百零三 is 203.
    let rest = pending.unwrap_or(0) * if last_unit >= 100 { last_unit / 10 } else { 1 };
    Some(total + section + rest)
}

/// Whether a character can be part of a numeral.
pub fn is_numeral(c: char) -> bool {
    digit(c).is_some() || unit(c).is_some()
}

/// The numerals in a text as `(first byte, byte after the last, value)`: those of several characters, and single ones before a
/// counting word (七天, but not 一样).
pub fn found_in(text: &str) -> Vec<(usize, usize, u64)> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().map(|(at, c)| (at, Some(c))).chain([(text.len(), None)]) {
        if c.is_some_and(is_numeral) {
            start.get_or_insert(at);
            continue;
        }
        let Some(from) = start.take() else { continue };
        let numeral = &text[from..at];
        let counted = c.is_some_and(|c| "天日年月周次元块件个小分秒期倍折号条张层米斤升寸款码楼代台双岁".contains(c));
        if let Some(value) = parse(numeral).filter(|_| counted || numeral.chars().count() > 1) {
            found.push((from, at, value));
        }
    }
    found
}

fn digit(c: char) -> Option<u64> {
    Some(match c {
        '零' | '〇' => 0,
        '一' | '壹' => 1,
        '二' | '两' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

fn unit(c: char) -> Option<u64> {
    Some(match c {
        '十' | '拾' => 10,
        '百' | '佰' => 100,
        '千' | '仟' => 1_000,
        '万' => 10_000,
        '亿' => 100_000_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_are_found_in_a_sentence() {
        assert_eq!(found_in("七天无理由，二十四小时").iter().map(|f| f.2).collect::<Vec<_>>(), [7, 24]);
        assert_eq!(found_in("我要退三").len() + found_in("一样吗").len() + found_in("万一呢").len(), 0);
    }

    #[test]
    fn numerals_are_read_as_spoken() {
        for (text, want) in [
            ("七", Some(7)),
            ("十", Some(10)),
            ("十五", Some(15)),
            ("二十", Some(20)),
            ("三十六", Some(36)),
            ("一百零八", Some(108)),
            ("两百三", Some(230)),
            ("一千二百", Some(1200)),
            ("一万两千", Some(12_000)),
            ("三万五", Some(35_000)),
            ("两千零五", Some(2005)),
            ("六一八", Some(618)),
            ("二〇二四", Some(2024)),
            ("一亿二千万", Some(120_000_000)),
            ("七天", None),
            ("万", None),
            ("", None),
            ("15", None),
        ] {
            assert_eq!(parse(text), want, "{text}");
        }
    }
}
