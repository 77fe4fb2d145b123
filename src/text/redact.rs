//! Masks personal data before a text reaches a log, an index, an encoder or a webhook.
//!
//! Patterns run over a shadow of the text in which full-width letters and digits, dashes and spaces are plain, so that one
//! pattern reads every way of typing a number; what they find is masked in the text itself.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// What was masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FindingKind {
    /// A mainland mobile number.
    Phone,
    /// A mainland identity number with a right check digit.
    Identity,
    /// A bank card number with a right check digit.
    BankCard,
    /// An e-mail address.
    Email,
    /// A street address with a house number.
    Address,
    /// An order or tracking number beside a word that names it or beside a person's name.
    Order,
}

impl FindingKind {
    /// Every kind.
    pub const ALL: [FindingKind; 6] =
        [FindingKind::Phone, FindingKind::Identity, FindingKind::BankCard, FindingKind::Email, FindingKind::Address, FindingKind::Order];

    /// What stands in the masked text instead.
    pub const fn placeholder(self) -> &'static str {
        match self {
            FindingKind::Phone => "[手机号]",
            FindingKind::Identity => "[身份证号]",
            FindingKind::BankCard => "[银行卡号]",
            FindingKind::Email => "[邮箱]",
            FindingKind::Address => "[地址]",
            FindingKind::Order => "[订单号]",
        }
    }
}

/// One piece of personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// Where it stands in the original, in bytes.
    pub range: Range<usize>,
}

/// A text without personal data, and what was taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The text with placeholders.
    pub masked: String,
    /// In the order of the text, not overlapping.
    pub found: Vec<Finding>,
}

/// Masks mobile, identity, bank-card and order numbers, e-mail and street addresses. Service numbers (400, 800, 12315), prices,
/// dates and product codes stay. Masking a masked text changes nothing.
///
/// Cost: about 10 µs for a customer's message.
pub fn redact(text: &str) -> Redacted {
    let mut shadow = Shadow::of(text);
    let mut found: Vec<Finding> = Vec::new();
    // What is masked may have hidden a neighbour from the patterns: they run until they find nothing.
    loop {
        let ranges = find(&shadow.text);
        if ranges.is_empty() {
            break;
        }
        for (kind, range) in ranges {
            found.push(Finding { kind, range: shadow.original(range.clone()) });
            shadow.blank(range);
        }
    }
    found.sort_by_key(|finding| finding.range.start);
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for finding in &found {
        masked.push_str(&text[from..finding.range.start]);
        masked.push_str(finding.kind.placeholder());
        from = finding.range.end;
    }
    masked.push_str(&text[from..]);
    Redacted { masked, found }
}

/// One round of all patterns: ranges of the shadow that do not overlap, and are never empty.
fn find(plain: &str) -> Vec<(FindingKind, Range<usize>)> {
    let mut found: Vec<(FindingKind, Range<usize>)> = Vec::new();
    let mut add = |kind: FindingKind, range: Range<usize>| {
        if range.start < range.end && found.iter().all(|(_, other)| range.end <= other.start || other.end <= range.start) {
            found.push((kind, range));
        }
    };
    if plain.contains('@') {
        EMAIL.find_iter(plain).for_each(|address| add(FindingKind::Email, address.range()));
    }
    // Everything else has a digit.
    if !plain.bytes().any(|byte| byte.is_ascii_digit()) {
        return found;
    }
    for number in numbers(plain) {
        if let Some((kind, range)) = classify(plain, number) {
            add(kind, range);
        }
    }
    orders(plain).into_iter().for_each(|order| add(FindingKind::Order, order));
    for pattern in [&*STREET_ZH, &*BUILDING_ZH] {
        pattern.find_iter(plain).for_each(|address| add(FindingKind::Address, skip_lead(plain, address.range())));
    }
    STREET_EN.find_iter(plain).for_each(|address| add(FindingKind::Address, address.range()));
    found
}

/// The text with plain forms of wide characters, and for each of its bytes the place in the original.
struct Shadow {
    text: String,
    places: Vec<usize>,
}

impl Shadow {
    fn of(original: &str) -> Self {
        let mut shadow = Shadow { text: String::with_capacity(original.len()), places: Vec::with_capacity(original.len() + 1) };
        for (at, c) in original.char_indices() {
            let plain = match c {
                '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
                '\u{3000}' | '\u{a0}' | '\t' => ' ',
                '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
                '\u{200b}'..='\u{200d}' | '\u{feff}' => continue,
                c => c,
            };
            shadow.text.push(plain);
            shadow.places.resize(shadow.text.len(), at);
        }
        shadow.places.push(original.len());
        shadow
    }

