//! Every route with every role, and without a key.

use jieda::http::access::Access;
use jieda::http::router::surface;
use jieda::service::keys::Role;
use serde_json::json;

use crate::shop::{Shop, shared};

#[test]
fn every_route_lets_in_whom_it_declares_and_nobody_else() {
    let shop = Shop::open(jieda::config::Config::demo());
    for route in surface() {
        // No such thing: whoever is let in is told so, or that the request is incomplete.
        let path = route.path.replace("{id}", "nothing").replace("{number}", "999999");
        let send = |role: Option<Role>| {
            let request = shop.request(route.method.as_str(), &path);
            let request = if let Some(role) = role { request.role(role) } else { request };
            if route.method == "POST" || route.method == "PUT" { request.json(json!({"unknown": 1})).send() } else { request.send() }
        };
        for role in Role::ALL {
            let answer = send(Some(*role));
            if route.access.allows(Some(*role)) {
                assert!(
                    !matches!(answer.status, 401 | 403 | 500),
                    "{role} {} {}: {} {}",
                    route.method,
                    route.path,
                    answer.status,
                    answer.text()
                );
            } else {
                assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"), "{role} {} {}", route.method, route.path);
            }
        }
        let answer = send(None);
        if route.access == Access::Anyone {
            assert_eq!(answer.status, 200, "{}", route.path);
        } else {
            assert_eq!((answer.status, answer.code().as_str()), (401, "unauthorized"), "{} {}", route.method, route.path);
            assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
        }
    }
}

#[test]
fn keys_are_made_listed_and_revoked() {
    let shop = shared();
    let made = shop.post("/v1/keys", Role::Admin, json!({"role": "agent", "name": " 小王 "}));
    assert_eq!(made.status, 201);
    let made = made.ok();
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert_eq!(made["name"], "小王");
    assert_eq!(shop.request("GET", "/v1/tickets").key(key).send().status, 200);
    let listed = shop.get("/v1/keys", Role::Admin);
    assert!(!listed.text().contains(key));
    assert!(listed.ok()["items"].as_array().unwrap().iter().any(|line| line["id"] == id && line["revoked_at"].is_null()));

    // The key's name signs where the request names no agent.
    let ticket = shop.ask(json!({"question": "转人工"})).ok()["ticket"].as_i64().unwrap();
    let claimed = shop.request("POST", &format!("/v1/tickets/{ticket}/claim")).key(key).send().ok();
    assert_eq!((claimed["agent"].as_str(), claimed["state"].as_str()), (Some("小王"), Some("claimed")));

    let revoked = shop.request("DELETE", &format!("/v1/keys/{id}")).role(Role::Admin).send().ok();
    assert!(revoked["revoked_at"].is_string());
    assert_eq!(shop.request("GET", "/v1/tickets").key(key).send().code(), "unauthorized");
    assert_eq!(shop.post("/v1/keys", Role::Admin, json!({"role": "owner", "name": "x"})).code(), "body_invalid");
    assert_eq!(shop.post("/v1/keys", Role::Admin, json!({"role": "agent", "name": " "})).code(), "body_invalid");
    assert_eq!(shop.request("DELETE", "/v1/keys/x").role(Role::Admin).send().code(), "key_not_found");
}
