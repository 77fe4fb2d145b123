//! Masks personal data in JSON, leaf by leaf, so that what comes out is JSON again.

use serde_json::{Map, Value};

use super::redact::redact;

/// The value with every text, number and key in it masked by itself. A number that is masked becomes a text. Keys that are masked
/// alike are numbered from 2, so that none takes the place of another. Masking what is masked changes nothing.
///
/// An order's number is masked only where the same text names it: beside a key it is what an agent needs.
///
/// **Cost**: that of [`redact`] for each leaf and key.
pub fn redact_json(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(redact(&text).masked),
        Value::Number(number) => {
            let text = number.to_string();
            let masked = redact(&text).masked;
            if masked == text { Value::Number(number) } else { Value::String(masked) }
        }
        Value::Array(items) => items.into_iter().map(redact_json).collect(),
        Value::Object(members) => Value::Object(masked_members(members)),
        plain @ (Value::Null | Value::Bool(_)) => plain,
    }
}

fn masked_members(members: Map<String, Value>) -> Map<String, Value> {
    let mut masked = Map::with_capacity(members.len());
    for (key, value) in members {
        let key = redact(&key).masked;
        let numbered = (2..).map(|n| format!("{key} {n}"));
        let free = std::iter::once(key.clone()).chain(numbered).find(|name| !masked.contains_key(name));
        masked.insert(free.unwrap_or(key), redact_json(value));
    }
    masked
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_leaf_and_key_is_masked_and_the_rest_stays() {
        let given = json!({
            "phone": 13_800_138_000_i64, "mail": "a@b.cn", "page": "/cart", "amount": 618, "vip": true, "none": null,
            "order": 20_261_126_000_017_i64, "items": [{"note": "电话 13800138000", "price": 9.9}, "订单号 20261126000017"],
            "13800138000": 1, "13900139000": 2, "[手机号] 2": 3
        });
        let masked = redact_json(given);
        let want = json!({
            "phone": "[手机号]", "mail": "[邮箱]", "page": "/cart", "amount": 618, "vip": true, "none": null,
            "order": 20_261_126_000_017_i64, "items": [{"note": "电话 [手机号]", "price": 9.9}, "订单号 [订单号]"],
            "[手机号]": 1, "[手机号] 2": 2, "[手机号] 2 2": 3
        });
        assert_eq!(masked, want);
        assert_eq!(redact_json(masked.clone()), masked);
    }
}