    fn original(&self, range: Range<usize>) -> Range<usize> {
        self.places[range.start]..self.places[range.end]
    }

    /// Overwrites what was found with a character that no pattern contains.
    fn blank(&mut self, range: Range<usize>) {
        let bars = "|".repeat(range.len());
        self.text.replace_range(range, &bars);
    }
}

fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("the patterns of this module are fixed and tested")
}

static EMAIL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,24}"));

/// Digits with single separators, as numbers are typed: at least ten digits in all, an X at the end allowed.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d(?:[ -]?\d){9,25}[Xx]?"));

/// A word that names an order, a parcel or a request, with what may stand between it and its number.
static NAMED_ORDER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)(?:(?:订单|訂單|运单|運單|快递|快遞|物流|退货|退貨|换货|換貨|售后|售後|工单|工單|退款|申请|流水|交易|包裹)",
        r"(?:编?[号號码碼]|編號)?|单[号子]?|單號|",
        r"\border(?: ?(?:no|number|num|id))?|\btracking(?: ?(?:no|number|id|code))?|",
        r"\bparcel(?: no| number)?|\b(?:return|refund|ticket) ?(?:no|number|id)|",
        r"姓名|收[件货貨]人|我叫|\bname(?: is)?\b)",
        r"(?:[号號码碼]|[ :.#=,，。-]|是|为|為|叫|\bis\b|[\p{Han}]{2,4}[ ,，:]+){0,4}?",
        r"([A-Za-z]{0,4}-?\d[A-Za-z0-9]*(?:-[A-Za-z0-9]+){0,3})"
    ))
});

/// A number with the word that names it behind it.
static ORDER_BEFORE_NAME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"([A-Za-z]{0,4}-?\d[A-Za-z0-9]{7,}(?:-[A-Za-z0-9]+){0,3})[ ,，]*(?:这个|这|那个|是我的|是)?(?:订单|訂單|单号|單號|单子|运单|快递单|物流单)",
    )
});

/// A road with a house number, with what stands before (province, city, district) and behind it (building, unit, room).
static STREET_ZH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?:\p{Han}{2,4}(?:省|自治区|自治區))?(?:\p{Han}{2,6}?(?:市|自治州|地区|地區|盟))?(?:\p{Han}{1,6}?(?:区|區|县|縣|旗|市))?",
        r"(?:\p{Han}{1,8}?(?:街道|镇|鎮|乡|鄉))?\p{Han}{1,8}?(?:路|街|大道|巷|弄|胡同|道|村)",
        r"(?:\p{Han}{0,6}?[东西南北東中一二三四五六七八九十]?(?:段|路|街)?)?\s?\d{1,5}(?:-\d{1,4})?\s?(?:号|號|弄|栋|棟|幢|座|室)",
        r"(?:[\p{Han}]{0,10}?\s?[A-Za-z]?\d{1,5}(?:-\d{1,4})*\s?(?:号楼|號樓|号|號|栋|棟|幢|座|单元|單元|楼|樓|层|層|室|房)){0,5}(?:\d{3,4})?"
    ))
});

/// A housing estate or office building with a building number.
static BUILDING_ZH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?:\p{Han}{2,4}(?:省|自治区))?(?:\p{Han}{2,6}?市)?(?:\p{Han}{1,6}?[区區县縣])?",
        r"\p{Han}{2,8}?(?:小区|小區|花园|花園|公寓|大厦|大廈|广场|新村|家园|家園|苑|里|城|府|庭|湾|村)",
        r"(?:\p{Han}{0,3}?\s?[A-Za-z]?\d{1,4}(?:-\d{1,4})*\s?(?:号楼|號樓|栋|棟|幢|座|单元|單元|楼|樓|室)){1,4}(?:\d{3,4}室?)?"
    ))
});

static STREET_EN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)(?:\b(?:room|rm|flat|apt|unit|suite)\.? ?[A-Za-z0-9-]{1,6},? ?)?",
        r"(?:\bno\.? ?)?\b\d{1,5}[A-Za-z]?,? (?:[A-Za-z'.]{1,20} ){0,3}?[A-Za-z']{2,20} ",
        r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|ct|terrace|square|sq)\b\.?",
        r"(?:,? ?(?:apartment|apt|unit|suite|room|rm|flat|#)\.? ?[A-Za-z0-9-]{1,6})?(?:, ?[A-Za-z ]{2,24} district)?"
    ))
});

/// Stretches of digits that no letter or digit touches; one that begins before a touching letter is left out.
fn numbers(plain: &str) -> impl Iterator<Item = Range<usize>> {
    NUMBER.find_iter(plain).map(|found| found.range()).filter(|range| {
        let before = plain[..range.start].chars().next_back();
        let after = plain[range.end..].chars().next();
        !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') && !after.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

fn classify(plain: &str, range: Range<usize>) -> Option<(FindingKind, Range<usize>)> {
    let typed = &plain[range.clone()];
    let compact: String = typed.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_uppercase()).collect();
    let digits = compact.trim_end_matches('X');
    if compact.len() == 18 && is_identity(&compact) {
        return Some((FindingKind::Identity, range));
    }
    if compact.len() != digits.len() {
        return None;
    }
    // Typed with a country code, the plus sign belongs to the number.
    for code in ["0086", "86", ""] {
        if let Some(number) = digits.strip_prefix(code)
            && is_mobile(number)
        {
            let plus = usize::from(code == "86" && plain[..range.start].ends_with('+'));
            return Some((FindingKind::Phone, range.start - plus..range.end));
        }
    }
    // What stands behind a decimal point is no card's number.
    let fraction = plain[..range.start].strip_suffix('.').is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()));
    if !fraction && is_bank_card(digits) {
        return Some((FindingKind::BankCard, range));
    }
    // Two numbers with one space between them are found as one: look for mobile numbers among the groups.
    let mut from = range.start;
    for group in typed.split([' ', '-']) {
        if is_mobile(group) {
            return Some((FindingKind::Phone, from..from + group.len()));
        }
        from += group.len() + 1;
    }
    None
}

fn is_mobile(digits: &str) -> bool {
    digits.len() == 11 && digits.starts_with('1') && digits.as_bytes()[1] >= b'3'
}

/// **Source**: GB 11643-1999, weights 2^(17−i) mod 11, with a plausible date of birth.
fn is_identity(text: &str) -> bool {
    let bytes = text.as_bytes();
    if !bytes[..17].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let number = |range: Range<usize>| text[range].parse::<u32>().unwrap_or(0);
    if !(1900..2100).contains(&number(6..10)) || !(1..=12).contains(&number(10..12)) || !(1..=31).contains(&number(12..14)) {
        return false;
    }
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = bytes[..17].iter().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    b"10X98765432"[(sum % 11) as usize] == bytes[17]
}

/// **Source**: ISO/IEC 7812, Luhn's check digit; the first digits are those of UnionPay, Visa, Mastercard, JCB and Amex.
fn is_bank_card(digits: &str) -> bool {
    let issuer = ["62", "60", "4", "51", "52", "53", "54", "55", "35", "34", "37", "9"].iter().any(|start| digits.starts_with(start));
    if !issuer || !(15..=19).contains(&digits.len()) {
        return false;
    }
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (u32::from(digit - b'0'), place % 2) {
            (digit, 0) => digit,
            (digit, _) if digit > 4 => digit * 2 - 9,
            (digit, _) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Order and tracking numbers that a word or a name beside them gives away: at least eight characters with six digits, and not
/// a date such as 20240612.
fn orders(plain: &str) -> Vec<Range<usize>> {
    let mut orders = Vec::new();
    for pattern in [&*NAMED_ORDER, &*ORDER_BEFORE_NAME] {
        let mut from = 0;
        while let Some(found) = pattern.captures_at(plain, from) {
            let Some(number) = found.get(1) else { break };
            from = number.end().max(from + 1);
            while !plain.is_char_boundary(from) {
                from += 1;
            }
            let text = number.as_str();
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            let date = digits == 8 && (text.starts_with("19") || text.starts_with("20")) && text.len() <= 10;
            if text.len() >= 8 && digits >= 6 && !date && !is_service_number(text) {
                orders.push(number.range());
            }
            if from >= plain.len() {
                break;
            }
        }
    }
    orders
}

fn is_service_number(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.len() == 10 && (digits.starts_with("400") || digits.starts_with("800"))
}

/// Leaves out the words before an address that the pattern took for a part of a place name.
fn skip_lead(plain: &str, range: Range<usize>) -> Range<usize> {
    const LEAD: &str = "我你您他她它们的地址是在住寄到送给發发收为改成换填写错了请把从去家这那哪就和跟";
    let skipped: usize = plain[range.clone()].chars().take_while(|&c| LEAD.contains(c)).map(char::len_utf8).sum();
    range.start + skipped..range.end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn personal_data_is_masked_in_every_way_of_typing() {
        for (text, want) in [
            ("我手机13800138000，打给我", "我手机[手机号]，打给我"),
            ("138 0013 8000", "[手机号]"),
            ("电话：138-0013-8000。", "电话：[手机号]。"),
            ("+8613800138000", "[手机号]"),
            ("+86 138 0013 8000", "[手机号]"),
            ("１３８００１３８０００", "[手机号]"),
            ("1 3 8 0 0 1 3 8 0 0 0", "[手机号]"),
            ("13800138000 13900139000", "[手机号] [手机号]"),
            ("身份证11010519491231002X谢谢", "身份证[身份证号]谢谢"),
            ("11010519491231002x", "[身份证号]"),
            ("卡号6222 0212 3456 7890 128", "卡号[银行卡号]"),
            ("卡号4111 1111 1111 1111", "卡号[银行卡号]"),
            ("0.4111111111111111", "0.4111111111111111"),
            ("４１１１１１１１１１１１１１１１", "[银行卡号]"),
            ("发到 zhang.san+1@mail.example.cn 吧", "发到 [邮箱] 吧"),
            ("ｚｈａｎｇ＠ｑｑ．ｃｏｍ", "[邮箱]"),
            ("寄到浙江省杭州市西湖区文三路138号2幢3单元501室", "寄到[地址]"),
            ("我住在杭州市西湖區文三路138號", "我住在[地址]"),
            ("地址改成阳光花园3栋2单元501，谢谢", "地址改成[地址]，谢谢"),
            ("ship to 221B Baker Street, London", "ship to [地址], London"),
            ("Room 301, No. 138 Wensan Road", "[地址]"),
            ("订单号202405178834210到哪了", "订单号[订单号]到哪了"),
            ("订单QH20240611-00873", "订单[订单号]"),
            ("单号：ＳＦ７７８３０１２２９４５１", "单号：[订单号]"),
            ("运单 YT9902384756123 查一下", "运单 [订单号] 查一下"),
            ("order no. 20240611873456", "order no. [订单号]"),
            ("my order #QH20240611-00873 is late", "my order #[订单号] is late"),
            ("收件人王丽 202405178834210", "收件人王丽 [订单号]"),
            ("QH20240611-00873这个订单", "[订单号]这个订单"),
        ] {
            assert_eq!(redact(text).masked, want, "{text}");
        }
    }

    #[test]
    fn what_is_not_personal_stays() {
        for text in [
            "客服电话400-620-8899，12315",
            "订单客服 400-620-8899",
            "满300减40，券后1299.00元",
            "2024-06-12 12:30 下的单",
            "订单20240612下的",
            "iPhone 15 Pro Max 256G",
            "WH-1000XM5 和 SM-S9280",
            "型号 13800138000A",
            "11010519491231002Y",
            "卡号 6222 0212 3456 7890 129",
            "7天无理由，15天换货",
            "上海路由器多少钱",
            "3号楼的自提点",
            "order 2 of them",
            "618 活动第2件半价",
            "手机号是不是要写 11 位",
            "[手机号] [地址]",
        ] {
            assert_eq!(redact(text).masked, text);
        }
    }

    #[test]
    fn ranges_point_into_the_original() {
        let text = "我是王丽，１３８\u{200b}００１３８０００，邮箱a@b.cn";
        let redacted = redact(text);
        let found: Vec<_> = redacted.found.iter().map(|f| (f.kind, &text[f.range.clone()])).collect();
        assert_eq!(found, [(FindingKind::Phone, "１３８\u{200b}００１３８０００"), (FindingKind::Email, "a@b.cn")]);
    }

    proptest! {
        #[test]
        fn masking_is_idempotent_and_never_panics(
            text in "(\\PC{0,4}|订单号?|单号|[0-9０-９]{1,12}|[ \\-+@.]|[a-zA-Z]{1,4}|文三路|1[3-9][0-9]{9}|a@b\\.cn|12号|花园|3栋|\\[手机号\\]){0,12}"
        ) {
            let once = redact(&text);
            prop_assert_eq!(redact(&once.masked).masked, once.masked.clone());
            for finding in &once.found {
                prop_assert!(text.is_char_boundary(finding.range.start) && text.is_char_boundary(finding.range.end));
            }
        }
    }
}
